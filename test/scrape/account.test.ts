import { rootCertificates } from 'node:tls';
import { expect } from 'chai';
import type { BalanceThreshold } from '../../src/config/settings.ts';
import { Account } from '../../src/scrape/account.ts';
import { OwnMetrics } from '../../src/scrape/own-metrics.ts';
import type { Snapshot } from '../../src/scrape/scrape.ts';
import type { Gateway } from '../../src/thedex/client.ts';
import {
  accountSettings,
  API_KEY,
  createAccount,
  createAccounts,
  configurationOf,
  fixedKeys,
  gatewaySettings,
  keepLog,
  reasonOf,
  scrapeFor,
} from '../support/account.ts';
import { valueOf } from '../support/exposition.ts';
import { balance, json, respond, startGateway, type Answer, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/poll.ts';

const ONE = JSON.stringify([{ BTC: balance('1.5', '0.5', '1.0') }]);
const silent: Answer = () => {};

/** Answers that wait until the test lets them go. */
function holdAnswers(gateway: TestGateway) {
  const held: (() => void)[] = [];
  gateway.answer = (request, response, body) => held.push(() => json(ONE)(request, response, body));
  return {
    held,
    release: async (): Promise<void> => {
      await until('a request', () => held.length > 0);
      for (const answer of held.splice(0)) answer();
    },
  };
}

describe('Account', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startGateway({ answer: json(ONE) });
  });
  afterEach(() => gateway.close());

  it('asks the gateway anew for every scrape, over one connection', async () => {
    const { account } = createAccount(gateway.url);
    await account.scrape(scrapeFor(1000));
    gateway.answer = json(JSON.stringify({ ETH: balance('2', '0', '2') }));
    const snapshot = await account.scrape(scrapeFor(1000));
    expect(snapshot).to.have.nested.property('outcomes.balances.value.valid[0].currency', 'ETH');
    expect(gateway.requests).to.have.length(2);
    expect(gateway.sockets).to.have.length(1);
  });

  it('shares one request, and one snapshot, among scrapes that overlap', async () => {
    const { account, metrics } = createAccount(gateway.url);
    const snapshots = await Promise.all(Array.from({ length: 10 }, () => account.scrape(scrapeFor(1000))));
    expect(new Set(snapshots).size).to.equal(1);
    expect(gateway.requests).to.have.length(1);
    expect(valueOf(await metrics.render('text'), 'thedex_exporter_coalesced_scrapes_total')).to.equal(9);
  });

  it('shares one connection, and nothing else, with other accounts of its gateway', async () => {
    const names = ['a', 'b', 'c'].map((name) => accountSettings(gateway.url, { name, keys: fixedKeys(`key-${name}`) }));
    const { set } = createAccounts(configurationOf(names));
    for (const account of set.all) await account.scrape(scrapeFor(1000));
    expect(gateway.requests.map(({ headers }) => headers['x-ex-apikey'])).to.deep.equal(['key-a', 'key-b', 'key-c']);
    expect(gateway.sockets).to.have.length(1);
  });

  it('looks for rotated keys at the start of each request', async () => {
    const looks = [fixedKeys('first').pair, fixedKeys('second').pair];
    const keys = { pair: fixedKeys('first').pair, refresh: () => Promise.resolve(looks.shift() ?? keys.pair) };
    const { account } = createAccount(gateway.url, { settings: { keys } });
    await account.scrape(scrapeFor(1000));
    await account.scrape(scrapeFor(1000));
    expect(gateway.requests.map(({ headers }) => headers['x-ex-apikey'])).to.deep.equal(['first', 'second']);
  });

  it('tells how long the request took, and counts it', async () => {
    const HELD_MS = 30;
    gateway.answer = (request, response, body) => {
      setTimeout(() => json(gateway.requests.length === 1 ? ONE : '"no"')(request, response, body), HELD_MS);
    };
    const { account, metrics } = createAccount(gateway.url);
    for (const outcome of ['success', 'invalid_response']) {
      const startedAt = performance.now();
      const snapshot = await account.scrape(scrapeFor(5000));
      const elapsedSeconds = (performance.now() - startedAt) / 1000;
      // Timers may fire a little early.
      expect(snapshot?.outcomes.balances.durationSeconds).to.be.within((HELD_MS - 2) / 1000, elapsedSeconds);
      const labels = { endpoint: 'balances', outcome };
      expect(valueOf(await metrics.render('text'), 'thedex_exporter_api_requests_total', labels)).to.equal(1);
    }
    const text = await metrics.render('text');
    const name = 'thedex_exporter_api_request_duration_seconds';
    expect(valueOf(text, `${name}_count`, { endpoint: 'balances' })).to.equal(2);
    expect(valueOf(text, `${name}_sum`, { endpoint: 'balances' })).to.be.within((2 * (HELD_MS - 2)) / 1000, 5);
  });

  it('lets scrapes join the request under way, although one that was cut off ends only after its beginning', async () => {
    const ends: (() => void)[] = [];
    const none = { valid: [], invalid: [] };
    const hanging: Gateway = {
      ask: () => new Promise((resolve) => ends.push(() => resolve(none as never))),
      close: () => {},
    };
    const { log } = keepLog();
    const target = { settings: accountSettings(gateway.url), gateway: hanging, scraping: gatewaySettings() };
    const account = new Account(target, new OwnMetrics({ version: '1.2.3', revision: 'abc' }), log);
    expect(reasonOf(await account.scrape(scrapeFor(20)))).to.equal('timeout');
    const second = account.scrape(scrapeFor(5000));
    await until('the second request', () => ends.length === 2);
    ends[0]?.();
    await until('the end of the first', () => account.history.scrapes.length === 1);
    const third = account.scrape(scrapeFor(5000));
    await new Promise(setImmediate);
    expect(ends).to.have.length(2);
    ends[1]?.();
    expect(await third).to.equal(await second);
    expect(reasonOf(await third)).to.equal(undefined);
  });

  describe('at a deadline', () => {
    it('answers a scrape without ending the request of the others', async () => {
      const { release } = holdAnswers(gateway);
      const { account } = createAccount(gateway.url);
      const long = account.scrape(scrapeFor(5000));
      expect(reasonOf(await account.scrape(scrapeFor(50)))).to.equal('timeout');
      await release();
      expect(reasonOf(await long)).to.equal(undefined);
      expect(gateway.requests).to.have.length(1);
    });

    it('lets a later deadline carry the request on after that of the first', async () => {
      const { release } = holdAnswers(gateway);
      const { account } = createAccount(gateway.url);
      const short = account.scrape(scrapeFor(50));
      const long = account.scrape(scrapeFor(5000));
      expect(await short).to.include({ timeoutSeconds: 0.05 });
      expect(reasonOf(await short)).to.equal('timeout');
      await release();
      expect(await long).to.include({ timeoutSeconds: 0.05 });
      expect(reasonOf(await long)).to.equal(undefined);
      expect(gateway.requests).to.have.length(1);
    });

    it('gives the balances that are there when only the rates are late', async () => {
      gateway.answer = (request, response, body) => {
        if (request.url === '/api/v1/balances') json(ONE)(request, response, body);
      };
      const { account } = createAccount(gateway.url, {
        gateway: { collectors: { rates: true, payoutLimits: false } },
      });
      const snapshot = await account.scrape(scrapeFor(100));
      expect(reasonOf(snapshot)).to.equal(undefined);
      expect(snapshot?.outcomes.rates).to.include({ ok: false, reason: 'timeout' });
    });

    it('counts from the arrival: a scrape that has waited elsewhere has less time', async () => {
      gateway.answer = silent;
      const { account } = createAccount(gateway.url);
      const startedAt = performance.now();
      await account.scrape({ ...scrapeFor(1000), deadlineMs: startedAt + 50 });
      expect(performance.now() - startedAt).to.be.below(900);
    });

    it('answers also when something hangs that does not heed its signal', async () => {
      const keys = { pair: fixedKeys().pair, refresh: () => new Promise<never>(() => {}) };
      const { account } = createAccount(gateway.url, { settings: { keys } });
      for (let scrape = 0; scrape < 2; scrape += 1) {
        expect(reasonOf(await account.scrape(scrapeFor(30)))).to.equal('timeout');
      }
    });
  });

  describe('a request that takes longer than --thedex.timeout', () => {
    it('is cut off however many scrapes join it, and a fresh one begins for those that have time', async () => {
      gateway.answer = silent;
      const { account, lines } = createAccount(gateway.url, { gateway: { timeoutMs: 200 } });
      const first = account.scrape(scrapeFor(150));
      await until('the request', () => gateway.requests.length === 1);
      gateway.answer = json(ONE);
      const joined = [account.scrape(scrapeFor(5000)), account.scrape(scrapeFor(5000))];
      expect(reasonOf(await first)).to.equal('timeout');
      for (const snapshot of await Promise.all(joined)) expect(reasonOf(snapshot)).to.equal(undefined);
      expect(gateway.requests).to.have.length(2);
      expect(lines.filter((line) => line.includes('reason=timeout'))).to.have.length(1);
    });

    it('costs one scrape of two that overlap for ever, not all of them', async () => {
      let answered = 0;
      gateway.answer = (request, response, body) => {
        answered += 1;
        if (answered > 1) json(ONE)(request, response, body);
      };
      const { account } = createAccount(gateway.url, { gateway: { timeoutMs: 200 } });
      const reasons: (string | undefined)[] = [];
      let last: Promise<unknown> = Promise.resolve();
      for (let scrape = 0; scrape < 10; scrape += 1) {
        const one = account.scrape(scrapeFor(200)).then((snapshot) => reasons.push(reasonOf(snapshot)));
        // The next comes while this one is still waiting, if it waits.
        await Promise.race([one, new Promise((resolve) => setTimeout(resolve, 120))]);
        last = Promise.all([last, one]);
      }
      await last;
      expect(reasons.filter((reason) => reason !== undefined)).to.have.length.below(3);
    });
  });

  describe('clients that hang up', () => {
    it('end a request that nobody waits for any more, which is no failure', async () => {
      gateway.answer = silent;
      const { account, metrics, lines } = createAccount(gateway.url);
      const client = new AbortController();
      const scrape = account.scrape(scrapeFor(5000, client.signal));
      await until('the request', () => gateway.requests.length === 1);
      client.abort();
      expect(await scrape).to.equal(undefined);
      await until('the end of the connection', () => gateway.sockets[0]?.destroyed === true);
      expect(account.history.scrapes).to.deep.equal([]);
      expect(lines.filter((line) => !line.includes('level=debug'))).to.deep.equal([]);
      const labels = { endpoint: 'balances', outcome: 'canceled' };
      expect(valueOf(await metrics.render('text'), 'thedex_exporter_api_requests_total', labels)).to.equal(1);
      gateway.answer = json(ONE);
      expect(reasonOf(await account.scrape(scrapeFor(5000)))).to.equal(undefined);
    });

    it('leave the request to the others', async () => {
      const { release } = holdAnswers(gateway);
      const { account } = createAccount(gateway.url);
      const client = new AbortController();
      const first = account.scrape(scrapeFor(5000, client.signal));
      const second = account.scrape(scrapeFor(5000));
      client.abort();
      expect(await first).to.equal(undefined);
      await release();
      expect(reasonOf(await second)).to.equal(undefined);
    });

    it('have no request begun for them when they had gone before', async () => {
      const { account } = createAccount(gateway.url);
      expect(await account.scrape(scrapeFor(5000, AbortSignal.abort()))).to.equal(undefined);
      expect(gateway.sockets).to.have.length(0);
    });
  });

  it('asks again after a 429 that names no time', async () => {
    gateway.answer = respond(429, '{}');
    const { account } = createAccount(gateway.url);
    expect(reasonOf(await account.scrape(scrapeFor(1000)))).to.equal('rate_limited');
    gateway.answer = json(ONE);
    expect(reasonOf(await account.scrape(scrapeFor(1000)))).to.equal(undefined);
    expect(gateway.requests).to.have.length(2);
  });

  describe('after a 429 with Retry-After', () => {
    it('asks nothing until it is over', async () => {
      gateway.answer = respond(429, '{}', { 'Retry-After': '1' });
      const { account, metrics, lines } = createAccount(gateway.url);
      const startedAt = performance.now();
      await account.scrape(scrapeFor(1000));
      gateway.answer = json(ONE);
      const refused = await account.scrape(scrapeFor(1000));
      expect(reasonOf(refused)).to.equal('rate_limited');
      expect(refused?.outcomes.balances.durationSeconds).to.equal(0);
      expect(gateway.requests).to.have.length(1);
      expect(lines.at(-1)).to.match(/Scrape failed.*reason=rate_limited.*not asked.* 1 s more/);
      const labels = { endpoint: 'balances', outcome: 'rate_limited' };
      expect(valueOf(await metrics.render('text'), 'thedex_exporter_api_requests_total', labels)).to.equal(1);
      await until('its end', async () => reasonOf(await account.scrape(scrapeFor(1000))) === undefined);
      expect(performance.now() - startedAt).to.be.above(990);
    });

    it('of an optional collector goes on asking for balances', async () => {
      gateway.answer = (request, response, body) => {
        const answer =
          request.url === '/api/v1/balances'
            ? json(ONE)
            : respond(429, '{}', { 'Retry-After': 'Wed, 21 Oct 2099 07:28:00 GMT' });
        answer(request, response, body);
      };
      const { account } = createAccount(gateway.url, { gateway: { collectors: { rates: true, payoutLimits: false } } });
      await account.scrape(scrapeFor(1000));
      const snapshot = await account.scrape(scrapeFor(1000));
      expect(reasonOf(snapshot)).to.equal(undefined);
      expect(snapshot?.outcomes.rates).to.include({ ok: false, reason: 'rate_limited' });
      expect(gateway.requests).to.have.length(3);
    });
  });

  describe('in the log', () => {
    it('tells a failed scrape once, with reason, status and advice, however many wait', async () => {
      gateway.answer = respond(401, '{"message": "wrong nonce"}');
      const { account, lines } = createAccount(gateway.url);
      await Promise.all([1, 2, 3].map(() => account.scrape(scrapeFor(1000))));
      const warnings = lines.filter((line) => line.includes('level=warn'));
      expect(warnings).to.have.length(1);
      expect(warnings[0])
        .to.match(/msg="Scrape failed" account=default collector=balances reason=auth status=401 said=nonce /)
        .and.match(/ advice="/);
      expect(warnings[0]).to.match(/ duration=\d+\.\d{3}s /);
      expect(lines.join('')).not.to.include(API_KEY);
    });

    it('tells each success with its time to who wants to know all, and no words where the answer said none', async () => {
      const { account, lines } = createAccount(gateway.url);
      await account.scrape(scrapeFor(1000));
      expect(lines.join('')).to.match(
        /level=debug msg=Scraped account=default collector=balances duration=\d+\.\d{3}s\n/,
      );
      gateway.answer = respond(500, 'x');
      await account.scrape(scrapeFor(1000));
      expect(lines.at(-1)).to.match(/level=warn .* status=500 duration=/);
    });

    it('tells of an optional collector as such, and of the first success after failures', async () => {
      gateway.answer = (request, response, body) =>
        (request.url === '/api/v1/balances' ? json(ONE) : respond(500, 'x'))(request, response, body);
      const { account, lines } = createAccount(gateway.url, {
        gateway: { collectors: { rates: true, payoutLimits: false } },
      });
      await account.scrape(scrapeFor(1000));
      expect(lines.join('')).to.match(/level=warn msg="Collector failed" account=default collector=rates/);
      gateway.answer = (request, response, body) =>
        (request.url === '/api/v1/balances' ? json(ONE) : json('[]'))(request, response, body);
      await account.scrape(scrapeFor(1000));
      await account.scrape(scrapeFor(1000));
      expect(lines.filter((line) => line.includes('succeed again'))).to.have.length(1);
    });

    it('tells the stack of a defect of ours, which is internal', async () => {
      const { metrics, log, lines } = createAccounts(configurationOf([]));
      const broken = { ask: () => Promise.reject(new RangeError('a defect')), close: () => {} };
      const target = { settings: accountSettings(gateway.url), gateway: broken, scraping: gatewaySettings() };
      const snapshot = await new Account(target, metrics, log).scrape(scrapeFor(1000));
      expect(reasonOf(snapshot)).to.equal('internal');
      expect(JSON.stringify(snapshot)).not.to.include('RangeError').and.not.include('a defect"');
      expect(lines.join('')).to.match(/level=error .*reason=internal.* stack="RangeError: a defect\\n +at /);
    });

    it('tells of a change also among thousands of entries that are not understood', async () => {
      const { account, lines } = createAccount(gateway.url);
      const bad = (prefix: string) =>
        JSON.stringify([
          { BTC: balance('1', '0', '1') },
          Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`${prefix}${index}`, null])),
        ]);
      for (const answer of [bad('A'), bad('A'), bad('B')]) {
        gateway.answer = json(answer);
        await account.scrape(scrapeFor(5000));
      }
      expect(lines.filter((line) => /level=warn .*entries/i.test(line))).to.have.length(2);
    });

    it('names entries that are not understood once per change', async () => {
      const { account, lines } = createAccount(gateway.url);
      const bad = JSON.stringify([{ BTC: balance('1', '0', '1') }, { BAD: null }, { WORSE: null }]);
      const turned = JSON.stringify([{ WORSE: null }, { BTC: balance('1', '0', '1') }, { BAD: null }]);
      for (const answer of [bad, turned, ONE, ONE, bad]) {
        gateway.answer = json(answer);
        await account.scrape(scrapeFor(1000));
      }
      const told = lines.filter((line) => /entries/i.test(line));
      expect(told.map((line) => /level=(\w+)/.exec(line)?.[1])).to.deep.equal(['warn', 'info', 'warn']);
      expect(told[0]).to.include('entries="BAD, WORSE"').and.include('count=2');
    });

    it('names ten of many entries that are not understood, none at length, and counts the others', async () => {
      const { account, lines } = createAccount(gateway.url);
      for (const [count, more] of [
        [77, ' and 67 more'],
        [10, ''],
      ] as const) {
        const names = Array.from({ length: count }, (_, index) => `${index}`.padStart(2, '0').padEnd(100, 'x'));
        gateway.answer = json(
          JSON.stringify([{ BTC: balance('1', '0', '1') }, ...names.map((name) => ({ [name]: 1 }))]),
        );
        await account.scrape(scrapeFor(1000));
        const shown = names.slice(0, 10).map((name) => name.slice(0, 64));
        expect(lines.at(-1)).to.include(`count=${count} entries="${shown.join(', ')}${more}"`);
      }
    });

    it('names currencies with a threshold that the account does not hold once per change', async () => {
      const thresholds: BalanceThreshold[] = ['BTC', 'USDT_TORN'].flatMap((currency) =>
        (['warning', 'critical'] as const).map((severity) => ({ currency, kind: 'available', severity, value: '1' })),
      );
      const { account, set, lines } = createAccount(gateway.url, { settings: { thresholds } });
      expect(account.history.unusedThresholds).to.deep.equal([]);
      const all = JSON.stringify([{ BTC: balance('1', '0', '1') }, { USDT_TORN: balance('1', '0', '1') }]);
      for (const answer of [ONE, ONE, all, all, ONE]) {
        gateway.answer = json(answer);
        await account.scrape(scrapeFor(1000));
      }
      const told = lines.filter((line) => /threshold/i.test(line));
      expect(told.map((line) => /level=(\w+)/.exec(line)?.[1])).to.deep.equal(['warn', 'info', 'warn']);
      expect(told[0]).to.include('currencies=USDT_TORN').and.include('account=default');
      expect(account.history.unusedThresholds).to.deep.equal(['USDT_TORN']);
      // Those that are gone are missed no more.
      set.apply(configurationOf([accountSettings(gateway.url)]));
      await account.scrape(scrapeFor(1000));
      expect(lines.at(-1)).to.include('All thresholds are for currencies that the account holds');
    });
  });

  it('remembers the last twenty scrapes and the last balances, for people', async () => {
    const { account } = createAccount(gateway.url);
    let last: Snapshot | undefined;
    for (let scrape = 0; scrape < 21; scrape += 1) last = await account.scrape(scrapeFor(1000));
    expect(account.history.lastSuccess).to.equal(last);
    gateway.answer = respond(503, 'x');
    await account.scrape(scrapeFor(1000));
    expect(account.history.scrapes).to.have.length(20);
    expect(account.history.scrapes.at(-1)?.failure).to.include({ reason: 'server_error', status: 503 });
    expect(account.history.scrapes.at(-2)?.failure).to.equal(undefined);
    expect(account.history.lastSuccess).to.equal(last);
  });
});

