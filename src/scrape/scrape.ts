import { setImmediate } from 'node:timers/promises';
import type { GatewaySettings } from '../config/settings.ts';
import type { Balances, Endpoint, EndpointName, Entries, ExchangeRates, PayoutLimits } from '../thedex/answers.ts';
import { adviceFor } from '../thedex/advice.ts';
import {
  CanceledError,
  ClientError,
  DeadlineError,
  InvalidResponseError,
  reasonOf,
  TheDexError,
  type Reason,
} from '../thedex/errors.ts';

/** What one collector brought home from one scrape. */
export type Outcome<T> = Success<T> | Failure;

export interface Success<T> {
  readonly ok: true;
  readonly value: T;
  readonly durationSeconds: number;
}

export interface Failure {
  readonly ok: false;
  readonly reason: Reason;
  readonly durationSeconds: number;
  /** How many entries an answer of the right shape held, none of them valid; otherwise `undefined`. */
  readonly invalidEntries: number | undefined;
  /** The status of the gateway's answer, where there was one. */
  readonly status: number | undefined;
  /** The fixed words that the answer contained, such as `nonce` or `maintenance`. */
  readonly said: readonly string[];
  /** What was tried and what came back, without secrets. */
  readonly message: string;
  /** What to do about it, in one sentence. */
  readonly advice: string;
}

/** What the collectors of one scrape found; a collector that is off has no outcome. */
export interface Outcomes {
  readonly balances: Outcome<Balances>;
  readonly rates?: Outcome<ExchangeRates>;
  readonly payout_limits?: Outcome<PayoutLimits>;
}

/** One scrape of one account: plain data of one request, which nothing changes. */
export interface Snapshot {
  /** When the request began, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** The whole work for the account. */
  readonly durationSeconds: number;
  /** The deadline of the scrape that began the request. */
  readonly timeoutSeconds: number;
  readonly outcomes: Outcomes;
}

/** What a collector's error comes to. */
export function failureFrom(error: unknown, durationSeconds: number): Failure {
  const reason = reasonOf(error);
  const status = error instanceof TheDexError ? error.status : undefined;
  const said = error instanceof TheDexError ? error.said : [];
  const botWall = error instanceof ClientError && error.botWall;
  return {
    ok: false,
    reason,
    durationSeconds,
    invalidEntries: error instanceof InvalidResponseError ? error.invalidEntries : undefined,
    status,
    said,
    message: error instanceof TheDexError ? error.message : 'a defect of the exporter, which its log tells more about',
    advice: adviceFor({ reason, status, said, botWall }),
  };
}

/** The enabled collectors of a scrape with their outcomes, in the order of the metrics page. */
export function outcomesOf({ outcomes }: Snapshot): [EndpointName, Outcome<unknown>][] {
  return Object.entries(outcomes) as [EndpointName, Outcome<unknown>][];
}

/** Who waits for an account's snapshot. */
export interface Scrape {
  /** How long the scrape may take, in milliseconds from its arrival. */
  readonly timeoutMs: number;
  /** When that is over, by `performance.now()`. */
  readonly deadlineMs: number;
  /** Aborts when the client hangs up. */
  readonly gone: AbortSignal;
}

// What Go prints for a float64, which is what Prometheus sends.
const SECONDS = /^\+?\d{1,20}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,3})?$/;

/**
 * How long a scrape may take, in milliseconds: what Prometheus grants in `X-Prometheus-Scrape-Timeout-Seconds`, less
 * the offset that the way back needs, and never more than `--thedex.timeout`. A header that is absent, zero, negative
 * or unreadable grants just that; an offset that would leave nothing takes half of what is granted.
 */
export function scrapeTimeoutMs(
  header: string,
  { timeoutMs, timeoutOffsetMs }: Pick<GatewaySettings, 'timeoutMs' | 'timeoutOffsetMs'>,
): number {
  const grantedMs = SECONDS.test(header) ? Number(header) * 1000 : 0;
  if (grantedMs <= 0 || !Number.isFinite(grantedMs)) return timeoutMs;
  const remainingMs = grantedMs - timeoutOffsetMs;
  return Math.min(timeoutMs, remainingMs > 0 ? remainingMs : grantedMs / 2);
}

/** Runs one collector; it never rejects, and ends as soon as the signal does. */
export type Collect = (endpoint: Endpoint<Entries<unknown>>, signal: AbortSignal) => Promise<Outcome<unknown>>;

/** What a request is made of. */
export interface RequestOptions {
  /** What is asked, in the order of the metrics page. */
  readonly endpoints: readonly Endpoint<Entries<unknown>>[];
  readonly collect: Collect;
  /** The deadline of the scrape that begins the request. */
  readonly timeoutMs: number;
  /** `--thedex.timeout`, which no number of joining scrapes extends. */
  readonly longestMs: number;
}

