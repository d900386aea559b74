import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { Account } from '../../src/scrape/account.ts';
import { createAccountSet } from '../../src/scrape/accounts.ts';
import { failureOf } from '../../src/scrape/snapshot.ts';
import {
  API_KEY,
  accountSettings,
  configurationOf,
  createFactory,
  createTestAccount,
  defaultAccount,
  gatewaySettings,
  patient,
} from '../support/account.ts';
import { balance, json, respond, startGateway, type Answer, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/poll.ts';

const ONE = JSON.stringify([{ BTC: balance('1.5', '0.5', '1.0') }]);
const hang: Answer = () => {};

describe('Account', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startGateway({ answer: json(ONE) });
  });
  afterEach(() => gateway.close());

  it('asks the gateway anew for every scrape, over one connection', async () => {
    const account = createTestAccount(gateway.url);
    await account.scrape(1000, patient());
    gateway.answer = json(JSON.stringify({ ETH: balance('2', '0', '2') }));
    const { outcomes } = await account.scrape(1000, patient());
    expect(outcomes.balances).to.have.nested.property('value.valid[0].currency', 'ETH');
    expect(gateway.requests).to.have.length(2);
    expect(gateway.sockets).to.have.length(1);
  });

  it('says nothing to the gateway when nobody scrapes', async () => {
    createTestAccount(gateway.url);
    await new Promise((resolve) => setImmediate(resolve));
    expect(gateway.sockets).to.have.length(0);
  });

  it('shares one read, and one snapshot, among scrapes that overlap', async () => {
    const factory = createFactory();
    const account = createTestAccount(gateway.url, {}, factory);
    const snapshots = await Promise.all(Array.from({ length: 10 }, () => account.scrape(1000, patient())));
    expect(new Set(snapshots).size).to.equal(1);
    expect(gateway.requests).to.have.length(1);
    expect(await factory.registry.metrics()).to.include('thedex_exporter_coalesced_scrapes_total 9');
  });

  it('answers a waiter at its own deadline without ending the read of the others', async () => {
    const release: (() => void)[] = [];
    gateway.answer = (request, response, body) => release.push(() => json(ONE)(request, response, body));
    const account = createTestAccount(gateway.url);
    const long = account.scrape(5000, patient());
    const short = await account.scrape(50, patient());
    expect(failureOf(short)).to.equal('timeout');
    release[0]?.();
    expect(failureOf(await long)).to.equal(undefined);
    expect(gateway.requests).to.have.length(1);
  });

  it('lets a later deadline carry the read on after that of the first', async () => {
    const release: (() => void)[] = [];
    gateway.answer = (request, response, body) => release.push(() => json(ONE)(request, response, body));
    const account = createTestAccount(gateway.url);
    const short = account.scrape(50, patient());
    const long = account.scrape(5000, patient());
    const early = await short;
    expect(failureOf(early)).to.equal('timeout');
    expect(early.timeoutSeconds).to.equal(0.05);
    release[0]?.();
    const late = await long;
    expect(failureOf(late)).to.equal(undefined);
    expect(late.timeoutSeconds).to.equal(0.05);
  });

  it('gives a scrape at its deadline the balances that are there when only the rates are late', async () => {
    gateway.answer = (request, response, body) => {
      if (request.url === '/api/v1/balances') json(ONE)(request, response, body);
    };
    const account = createTestAccount(gateway.url, { collectors: { rates: true, payoutLimits: false } });
    const { outcomes } = await account.scrape(100, patient());
    expect(outcomes.balances.ok).to.equal(true);
    expect(outcomes.rates).to.include({ ok: false, reason: 'timeout' });
  });

  it('aborts a read that nobody waits for any more, and begins the next one fresh', async () => {
    gateway.answer = hang;
    const account = createTestAccount(gateway.url);
    const client = new PassThrough();
    const scrape = account.scrape(5000, client);
    await until('the request', () => gateway.requests.length === 1);
    client.destroy();
    expect(failureOf(await scrape)).to.equal('timeout');
    await until('the end of the connection', () => gateway.sockets[0]?.destroyed === true);
    gateway.answer = json(ONE);
    expect(failureOf(await account.scrape(5000, patient()))).to.equal(undefined);
  });

  it('goes on for a second client when the first hangs up', async () => {
    const release: (() => void)[] = [];
    gateway.answer = (request, response, body) => release.push(() => json(ONE)(request, response, body));
    const account = createTestAccount(gateway.url);
    const first = new PassThrough();
    const abandoned = account.scrape(5000, first);
    const second = account.scrape(5000, patient());
    await until('the request', () => release.length === 1);
    first.destroy();
    await abandoned;
    release[0]?.();
    expect(failureOf(await second)).to.equal(undefined);
  });

  it('logs a failed scrape once, with its reason, however many wait', async () => {
    const factory = createFactory();
    gateway.answer = respond(401, '{}');
    const account = createTestAccount(gateway.url, {}, factory);
    await Promise.all([1, 2, 3].map(() => account.scrape(1000, patient())));
    const warnings = factory.lines.filter((line) => line.includes('level=warn'));
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include('reason=auth').and.include('account=default').and.include('status 401');
    expect(factory.lines.join('')).not.to.include(API_KEY);
  });

  it('is internal when something of ours throws, and logs its stack', async () => {
    const factory = createFactory();
    const account = new Account({
      settings: accountSettings(gateway.url),
      collectors: { rates: false, payoutLimits: false },
      client: { read: () => Promise.reject(new RangeError('a defect')) },
      metrics: factory.metrics,
      log: factory.log,
      closeConnections: () => {},
    });
    expect(failureOf(await account.scrape(1000, patient()))).to.equal('internal');
    expect(factory.lines.join('')).to.match(/level=error .*reason=internal.* stack="RangeError: a defect\\n +at /);
    const page = await factory.registry.metrics();
    expect(page).to.include('api_requests_total{endpoint="balances",outcome="internal"} 1');
  });

  it('logs entries that are not understood once per change', async () => {
    const factory = createFactory();
    const account = createTestAccount(gateway.url, {}, factory);
    const bad = JSON.stringify([{ BTC: balance('1', '0', '1') }, { BAD: null }]);
    for (const answer of [bad, bad, ONE, ONE, bad]) {
      gateway.answer = json(answer);
      await account.scrape(1000, patient());
    }
    const told = factory.lines.filter((line) => /entries/i.test(line));
    expect(told.map((line) => /level=(\w+)/.exec(line)?.[1])).to.deep.equal(['warn', 'info', 'warn']);
    expect(told[0]).to.include('entries=BAD').and.include('count=1');
  });

  it('counts every read by its outcome', async () => {
    const factory = createFactory();
    const account = createTestAccount(gateway.url, {}, factory);
    await account.scrape(1000, patient());
    gateway.answer = respond(500, 'x');
    await account.scrape(1000, patient());
    const text = await factory.registry.metrics();
    expect(text).to.include('api_requests_total{endpoint="balances",outcome="success"} 1');
    expect(text).to.include('api_requests_total{endpoint="balances",outcome="server_error"} 1');
    expect(text).to.include('api_requests_total{endpoint="rates",outcome="timeout"} 0');
    expect(text).to.include('api_request_duration_seconds_count{endpoint="balances"} 2');
  });

  it('remembers the last twenty scrapes and the last balances, for people', async () => {
    const account = createTestAccount(gateway.url);
    for (let scrape = 0; scrape < 21; scrape += 1) await account.scrape(1000, patient());
    const last = await account.scrape(1000, patient());
    // A copy: pages are remembered for as long as the snapshot that they show is.
    expect(account.history.lastSuccess).to.deep.equal(last);
    expect(account.history.lastSuccess).not.to.equal(last);
    gateway.answer = respond(503, 'x');
    await account.scrape(1000, patient());
    expect(account.history.scrapes).to.have.length(20);
    expect(account.history.scrapes.at(-1)?.failure).to.equal('server_error');
    expect(account.history.scrapes.at(-2)?.failure).to.equal(undefined);
    expect(account.history.lastSuccess?.outcomes.balances.ok).to.equal(true);
  });
});

