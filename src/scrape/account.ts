import type { AccountSettings } from '../config/settings.ts';
import type { Failure, Snapshot } from './scrape.ts';

/** The name by which logs and pages call the account that has none. */
export const DEFAULT_ACCOUNT_NAME = 'default';

/** How many scrapes of an account are remembered: as many as a strip on a page can show. */
export const HISTORY_LENGTH = 20;

/** How one scrape ended. */
export interface PastScrape {
  /** When it began, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly durationSeconds: number;
  /** `undefined` if the balances were read. */
  readonly failure: Failure | undefined;
}

/** The last scrapes of an account, for people; metrics are never made of it. */
export interface ScrapeHistory {
  /** The last scrapes, oldest first. */
  readonly scrapes: readonly PastScrape[];
  /** The last snapshot that holds balances. */
  readonly lastSuccess: Snapshot | undefined;
  /** The currencies with a threshold of their own that the last good answer did not hold; none before there was one. */
  readonly unusedThresholds: readonly string[];
}

/** One user of the gateway, scraped on request. */
export interface Account {
  /** A reload that changes only thresholds, limits and labels replaces them in place. */
  readonly settings: AccountSettings;
  readonly displayName: string;
  readonly history: ScrapeHistory;
}
