import { readFileSync } from 'node:fs';

const NANOSECONDS_PER_MS = 1e6;
const TICK_MS = 20;

/**
 * Tells how much of a span of time a process could not work because it waited for a processor, or this one was late.
 * Machines that run tests are busy at times, and a late answer that comes from that is nobody's defect.
 */
export class BusyClock {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #lateMs = 0;
  #lastTick = performance.now();

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  /** Milliseconds of waiting so far; the difference of two readings is what a span may be excused for. */
  waitedMs(): number {
    return this.#lateMs + this.#pendingMs() + runQueueMs(this.#pid) + runQueueMs(process.pid);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#lateMs += this.#pendingMs();
    this.#lastTick = performance.now();
  }

  /** How late the next tick is already. A long row of short events makes it late, too. */
  #pendingMs(): number {
    return Math.max(0, performance.now() - this.#lastTick - TICK_MS);
  }
}

// Source: the kernel's documentation of scheduler statistics; the second number is the time spent waiting on a run queue.
function runQueueMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[1]) / NANOSECONDS_PER_MS;
  } catch {
    return 0;
  }
}
