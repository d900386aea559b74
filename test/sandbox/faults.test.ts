import { expect } from 'chai';
import { performance } from 'node:perf_hooks';
import { ENDPOINT_PATHS } from '../../src/sandbox/endpoints.ts';
import { FAULTS } from '../../src/sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { ask, type Received, readState, switchTo, waitForRead } from './client.ts';

const BALANCES = ENDPOINT_PATHS.balances;

describe('faults of the sandbox', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ seed: 1 });
  });
  beforeEach(() => switchTo(sandbox, 'normal'));
  after(() => sandbox.close());

  async function under(fault: string): Promise<Received> {
    expect((await switchTo(sandbox, fault)).status).to.equal(200);
    return ask(sandbox, BALANCES);
  }

  async function failureUnder(fault: string): Promise<string | undefined> {
    return under(fault).then(
      () => 'a whole answer',
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
  }

  const refusals: [string, number, number, string][] = [
    ['revoked-key', 401, 401, 'api key is revoked'],
    ['wrong-secret', 401, 401, 'incorrect signature, api key or payload header'],
    ['refused-in-body', 200, 401, 'incorrect signature, api key or payload header'],
    ['forbidden', 403, 403, 'access denied'],
    ['suspended', 403, 403, 'the account is suspended'],
    ['bad-nonce', 400, 400, 'incorrect nonce'],
    ['rate-limited', 429, 429, 'too many requests'],
    ['maintenance', 503, 503, 'the service is down for maintenance'],
    ['server-error', 500, 500, 'unexpected error'],
    ['error-object', 200, 400, 'the service is not available for this merchant'],
  ];
  for (const [fault, httpStatus, status, message] of refusals) {
    it(`${fault}: HTTP ${httpStatus} with an error object that says ${status}`, async () => {
      const answer = await under(fault);
      expect(answer.status).to.equal(httpStatus);
      expect(answer.headers['content-type']).to.equal('application/json');
      expect(JSON.parse(answer.text)).to.include({ status, message });
      expect((await readState(sandbox)).scenarios).to.deep.equal([fault]);
    });
  }

  for (const [fault, status] of [
    ['bad-gateway-html', 502],
    ['html', 200],
    ['bot-wall', 403],
  ] as const) {
    it(`${fault}: HTTP ${status} with a page`, async () => {
      const answer = await under(fault);
      expect(answer.status).to.equal(status);
      expect(answer.headers['content-type']).to.equal('text/html; charset=utf-8');
      expect(answer.text).to.match(/^<!DOCTYPE html>/);
    });
  }

  it('rate-limited: says when to come back', async () => {
    expect((await under('rate-limited')).headers['retry-after']).to.equal('3');
    expect((await under('rate-limited?seconds=120')).headers['retry-after']).to.equal('120');
  });

  it('redirect: points to a path whose requests are counted', async () => {
    const answer = await under('redirect');
    expect(answer.status).to.equal(302);
    await switchTo(sandbox, 'normal');
    const { other } = (await readState(sandbox)).requests;
    expect((await ask(sandbox, answer.headers.location ?? '')).status).to.equal(404);
    expect((await readState(sandbox)).requests['other']).to.equal((other ?? 0) + 1);
  });

  it('not-json: HTTP 200 with text that does not parse', async () => {
    const answer = await under('not-json');
    expect(answer.status).to.equal(200);
    expect(() => JSON.parse(answer.text)).to.throw(SyntaxError);
  });

  it('truncated: the connection closes in the middle of the body', async () => {
    const answered = (await readState(sandbox)).lastBalances;
    expect(await failureUnder('truncated')).to.equal('ECONNRESET');
    expect((await readState(sandbox)).lastBalances).to.deep.equal(answered);
  });

  it('down: the connection is reset', async () => {
    expect(await failureUnder('down')).to.equal('ECONNRESET');
  });

  it('slow: the right answer comes after the seconds asked for', async () => {
    const begin = performance.now();
    const answer = await under('slow?seconds=0.2');
    expect(performance.now() - begin).to.be.within(199, 2_000);
    expect(answer.status).to.equal(200);
    expect((await readState(sandbox)).fault).to.deep.equal({ name: 'slow', endpoint: 'all', seconds: 0.2 });
  });

  it('slow: an answer that nobody waits for any more is not remembered', async () => {
    await switchTo(sandbox, 'slow?seconds=0.1');
    const { lastBalances, requests } = await readState(sandbox);
    const leaving = new AbortController();
    const left = ask(sandbox, BALANCES, { signal: leaving.signal }).catch(() => 'left');
    await waitForRead(sandbox, requests['balances'] ?? 0);
    leaving.abort();
    expect(await left).to.equal('left');
    const next = await ask(sandbox, BALANCES);
    expect(next.status).to.equal(200);
    expect((await readState(sandbox)).lastBalances?.sequence).to.equal((lastBalances?.sequence ?? 0) + 1);
  });

  it('hang: nothing comes while the control endpoint still answers', async () => {
    await switchTo(sandbox, 'hang');
    const { requests } = await readState(sandbox);
    const leaving = new AbortController();
    let isAnswered = false;
    const hanging = ask(sandbox, BALANCES, { signal: leaving.signal }).then(
      () => (isAnswered = true),
      () => undefined,
    );
    await waitForRead(sandbox, requests['balances'] ?? 0);
    expect((await switchTo(sandbox, 'normal')).status).to.equal(200);
    expect((await ask(sandbox, BALANCES)).status).to.equal(200);
    expect(isAnswered).to.equal(false);
    leaving.abort();
    await hanging;
  });

  it('one at a time: the next replaces the last, and no-fault ends it', async () => {
    await switchTo(sandbox, 'forbidden');
    expect((await under('server-error')).status).to.equal(500);
    expect((await under('no-fault')).status).to.equal(200);
  });

  it('of one endpoint: the others answer as ever', async () => {
    await switchTo(sandbox, 'server-error?endpoint=rates');
    expect((await readState(sandbox)).scenarios).to.deep.equal(['server-error?endpoint=rates']);
    expect((await ask(sandbox, ENDPOINT_PATHS.rates)).status).to.equal(500);
    expect((await ask(sandbox, ENDPOINT_PATHS.payout_limits)).status).to.equal(200);
    expect((await ask(sandbox, BALANCES)).status).to.equal(200);
  });

  for (const fault of FAULTS) {
    it(`${fault} ends with normal`, async () => {
      await switchTo(sandbox, fault);
      await switchTo(sandbox, 'normal');
      expect((await ask(sandbox, BALANCES)).status).to.equal(200);
      expect((await readState(sandbox)).scenarios).to.deep.equal(['normal']);
    });
  }
});
