import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type { Collection } from '../../src/scrape/collectors.ts';
import { SharedRead } from '../../src/scrape/shared-read.ts';
import type { Outcomes } from '../../src/scrape/snapshot.ts';
import { patient } from '../support/account.ts';
import { until } from '../support/poll.ts';

const OUTCOMES: Outcomes = {
  balances: { ok: false, reason: 'timeout', durationSeconds: 0, invalidEntries: undefined },
};

/** Collectors that end when the test says so: real ones end too soon after their signal to look in between. */
function startManually() {
  let end = () => {};
  const signals: AbortSignal[] = [];
  const start = (signal: AbortSignal): Collection => {
    signals.push(signal);
    const finished = new Promise<Outcomes>((resolve) => {
      end = () => resolve(OUTCOMES);
    });
    return { finished, outcomesNow: () => OUTCOMES };
  };
  return { start, end: () => end(), isAborted: () => signals[0]?.aborted === true };
}

describe('SharedRead', () => {
  it('cannot be joined once it was aborted, even before its collectors have ended', async () => {
    const collectors = startManually();
    const read = new SharedRead(collectors.start, 1000);
    const waiter = new PassThrough();
    const answer = read.wait(1000, waiter);
    expect(read.isOpen).to.equal(true);
    waiter.destroy();
    await until('the abort', collectors.isAborted);
    expect(read.isOpen).to.equal(false);
    collectors.end();
    await answer;
  });
  it('cannot be joined once it has ended', async () => {
    const collectors = startManually();
    const read = new SharedRead(collectors.start, 1000);
    const answer = read.wait(1000, patient());
    collectors.end();
    await answer;
    expect(read.isOpen).to.equal(false);
    expect(collectors.isAborted()).to.equal(false);
  });
  it('gives a waiter that has hung up already no time', async () => {
    const collectors = startManually();
    const read = new SharedRead(collectors.start, 60_000);
    const answer = read.wait(60_000, new PassThrough().destroy());
    await until('the abort', collectors.isAborted);
    collectors.end();
    await answer;
  });
});
