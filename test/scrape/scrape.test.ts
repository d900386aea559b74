import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { failureFrom, scrapeTimeoutMs, SharedRequest } from '../../src/scrape/scrape.ts';
import { BALANCES } from '../../src/thedex/answers.ts';
import { CanceledError, ClientError, DeadlineError } from '../../src/thedex/errors.ts';

const SETTINGS = { timeoutMs: 10_000, timeoutOffsetMs: 500 };

describe('scrapeTimeoutMs', () => {
  const cases: [string, number][] = [
    ['', 10_000],
    ['0', 10_000],
    ['-5', 10_000],
    ['soon', 10_000],
    ['NaN', 10_000],
    ['Infinity', 10_000],
    ['1e999', 10_000],
    ['0x10', 10_000],
    ['5s', 10_000],
    ['9'.repeat(100_000), 10_000],
    ['5', 4_500],
    ['5.000000', 4_500],
    ['1e1', 9_500],
    ['60', 10_000],
    ['0.6', 100],
    ['0.5', 250],
    ['0.1', 50],
    ['0.05', 25],
    ['0.55', 50],
  ];
  for (const [header, expected] of cases) {
    it(`${header.slice(0, 10) || 'no header'} means ${expected} ms`, () =>
      expect(scrapeTimeoutMs(header, SETTINGS)).to.be.closeTo(expected, 1e-6));
  }
});

describe('a failure', () => {
  it('is advised about as a bot wall only when it is one', () => {
    const { advice } = failureFrom(new ClientError('x', { status: 404 }), 0);
    expect(advice).to.include('without the path');
    expect(failureFrom(new ClientError('x', { status: 403, botWall: true }), 0).advice).to.include('allow-list');
    expect(failureFrom(new DeadlineError('x'), 0).advice).not.to.include('allow-list');
  });
});

describe('SharedRequest', () => {
  const LONG_MS = 10_000;

  /** A request whose collector ends when it is told to, or when it is aborted. */
  function begin() {
    let signal: AbortSignal | undefined;
    let finish: () => void = () => {};
    const request = new SharedRequest({
      endpoints: [BALANCES],
      collect: (_endpoint, given) =>
        new Promise((resolve) => {
          signal = given;
          given.addEventListener('abort', () => resolve(failureFrom(given.reason, 0)));
          finish = () => resolve({ ok: true, value: { valid: [], invalid: [] }, durationSeconds: 0 });
        }),
      timeoutMs: LONG_MS,
      longestMs: LONG_MS,
    });
    const wait = (withinMs: number) => {
      const client = new AbortController();
      const scrape = { timeoutMs: withinMs, deadlineMs: performance.now() + withinMs, gone: client.signal };
      return { hangUp: () => client.abort(), snapshot: request.wait(scrape) };
    };
    return { request, wait, finish: () => finish(), reason: (): unknown => signal?.reason };
  }

  it('goes on for the others when a client hangs up, and is canceled with the last', async () => {
    const { request, wait, reason } = begin();
    const [first, second] = [wait(LONG_MS), wait(LONG_MS)];
    first.hangUp();
    expect(await first.snapshot).to.equal(undefined);
    expect(reason()).to.equal(undefined);
    expect(request.isOpen).to.equal(true);
    second.hangUp();
    expect(await second.snapshot).to.equal(undefined);
    expect(reason()).to.be.an.instanceOf(CanceledError);
    expect(await request.finished).to.equal(undefined);
  });
  it('goes on for the others when one has to leave, and ends at the deadline of the last', async () => {
    const { request, wait, reason } = begin();
    const [first, second] = [wait(20), wait(60)];
    expect((await first.snapshot)?.outcomes.balances).to.include({
      ok: false,
      reason: 'timeout',
      message: 'no answer within 10 s',
    });
    expect(reason()).to.equal(undefined);
    expect((await second.snapshot)?.outcomes.balances).to.include({ ok: false, reason: 'timeout' });
    expect(reason()).to.be.an.instanceOf(DeadlineError);
    expect((await request.finished)?.outcomes.balances).to.include({ ok: false, reason: 'timeout' });
  });
  it('answers a scrape at its deadline, before anything that is due later', async () => {
    const { wait, finish } = begin();
    const [first, second] = [wait(40), wait(LONG_MS)];
    const later = new Promise((resolve) => {
      setTimeout(resolve, 60, 'later');
    });
    expect(await Promise.race([first.snapshot, later])).not.to.equal('later');
    finish();
    expect((await second.snapshot)?.outcomes.balances.ok).to.equal(true);
  });
  it('gives the same snapshot to all that wait for its end', async () => {
    const { request, wait, finish } = begin();
    const [first, second] = [wait(LONG_MS), wait(LONG_MS)];
    finish();
    const snapshot = await first.snapshot;
    expect(snapshot?.outcomes.balances.ok).to.equal(true);
    expect(await second.snapshot).to.equal(snapshot);
    expect(request.isOpen).to.equal(false);
  });
  it('was late, and not canceled, when one was told so before the last hangs up', async () => {
    const { request, wait, reason } = begin();
    const [first, second] = [wait(20), wait(LONG_MS)];
    await first.snapshot;
    second.hangUp();
    expect(await second.snapshot).to.equal(undefined);
    expect(reason()).to.be.an.instanceOf(DeadlineError);
    expect((await request.finished)?.outcomes.balances).to.include({ ok: false, reason: 'timeout' });
  });
  it('leaves no timer and no listener behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    // The test's own timer begins when the test has given its promise.
    await Promise.resolve();
    const before = timers();
    const { request, wait, finish } = begin();
    const client = new AbortController();
    const scrape = { timeoutMs: LONG_MS, deadlineMs: performance.now() + LONG_MS, gone: client.signal };
    const waiting = [request.wait(scrape), wait(LONG_MS).snapshot];
    expect(timers()).to.equal(before + 3);
    expect(getEventListeners(client.signal, 'abort')).to.have.length(1);
    finish();
    await Promise.all(waiting);
    expect(timers()).to.equal(before);
    expect(getEventListeners(client.signal, 'abort')).to.deep.equal([]);
  });
  it('tells how long it has taken, in seconds', async () => {
    const startedAt = performance.now();
    const { wait, finish } = begin();
    const [first, second] = [wait(50), wait(LONG_MS)];
    const snapshot = await first.snapshot;
    expect(snapshot?.durationSeconds).to.be.within(0.04, (performance.now() - startedAt) / 1000);
    expect(snapshot?.outcomes.balances.durationSeconds).to.be.within(0.04, snapshot?.durationSeconds ?? 0);
    finish();
    await second.snapshot;
  });
  it('has ended when it has, and is canceled by nobody after that', async () => {
    const { request, wait, finish, reason } = begin();
    const { snapshot } = wait(LONG_MS);
    const canceled = request.finished.then(() => request.cancel());
    finish();
    expect((await snapshot)?.outcomes.balances.ok).to.equal(true);
    await canceled;
    expect(reason()).to.equal(undefined);
  });
  it('that is canceled has failed with timeout for a scrape without time for another', async () => {
    const request = new SharedRequest({
      endpoints: [BALANCES],
      collect: (_endpoint, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(failureFrom(signal.reason, 0)));
        }),
      timeoutMs: 1000,
      longestMs: 1000,
    });
    const { signal: gone } = new AbortController();
    const waiting = request.wait({ timeoutMs: 1000, deadlineMs: performance.now() + 45, gone });
    request.cancel();
    const snapshot = await waiting;
    expect(snapshot?.outcomes.balances).to.include({ ok: false, reason: 'timeout' });
    expect(await request.finished).to.equal(undefined);
  });
});
