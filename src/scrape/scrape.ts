import type { Balances, EndpointName, ExchangeRates, PayoutLimits } from '../thedex/answers.ts';
import type { Reason } from '../thedex/errors.ts';

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

/** The enabled collectors of a scrape with their outcomes, in the order of the metrics page. */
export function outcomesOf({ outcomes }: Snapshot): [EndpointName, Outcome<unknown>][] {
  return Object.entries(outcomes) as [EndpointName, Outcome<unknown>][];
}