/** Less than this is not enough to ask anew after a request was cut off. */
const MIN_REMAINING_MS = 50;

/**
 * One request for all that is asked of an account, and the scrapes that share it. It ends when all collectors have, when
 * its last scrape has left, or after `longestMs`, whatever comes first.
 */
export class SharedRequest {
  /** The snapshot of the whole request; `undefined` if it was canceled. Never rejects. */
  readonly finished: Promise<Snapshot | undefined>;
  readonly #options: RequestOptions;
  readonly #startedAtMs = Date.now();
  readonly #startedAt = performance.now();
  readonly #controller = new AbortController();
  readonly #ended: Partial<Record<EndpointName, Outcome<unknown>>> = {};
  #isOpen = true;
  #waiting = 0;
  #wasLate = false;

  constructor(options: RequestOptions) {
    this.#options = options;
    this.finished = this.#run();
  }

  /** Whether a scrape can join. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Waits for the request's end, but not beyond the scrape's deadline. All scrapes that wait until the end are given the
   * same snapshot; one that has to leave before is given what is there, the rest being failed with `timeout`.
   *
   * @returns `undefined` if the client has gone, or if the request was cut off and the scrape still has time for another
   */
  async wait(scrape: Scrape): Promise<Snapshot | undefined> {
    this.#waiting += 1;
    await this.#endOrLeave(scrape);
    this.#waiting -= 1;
    if (scrape.gone.aborted) {
      if (this.#waiting === 0) this.cancel();
      return undefined;
    }
    if (!this.#isOpen) {
      const snapshot = await this.finished;
      const wasCut = this.#controller.signal.aborted;
      if (wasCut && scrape.deadlineMs - performance.now() > MIN_REMAINING_MS) return undefined;
      return snapshot ?? this.#snapshot();
    }
    this.#wasLate = true;
    if (this.#waiting > 0) return this.#snapshot();
    this.#abort(lateAfter(this.#options.timeoutMs));
    // All collectors end with the signal. One that hangs nevertheless, as on a dead file system, is not waited for.
    return (await Promise.race([this.finished, setImmediate()])) ?? this.#snapshot();
  }

  /** Ends the request because nobody waits for it any more, or because what it asks is not asked any more. */
  cancel(): void {
    // Whoever was answered at a deadline has seen a failure, and so it stays one.
    this.#abort(this.#wasLate ? lateAfter(this.#options.timeoutMs) : new CanceledError());
  }

  async #run(): Promise<Snapshot | undefined> {
    const { endpoints, collect, longestMs } = this.#options;
    const { signal } = this.#controller;
    const cut = setTimeout(() => this.#abort(lateAfter(longestMs)), longestMs);
    await Promise.all(
      endpoints.map(async (endpoint) => {
        const outcome = await collect(endpoint, signal);
        // What a canceled request comes to is no outcome: a scrape that still waits, without time for another, was late.
        if (!(signal.reason instanceof CanceledError)) this.#ended[endpoint.name] = outcome;
      }),
    );
    clearTimeout(cut);
    this.#isOpen = false;
    return signal.reason instanceof CanceledError ? undefined : this.#snapshot();
  }

  #abort(reason: Error): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#controller.abort(reason);
  }

  /** Until the request has ended, the scrape's deadline has come, or its client has gone. */
  #endOrLeave({ deadlineMs, gone }: Scrape): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(leave, deadlineMs - performance.now());
      function leave(): void {
        clearTimeout(timer);
        gone.removeEventListener('abort', leave);
        resolve();
      }
      gone.addEventListener('abort', leave);
      void this.finished.then(leave);
    });
  }

  /** What is there at this moment: a collector that has not ended has failed with `timeout`. */
  #snapshot(): Snapshot {
    const { endpoints, timeoutMs } = this.#options;
    const durationSeconds = (performance.now() - this.#startedAt) / 1000;
    const outcomes: Partial<Record<EndpointName, Outcome<unknown>>> = {};
    for (const { name } of endpoints) {
      outcomes[name] = this.#ended[name] ?? failureFrom(lateAfter(timeoutMs), durationSeconds);
    }
    return {
      startedAtMs: this.#startedAtMs,
      durationSeconds,
      timeoutSeconds: timeoutMs / 1000,
      outcomes: outcomes as unknown as Outcomes,
    };
  }
}

function lateAfter(timeoutMs: number): DeadlineError {
  return new DeadlineError(`no answer within ${timeoutMs / 1000} s`);
}
