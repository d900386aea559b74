import { Worker } from 'node:worker_threads';
import { WaitingRoom } from './waiting-room.ts';

/** A password and the bcrypt hash that it may belong to. */
export interface Comparison {
  readonly password: string;
  readonly hash: string;
}

/** Compares passwords with hashes, one at a time: on a machine with few cores, scrapes need the others. */
export interface Hasher {
  /**
   * @param client who asks, such as a network address; the turns are shared out among clients
   * @returns `undefined` if too many wait, at once or after some seconds
   */
  compare(comparison: Comparison, client: string): Promise<boolean | undefined>;
}

// Beside this file both in the source and in the built program.
const WORKER = new URL('./hash-worker.js', import.meta.url);

/** Half of the time that Prometheus usually gives a scrape, so that it is told why rather than left without an answer. */
export const MAX_WAIT_MS = 5_000;

interface Job {
  readonly comparison: Comparison;
  readonly resolve: (isRight: boolean | undefined) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Compares on a thread of its own, which starts with the first password and never keeps the process alive. */
export class ThreadHasher implements Hasher {
  readonly #waiting = new WaitingRoom<Job>();
  readonly #maxWaitMs: number;
  #running: Job | undefined;
  #worker: Worker | undefined;

  constructor(maxWaitMs: number = MAX_WAIT_MS) {
    this.#maxWaitMs = maxWaitMs;
  }

  compare(comparison: Comparison, client: string): Promise<boolean | undefined> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        if (this.#waiting.leave(job, client)) resolve(undefined);
      };
      const timer = setTimeout(giveUp, this.#maxWaitMs).unref();
      const job: Job = { comparison, resolve, reject, timer };
      if (this.#waiting.enter(job, client)) {
        this.#runNext();
      } else {
        clearTimeout(timer);
        resolve(undefined);
      }
    });
  }

  #runNext(): void {
    if (this.#running !== undefined) return;
    this.#running = this.#waiting.call();
    if (this.#running === undefined) return;
    clearTimeout(this.#running.timer);
    this.#worker ??= this.#startWorker();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(this.#running.comparison);
  }

  #startWorker(): Worker {
    // The environment may hold an API key, which this thread has no need of.
    const worker = new Worker(WORKER, { env: {} });
    // A thread that is told so before it runs forgets it.
    worker.once('online', () => worker.unref());
    worker.on('message', (isRight: boolean) => this.#finish((job) => job.resolve(isRight)));
    worker.on('error', (error: Error) => {
      this.#worker = undefined;
      this.#finish((job) => job.reject(error));
    });
    return worker;
  }

  #finish(settle: (job: Job) => void): void {
    const job = this.#running;
    this.#running = undefined;
    if (job !== undefined) settle(job);
    this.#runNext();
  }
}
