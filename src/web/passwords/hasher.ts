import { Worker } from 'node:worker_threads';

/** A password and the bcrypt hash that it may belong to. */
export interface Comparison {
  readonly password: string;
  readonly hash: string;
}

/** Compares passwords with hashes, one at a time. */
export interface Hasher {
  /** @returns `undefined` at once if too many are waiting. */
  compare(comparison: Comparison): Promise<boolean> | undefined;
}

// Beside this file both in the source and in the built program.
const WORKER = new URL('./hash-worker.js', import.meta.url);

/** At bcrypt's usual cost these take about a second, after which a client had better ask again. */
export const MAX_WAITING = 10;

interface Job {
  readonly comparison: Comparison;
  readonly resolve: (isRight: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** Compares on a thread of its own, which starts with the first password and never keeps the process alive. */
export class ThreadHasher implements Hasher {
  readonly #waiting: Job[] = [];
  #running: Job | undefined;
  #worker: Worker | undefined;

  compare(comparison: Comparison): Promise<boolean> | undefined {
    if (this.#waiting.length >= MAX_WAITING) return undefined;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ comparison, resolve, reject });
      this.#runNext();
    });
  }

  #runNext(): void {
    if (this.#running !== undefined) return;
    this.#running = this.#waiting.shift();
    if (this.#running === undefined) return;
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
