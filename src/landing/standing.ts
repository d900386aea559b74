import type { AccountReading, Reason } from './reading.ts';
import { checkThresholds, type ThresholdChecks } from './thresholds.ts';

/** How an account stands, most urgent first: the order of a page. */
export const STATES = ['failing', 'low', 'stale', 'never', 'ok'] as const;
export type State = (typeof STATES)[number];

/** An account with what its readings add up to. */
export interface Standing {
  readonly account: AccountReading;
  readonly state: State;
  /** Why the last scrape failed. */
  readonly failure: Reason | undefined;
  /** How many of the last scrapes failed without one between them that succeeded. */
  readonly failuresInARow: number;
  /** `undefined` until balances have been read. */
  readonly checks: ThresholdChecks | undefined;
}

/**
 * An account that nobody has scraped for so long is not called OK, in milliseconds. Prometheus forgets a value after
 * five minutes, so scrape intervals are shorter than that; three of them missing is no hiccup.
 */
export const STALE_AFTER_MS = 15 * 60_000;

/** @param nowMs the moment of the page, in milliseconds since the epoch. */
export function judgeAccount(account: AccountReading, nowMs: number): Standing {
  const { scrapes, lastBalances } = account;
  const checks = lastBalances && checkThresholds(account, lastBalances);
  const last = scrapes.at(-1);
  const failuresInARow = scrapes.length - 1 - scrapes.findLastIndex(({ failure }) => failure === undefined);
  const standing = { account, failure: last?.failure, failuresInARow, checks };
  if (last === undefined) return { ...standing, state: 'never' };
  if (last.failure !== undefined) return { ...standing, state: 'failing' };
  if (checks !== undefined && checks.belowCount > 0) return { ...standing, state: 'low' };
  return { ...standing, state: nowMs - last.atMs > STALE_AFTER_MS ? 'stale' : 'ok' };
}