describe('createAccountSet', () => {
  const url = new URL('http://127.0.0.1:1');
  const factory = createFactory();
  const main = accountSettings(url, { name: 'main' });

  it('takes over an account that stayed the same', () => {
    const first = createAccountSet(configurationOf([main, accountSettings(url)]), factory);
    const second = createAccountSet(
      configurationOf([accountSettings(url, { name: 'main' }), accountSettings(url)]),
      factory,
      first,
    );
    expect(second.accounts.named.get('main')).to.equal(first.accounts.named.get('main'));
    expect(defaultAccount(second)).to.equal(defaultAccount(first));
  });
  const changes = {
    'its key': accountSettings(url, { name: 'main', apiKey: accountSettings(url).secretKey }),
    'its secret': accountSettings(url, { name: 'main', secretKey: accountSettings(url).apiKey }),
    'its URL': accountSettings(new URL('http://127.0.0.1:2'), { name: 'main' }),
    'a threshold': accountSettings(url, { name: 'main', thresholds: [{ currency: 'X', kind: 'total', value: '1' }] }),
  };
  for (const [what, settings] of Object.entries(changes)) {
    it(`makes an account anew when ${what} changed`, () => {
      const first = createAccountSet(configurationOf([main]), factory);
      const second = createAccountSet(configurationOf([settings]), factory, first);
      expect(second.accounts.named.get('main')).not.to.equal(first.accounts.named.get('main'));
    });
  }
  it('makes all accounts anew when the way to ask the gateway changed', () => {
    const first = createAccountSet(configurationOf([main]), factory);
    const second = createAccountSet(configurationOf([main], gatewaySettings({ timeoutMs: 1 })), factory, first);
    expect(second.accounts.named.get('main')).not.to.equal(first.accounts.named.get('main'));
  });
});
