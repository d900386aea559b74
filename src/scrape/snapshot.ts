import type { Balances } from '../thedex/balances.ts';
import type { EndpointName } from '../thedex/endpoint.ts';
import type { Reason } from '../thedex/errors.ts';
import type { PayoutLimits } from '../thedex/payout-limits.ts';
import type { ExchangeRates } from '../thedex/rates.ts';

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
}

/** What the collectors of one scrape found; a collector that is off has no outcome. */
export interface Outcomes {
  readonly balances: Outcome<Balances>;
  readonly rates?: Outcome<ExchangeRates>;
  readonly payout_limits?: Outcome<PayoutLimits>;
}

/** One scrape of one account: plain data of one read, which nothing changes. */
export interface Snapshot {
  /** When the read began, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** The whole work for the account. */
  readonly durationSeconds: number;
  /** The deadline of the scrape that began the read. */
  readonly timeoutSeconds: number;
  readonly outcomes: Outcomes;
}

/** The reason why the balances could not be read, or `undefined` if they were. */
export function failureOf(snapshot: Snapshot): Reason | undefined {
  const { balances } = snapshot.outcomes;
  return balances.ok ? undefined : balances.reason;
}

/** The enabled collectors of a scrape with their outcomes, in the order of the metrics page. */
export function outcomesOf(snapshot: Snapshot): [EndpointName, Outcome<unknown>][] {
  const { balances, rates, payout_limits } = snapshot.outcomes;
  const all: [EndpointName, Outcome<unknown> | undefined][] = [
    ['balances', balances],
    ['rates', rates],
    ['payout_limits', payout_limits],
  ];
  return all.filter((entry): entry is [EndpointName, Outcome<unknown>] => entry[1] !== undefined);
}
