import { expect } from 'chai';
import { failureFrom, scrapeTimeoutMs, SharedRequest } from '../../src/scrape/scrape.ts';
import { BALANCES } from '../../src/thedex/answers.ts';

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
  ];
  for (const [header, expected] of cases) {
    it(`${header.slice(0, 10) || 'no header'} means ${expected} ms`, () =>
      expect(scrapeTimeoutMs(header, SETTINGS)).to.be.closeTo(expected, 1e-6));
  }
});

describe('SharedRequest', () => {
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
