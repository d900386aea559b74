import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { createLogger } from '../../src/lib/log.ts';
import { CURRENCIES, CURRENCY_CODES } from '../../src/sandbox/currencies.ts';
import { ENDPOINT_PATHS } from '../../src/sandbox/endpoints.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';
import { requireTool } from '../support/tools.ts';
import { ask, balancesIn, exchange, readState, switchTo, waitForRead } from './client.ts';

const START_MS = 1_700_000_000_000;

describe('the sandbox', () => {
  const running: Sandbox[] = [];
  async function start(options: SandboxOptions = {}): Promise<Sandbox> {
    const sandbox = await startSandbox(options);
    running.push(sandbox);
    return sandbox;
  }
  afterEach(async () => {
    await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
  });

  it('listens on loopback only, on a port of its own', async () => {
    const [one, other] = [await start(), await start()];
    expect(one.url.hostname).to.equal('127.0.0.1');
    expect(one.url.port).not.to.equal(other.url.port);
    expect(one.controlUrl.href).to.equal(`${one.url.href}control`);
    const elsewhere = new URL(one.controlUrl);
    elsewhere.hostname = '127.0.0.2';
    const reached = await exchange(elsewhere, {}, {}).then(
      () => true,
      () => false,
    );
    expect(reached).to.equal(false);
  });

  it('listens on all addresses where it is told to, and takes control requests that name loopback', async () => {
    const sandbox = await start({ allAddresses: true });
    const elsewhere = new URL(sandbox.controlUrl);
    elsewhere.hostname = '127.0.0.2';
    expect((await exchange(elsewhere, {}, {})).status).to.equal(200);
    expect((await exchange(elsewhere, { Host: 'sandbox:10056' }, {})).status).to.equal(403);
  });

  it('prints what another client needs, where it is told to', async function () {
    for (const name of ['curl', 'openssl', 'base64', 'sed']) requireTool(this, name);
    let printed = '';
    await start({ showKeys: true, print: (text) => (printed += text) });
    const { stdout } = await promisify(execFile)(requireTool(this, 'bash'), ['-c', printed], {
      env: { PATH: process.env['PATH'] },
    });
    expect(JSON.parse(stdout)).to.be.an('array').with.lengthOf(CURRENCIES.length);
  });

  it('takes the port that it is given, and says which one it cannot have', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    try {
      const error = await startSandbox({ port }).then(
        () => undefined,
        (reason: unknown) => reason as Error,
      );
      expect(error?.message).to.match(
        new RegExp(`^the sandbox cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`),
      );
    } finally {
      blocker.close();
      await once(blocker, 'close');
    }
    expect((await start({ port })).url.port).to.equal(String(port));
  });

  it('makes fresh keys at each start', async () => {
    const [one, other] = [await start({ seed: 1 }), await start({ seed: 1 })];
    expect(one.apiKey).to.match(/^[0-9a-f]{48}$/);
    expect(one.secretKey).to.match(/^[0-9a-f]{96}$/);
    expect(one.apiKey).not.to.equal(other.apiKey);
    expect(one.secretKey).not.to.equal(other.secretKey);
  });

  it('answers balances as a list of maps with one currency each', async () => {
    const sandbox = await start();
    const answer = await ask(sandbox, ENDPOINT_PATHS.balances);
    expect(answer.status).to.equal(200);
    expect(answer.headers['content-type']).to.equal('application/json');
    expect((JSON.parse(answer.text) as object[]).map((map) => Object.keys(map))).to.deep.equal(
      CURRENCY_CODES.map((code) => [code]),
    );
    for (const balance of Object.values(balancesIn(answer))) {
      expect(balance).to.have.all.keys('totalBalance', 'holdBalance', 'availableBalance');
      for (const text of Object.values(balance)) expect(text).to.match(/^\d+(?:\.\d+)?(?:E-\d+)?$/);
    }
    expect(balancesIn(answer)['DOGE_DOGECOIN']).to.include({ totalBalance: '0E-8' });
  });

  it('answers rates in dollars and euros', async () => {
    const { text } = await ask(await start({ seed: 1 }), ENDPOINT_PATHS.rates);
    const rates = JSON.parse(text) as { monetary: string; rates: { fiatCurrency: string; rate: string }[] }[];
    expect(rates.map(({ monetary }) => monetary)).to.deep.equal(CURRENCY_CODES);
    for (const { rates: own } of rates) {
      expect(own.map(({ fiatCurrency }) => fiatCurrency)).to.deep.equal(['USD', 'EUR', 'UAH']);
      for (const { rate } of own) expect(rate).to.match(/^\d+\.\d{8}$/);
    }
  });

  it('answers the smallest payouts', async () => {
    const { text } = await ask(await start(), ENDPOINT_PATHS.payout_limits);
    expect(JSON.parse(text)).to.deep.equal(
      CURRENCIES.map(({ code, payoutMinimum }) => ({ monetary: code, minimalLimit: payoutMinimum })),
    );
  });

  it('accepts the older body, and refuses its nonce a second time', async () => {
    const sandbox = await start();
    const body = JSON.stringify({ request: ENDPOINT_PATHS.balances, nonce: '1700000000000' });
    expect((await ask(sandbox, ENDPOINT_PATHS.balances, { body })).status).to.equal(200);
    const again = await ask(sandbox, ENDPOINT_PATHS.balances, { body });
    expect(again.status).to.equal(400);
    expect(JSON.parse(again.text)).to.deep.equal({
      status: 400,
      error: 'Bad Request',
      message: 'incorrect nonce: it must grow',
    });
  });

  it('refuses a wrong signature with an error object', async () => {
    const sandbox = await start();
    const answer = await ask(sandbox, ENDPOINT_PATHS.balances, { secretKey: 'other' });
    expect(answer.status).to.equal(401);
    expect(JSON.parse(answer.text)).to.deep.equal({
      status: 401,
      error: 'Unauthorized',
      message: 'incorrect signature, api key or payload header',
    });
  });

  it('refuses other methods with 405, other paths with 404, and bodies over 64 KiB with 413', async () => {
    const sandbox = await start();
    const get = await exchange(new URL(ENDPOINT_PATHS.balances, sandbox.url), {}, {});
    expect([get.status, get.headers.allow]).to.deep.equal([405, 'POST']);
    expect((await ask(sandbox, '/api/v1/balances/')).status).to.equal(404);
    const large = { method: 'POST', body: ' '.repeat(65 * 1024) };
    expect((await exchange(new URL(ENDPOINT_PATHS.balances, sandbox.url), {}, large)).status).to.equal(413);
    expect((await readState(sandbox)).requests).to.deep.equal({ balances: 2, rates: 0, payout_limits: 0, other: 1 });
  });

  it('gives the same balances to the same seed and clock, however often it was read', async () => {
    let nowMs = START_MS;
    const now = () => nowMs;
    const [busy, quiet] = [await start({ seed: 9, now }), await start({ seed: 9, now })];
    const first = await ask(busy, ENDPOINT_PATHS.balances);
    for (let i = 0; i < 20; i += 1) {
      nowMs += 17_300;
      await ask(busy, ENDPOINT_PATHS.balances);
    }
    const [fromBusy, fromQuiet] = [await ask(busy, ENDPOINT_PATHS.balances), await ask(quiet, ENDPOINT_PATHS.balances)];
    expect(fromBusy.text).to.equal(fromQuiet.text);
    expect(fromBusy.text).not.to.equal(first.text);
  });

  it('remembers the last 50 answers of balances, numbered and timed', async () => {
    let nowMs = START_MS;
    const sandbox = await start({ seed: 2, now: () => nowMs });
    expect((await readState(sandbox)).lastBalances).to.equal(null);
    let answer = await ask(sandbox, ENDPOINT_PATHS.balances);
    for (let i = 1; i < 53; i += 1) {
      nowMs += 1000;
      answer = await ask(sandbox, ENDPOINT_PATHS.balances);
    }
    const { answeredBalances, lastBalances, uptimeSeconds, seed } = await readState(sandbox);
    expect(answeredBalances.map(({ sequence }) => sequence)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i + 4));
    expect(lastBalances).to.deep.equal(answeredBalances.at(-1));
    expect(lastBalances).to.deep.equal({
      sequence: 53,
      time: new Date(START_MS + 52_000).toISOString(),
      balances: balancesIn(answer),
    });
    expect([uptimeSeconds, seed]).to.deep.equal([52, 2]);
  });

  it('says loudly that the balances are not real, and never says its keys', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'debug', format: 'logfmt', write: (line) => lines.push(line) });
    const sandbox = await start({ seed: 3, log });
    await ask(sandbox, ENDPOINT_PATHS.balances);
    await ask(sandbox, ENDPOINT_PATHS.balances, { secretKey: 'other' });
    await switchTo(sandbox, 'wrong-secret');
    await ask(sandbox, ENDPOINT_PATHS.balances);
    expect(lines[0]).to.include('level=warn').and.to.include('the balances are invented, not real money');
    expect(lines[0]).to.include(sandbox.url.href).and.to.include('seed=3');
    expect(lines.slice(1).join('')).to.include('scenarios=wrong-secret');
    const { text } = await exchange(sandbox.controlUrl, {}, {});
    const everything = [...lines, text, JSON.stringify(sandbox), inspect(sandbox, { depth: 1 })].join('\n');
    expect(everything).not.to.include(sandbox.apiKey);
    expect(everything).not.to.include(sandbox.secretKey);
  });

  it('logs nothing when a client goes away in the middle of its body', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'debug', format: 'logfmt', write: (line) => lines.push(line) });
    const sandbox = await start({ log });
    const leaving = new AbortController();
    const url = new URL(ENDPOINT_PATHS.balances, sandbox.url);
    const unfinished = exchange(
      url,
      { 'Content-Length': '100' },
      { method: 'POST', body: '{', signal: leaving.signal },
    ).catch((error: unknown) => error);
    await waitForRead(sandbox, 0);
    leaving.abort();
    await unfinished;
    await sandbox.close();
    expect(lines).to.have.length(1);
  });

  it('closes twice, and with a request under way', async () => {
    const sandbox = await start();
    await switchTo(sandbox, 'hang');
    const hanging = ask(sandbox, ENDPOINT_PATHS.balances).then(
      () => 'answered',
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    await waitForRead(sandbox, 0);
    await sandbox.close();
    await sandbox.close();
    expect(await hanging).to.equal('ECONNRESET');
  });
});
