import { DeadlineError } from '../thedex/errors.ts';
import type { Collection } from './collectors.ts';
import type { Snapshot } from './snapshot.ts';

/** Somebody who waits and may hang up, such as an HTTP response: `close` tells that nobody is there any more. */
export interface Waiter {
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** Starts the collectors of a read, which end when the signal does. */
export type StartCollection = (signal: AbortSignal) => Collection;

/**
 * One read of the gateway and the scrapes that wait for it. Each waiter is answered at the end of the read or at its
 * own deadline, whichever comes first; when the last one has left, the read is aborted.
 */
export class SharedRead {
  readonly #controller = new AbortController();
  readonly #startedAtMs = Date.now();
  readonly #startedAt = performance.now();
  readonly #timeoutSeconds: number;
  readonly #collection: Collection;
  readonly #finished: Promise<Snapshot>;
  #waiters = 0;
  #hasFinished = false;

  /** @param timeoutMs how long the scrape that begins the read may take. */
  constructor(start: StartCollection, timeoutMs: number) {
    this.#timeoutSeconds = timeoutMs / 1000;
    this.#collection = start(this.#controller.signal);
    this.#finished = this.#collection.finished.then((outcomes) => {
      this.#hasFinished = true;
      return this.#snapshot(outcomes);
    });
  }

  /** Fulfilled with the whole read when it has ended, also by being aborted. */
  get finished(): Promise<Snapshot> {
    return this.#finished;
  }

  /** Whether a scrape can still join: nothing has ended the read. */
  get isOpen(): boolean {
    return !this.#hasFinished && !this.#controller.signal.aborted;
  }

  /**
   * Waits for the read, but not longer than `timeoutMs`, and not after the waiter has hung up.
   * All that wait until its end are given the same snapshot.
   */
  async wait(timeoutMs: number, waiter: Waiter): Promise<Snapshot> {
    this.#waiters += 1;
    const leaving = leaveAfter(timeoutMs, waiter);
    try {
      const snapshot = await Promise.race([this.#finished, leaving.left]);
      if (snapshot !== undefined) return snapshot;
    } finally {
      leaving.cancel();
      this.#waiters -= 1;
    }
    if (this.#waiters > 0) return this.#snapshot(this.#collection.outcomesNow());
    const why = waiter.destroyed ? 'nobody waits for the answer any more' : `no answer within ${timeoutMs / 1000} s`;
    this.#controller.abort(new DeadlineError(why));
    return this.#finished;
  }

  #snapshot(outcomes: Snapshot['outcomes']): Snapshot {
    return {
      startedAtMs: this.#startedAtMs,
      durationSeconds: (performance.now() - this.#startedAt) / 1000,
      timeoutSeconds: this.#timeoutSeconds,
      outcomes,
    };
  }
}

function leaveAfter(timeoutMs: number, waiter: Waiter): { left: Promise<undefined>; cancel: () => void } {
  let cancel = () => {};
  const left = new Promise<undefined>((resolve) => {
    const leave = () => resolve(undefined);
    const timer = setTimeout(leave, timeoutMs);
    if (waiter.destroyed) leave();
    else waiter.once('close', leave);
    cancel = () => {
      clearTimeout(timer);
      waiter.off('close', leave);
    };
  });
  return { left, cancel };
}
