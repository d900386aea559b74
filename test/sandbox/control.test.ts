import { expect } from 'chai';
import { CURRENCY_CODES } from '../../src/sandbox/currencies.ts';
import { ENDPOINT_PATHS } from '../../src/sandbox/endpoints.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { SCENARIOS } from '../../src/sandbox/scenarios.ts';
import { ask, balancesIn, exchange, readState, switchTo } from './client.ts';

const START_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;

describe('the control endpoint', () => {
  let sandbox: Sandbox;
  let nowMs = START_MS;
  before(async () => {
    sandbox = await startSandbox({ seed: 1, now: () => nowMs });
  });
  beforeEach(() => switchTo(sandbox, 'normal'));
  after(() => sandbox.close());

  async function balanceOf(code: string): Promise<Record<string, string | null> | undefined> {
    return balancesIn(await ask(sandbox, ENDPOINT_PATHS.balances))[code];
  }

  async function ratedCurrencies(): Promise<string[]> {
    const { text } = await ask(sandbox, ENDPOINT_PATHS.rates);
    return (JSON.parse(text) as { monetary: string }[]).map(({ monetary }) => monetary);
  }

  it('shows that all is normal at first', async () => {
    expect(await readState(sandbox)).to.deep.include({ scenarios: ['normal'], fault: null, shape: 'single-maps' });
  });

  it('answers a switch with what is going on', async () => {
    const answer = await switchTo(sandbox, 'vanish/TRX_TRON');
    expect(answer.headers['content-type']).to.equal('application/json');
    expect(JSON.parse(answer.text)).to.deep.include({ scenarios: ['vanish/TRX_TRON'] });
  });

  describe('wallet scenarios', () => {
    it('drain: five minutes unless told otherwise', async () => {
      const before = Number((await balanceOf('USDT_TRON'))?.['availableBalance']);
      await switchTo(sandbox, 'drain/USDT_TRON');
      nowMs += 2.5 * MINUTE_MS;
      expect(Number((await balanceOf('USDT_TRON'))?.['availableBalance'])).to.be.closeTo(before / 2, 0.001);
      nowMs += 2.5 * MINUTE_MS;
      expect((await balanceOf('USDT_TRON'))?.['availableBalance']).to.equal('0.000000');
    });

    it('drain: the minutes asked for, at once with none, and from the beginning when asked again', async () => {
      const before = Number((await balanceOf('BTC_BITCOIN'))?.['availableBalance']);
      await switchTo(sandbox, 'drain/BTC_BITCOIN?minutes=60');
      nowMs += 15 * MINUTE_MS;
      expect(Number((await balanceOf('BTC_BITCOIN'))?.['availableBalance'])).to.be.closeTo(before * 0.75, 1e-7);
      await switchTo(sandbox, 'drain/BTC_BITCOIN?minutes=10');
      expect(Number((await balanceOf('BTC_BITCOIN'))?.['availableBalance'])).to.be.closeTo(before * 0.75, 1e-7);
      nowMs += 5 * MINUTE_MS;
      expect(Number((await balanceOf('BTC_BITCOIN'))?.['availableBalance'])).to.be.closeTo(before * 0.375, 1e-7);
      await switchTo(sandbox, 'drain/BTC_BITCOIN?minutes=0');
      expect((await balanceOf('BTC_BITCOIN'))?.['availableBalance']).to.equal('0E-8');
      expect((await readState(sandbox)).scenarios).to.deep.equal(['drain/BTC_BITCOIN']);
    });

    it('vanish: that currency alone is no longer reported', async () => {
      await switchTo(sandbox, 'vanish/LTC_LITECOIN');
      expect(Object.keys(balancesIn(await ask(sandbox, ENDPOINT_PATHS.balances)))).to.deep.equal(
        CURRENCY_CODES.filter((code) => code !== 'LTC_LITECOIN'),
      );
    });

    it('stuck-hold, sudden-drop, dust, mismatch and invalid show in the answers', async () => {
      const calm = (await balanceOf('TRX_TRON'))!;
      const total = Number(calm['totalBalance']);
      await switchTo(sandbox, 'stuck-hold/TRX_TRON');
      expect(Number((await balanceOf('TRX_TRON'))?.['holdBalance'])).to.be.closeTo(0.8 * total, 1e-5);
      await switchTo(sandbox, 'sudden-drop/TRX_TRON');
      expect(Number((await balanceOf('TRX_TRON'))?.['totalBalance'])).to.be.closeTo(0.2 * total, 1e-5);
      await switchTo(sandbox, 'normal/TRX_TRON');
      await switchTo(sandbox, 'dust/TRX_TRON');
      expect((await balanceOf('TRX_TRON'))?.['availableBalance']).to.equal('5.000000');
      await switchTo(sandbox, 'normal/TRX_TRON');
      await switchTo(sandbox, 'mismatch/TRX_TRON');
      expect(Number((await balanceOf('TRX_TRON'))?.['totalBalance'])).to.be.closeTo(1.01 * total, 1e-4);
      await switchTo(sandbox, 'invalid/TRX_TRON');
      expect((await balanceOf('TRX_TRON'))?.['availableBalance']).to.equal(null);
      await switchTo(sandbox, 'normal');
      expect(await balanceOf('TRX_TRON')).to.deep.equal(calm);
    });

    it('rate-missing and no-rates: balances stay, rates go', async () => {
      await switchTo(sandbox, 'rate-missing/ETH_ETHEREUM');
      expect(await ratedCurrencies()).to.deep.equal(CURRENCY_CODES.filter((code) => code !== 'ETH_ETHEREUM'));
      await switchTo(sandbox, 'no-rates');
      expect(await ratedCurrencies()).to.deep.equal([]);
      expect(await balanceOf('ETH_ETHEREUM')).not.to.equal(undefined);
    });

    it('empty: a valid answer of no balances, in every shape', async () => {
      await switchTo(sandbox, 'empty');
      for (const [shape, text] of [
        ['single-maps', '[]'],
        ['one-map', '[{}]'],
        ['bare-map', '{}'],
      ]) {
        await switchTo(sandbox, `shape/${shape}`);
        expect((await ask(sandbox, ENDPOINT_PATHS.balances)).text).to.equal(text);
      }
      expect((await readState(sandbox)).lastBalances?.balances).to.deep.equal({});
    });

    it('combine with each other and with a fault; no-fault and normal/CURRENCY end their part', async () => {
      for (const scenario of [
        'server-error',
        'drain/BTC_BITCOIN',
        'vanish/BTC_BITCOIN',
        'vanish/TRX_TRON',
        'no-rates',
      ]) {
        await switchTo(sandbox, scenario);
      }
      expect((await readState(sandbox)).scenarios).to.deep.equal([
        'server-error',
        'no-rates',
        'drain/BTC_BITCOIN',
        'vanish/BTC_BITCOIN',
        'vanish/TRX_TRON',
      ]);
      await switchTo(sandbox, 'no-fault');
      await switchTo(sandbox, 'normal/BTC_BITCOIN');
      expect((await readState(sandbox)).scenarios).to.deep.equal(['no-rates', 'vanish/TRX_TRON']);
    });
  });

  it('shape: the same balances in each of the three readings, and the default again with normal', async () => {
    const single = balancesIn(await ask(sandbox, ENDPOINT_PATHS.balances));
    await switchTo(sandbox, 'shape/one-map');
    expect(JSON.parse((await ask(sandbox, ENDPOINT_PATHS.balances)).text)).to.deep.equal([single]);
    await switchTo(sandbox, 'shape/bare-map');
    expect(JSON.parse((await ask(sandbox, ENDPOINT_PATHS.balances)).text)).to.deep.equal(single);
    expect((await readState(sandbox)).scenarios).to.deep.equal(['shape/bare-map']);
    await switchTo(sandbox, 'normal');
    expect((await readState(sandbox)).shape).to.equal('single-maps');
  });

  describe('refuses in one line', () => {
    const codes = CURRENCY_CODES.join(', ');
    const minutes = 'minutes must be a number from 0 to 10080\n';
    const seconds = 'seconds must be a number from 0 to 3600\n';
    const refused: [string, number, string][] = [
      ['nonsense', 404, `no such scenario; known: ${SCENARIOS.join(', ')}\n`],
      ['', 404, `no such scenario; known: ${SCENARIOS.join(', ')}\n`],
      ['constructor', 404, `no such scenario; known: ${SCENARIOS.join(', ')}\n`],
      ['drain', 400, `drain needs one of: ${codes}\n`],
      ['drain/', 400, `drain needs one of: ${codes}\n`],
      ['drain/XRP_XRP', 404, `not known to drain; known: ${codes}\n`],
      ['normal/XRP_XRP', 404, `not known to normal; known: ${codes}\n`],
      ['shape/round', 404, 'not known to shape; known: single-maps, one-map, bare-map\n'],
      ['hang/BTC_BITCOIN', 400, 'hang takes no currency\n'],
      ['empty/BTC_BITCOIN', 400, 'empty takes no currency\n'],
      ['drain/BTC_BITCOIN/x', 404, 'use POST /control/SCENARIO or /control/SCENARIO/CURRENCY\n'],
      ['drain/BTC_BITCOIN?minutes=soon', 400, minutes],
      ['drain/BTC_BITCOIN?minutes=-1', 400, minutes],
      ['drain/BTC_BITCOIN?minutes=', 400, minutes],
      ['drain/BTC_BITCOIN?minutes=99999', 400, minutes],
      ['slow?seconds=3601', 400, seconds],
      ['slow?seconds=1e9', 400, seconds],
      ['slow?endpoint=toString', 400, 'no such endpoint; known: balances, rates, payout_limits\n'],
    ];
    for (const [scenario, status, line] of refused) {
      it(`${status}: /control/${scenario}`, async () => {
        const answer = await switchTo(sandbox, scenario);
        expect([answer.status, answer.text]).to.deep.equal([status, line]);
        expect((await readState(sandbox)).scenarios).to.deep.equal(['normal']);
      });
    }
  });

  it('is read with GET and HEAD, and switched with POST alone', async () => {
    const head = await exchange(sandbox.controlUrl, {}, { method: 'HEAD' });
    expect([head.status, head.text]).to.deep.equal([200, '']);
    const post = await exchange(sandbox.controlUrl, {}, { method: 'POST' });
    expect([post.status, post.headers.allow]).to.deep.equal([405, 'GET, HEAD']);
    for (const method of ['GET', 'PUT']) {
      const answer = await exchange(new URL('/control/hang', sandbox.url), {}, { method });
      expect([answer.status, answer.headers.allow]).to.deep.equal([405, 'POST']);
    }
    expect((await readState(sandbox)).scenarios).to.deep.equal(['normal']);
  });

  it('counts as no request of the API', async () => {
    const { requests } = await readState(sandbox);
    await switchTo(sandbox, 'normal');
    expect((await readState(sandbox)).requests).to.deep.equal(requests);
  });

  const foreign: [string, Record<string, string>][] = [
    ['of a page elsewhere', { Origin: 'https://example.com' }],
    ['of a page without an address', { Origin: 'null' }],
    ['of a page on loopback', { Origin: 'http://127.0.0.1:3000' }],
    ['for a name that merely leads here', { Host: 'rebound.example.com' }],
    ['for a name that begins like loopback', { Host: '127.0.0.1.example.com' }],
    ['for a name that ends like loopback', { Host: 'example.localhost' }],
  ];
  for (const [what, headers] of foreign) {
    it(`refuses requests ${what}, to read and to switch`, async () => {
      expect((await exchange(sandbox.controlUrl, headers, {})).status).to.equal(403);
      const url = new URL('/control/hang', sandbox.url);
      expect((await exchange(url, headers, { method: 'POST' })).status).to.equal(403);
      expect((await readState(sandbox)).scenarios).to.deep.equal(['normal']);
    });
  }

  for (const host of ['localhost', 'localhost:9', '127.0.0.1', '127.1.2.3:80', '[::1]:80', 'LOCALHOST']) {
    it(`takes requests for ${host}`, async () => {
      expect((await exchange(sandbox.controlUrl, { Host: host }, {})).status).to.equal(200);
    });
  }
});