describe('AccountSet', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startGateway({ answer: json(ONE) });
  });
  afterEach(() => gateway.close());

  it('adds, takes and keeps accounts by their names', () => {
    const named = (name: string) => accountSettings(gateway.url, { name });
    const { set } = createAccounts(configurationOf([named('same'), named('gone')]));
    const before = set.accounts.named.get('same');
    expect(set.apply(configurationOf([named('same'), named('new'), named('other')]))).to.deep.equal({
      accounts: 3,
      added: 2,
      removed: 1,
    });
    expect([...set.accounts.named.keys()]).to.deep.equal(['same', 'new', 'other']);
    expect(set.accounts.named.get('same')).to.equal(before);
  });

  it('keeps history, connection and the request in flight when only thresholds, limits or labels change', async () => {
    const { account, set } = createAccount(gateway.url);
    await account.scrape(scrapeFor(1000));
    const { held, release } = holdAnswers(gateway);
    const scrape = account.scrape(scrapeFor(5000));
    await until('the request', () => held.length === 1);
    const changed = accountSettings(gateway.url, {
      labels: { team: 'payments' },
      thresholds: [{ currency: 'BTC', kind: 'total', severity: 'critical', value: '1' }],
    });
    set.apply(configurationOf([changed]));
    expect(set.accounts.default).to.equal(account);
    expect(account.settings).to.equal(changed);
    await release();
    expect(reasonOf(await scrape)).to.equal(undefined);
    expect(account.history.scrapes).to.have.length(2);
    expect(gateway.requests).to.have.length(2);
    expect(gateway.sockets).to.have.length(1);
  });

  it('keeps the history when the keys change, and begins the request in flight anew with the new ones', async () => {
    const { account, set } = createAccount(gateway.url);
    await account.scrape(scrapeFor(1000));
    const { held, release } = holdAnswers(gateway);
    const scrape = account.scrape(scrapeFor(5000));
    await until('the request', () => held.length === 1);
    set.apply(configurationOf([accountSettings(gateway.url, { keys: fixedKeys('other-key') })]));
    await until('the second request', () => held.length === 2);
    held.shift();
    await release();
    expect(reasonOf(await scrape)).to.equal(undefined);
    expect(gateway.requests.at(-1)?.headers['x-ex-apikey']).to.equal('other-key');
    expect(account.history.scrapes).to.have.length(2);
  });

  it('asks over fresh connections when other certificates are trusted, and over the same when they are the same', async () => {
    const [ca = '', otherCa = ''] = rootCertificates;
    const { account, set } = createAccount(gateway.url, { gateway: { ca } });
    for (const [next, connections] of [
      [ca, 1],
      [otherCa, 2],
      [undefined, 3],
    ] as const) {
      set.apply(configurationOf([accountSettings(gateway.url)], gatewaySettings({ ca: next })));
      for (let scrape = 0; scrape < 2; scrape += 1) await account.scrape(scrapeFor(1000));
      expect(gateway.sockets).to.have.length(connections);
    }
    await until('the end of the others', () => gateway.sockets.filter(({ destroyed }) => !destroyed).length === 1);
  });

  it('lets the scrapes of an account that is gone end, and then closes what only they used', async () => {
    const { account, set } = createAccount(gateway.url);
    const { held, release } = holdAnswers(gateway);
    const scrape = account.scrape(scrapeFor(5000));
    await until('the request', () => held.length === 1);
    set.apply(configurationOf([]));
    await release();
    expect(reasonOf(await scrape)).to.equal(undefined);
    await until('the end of its connection', () => gateway.sockets[0]?.destroyed === true);
  });
});
