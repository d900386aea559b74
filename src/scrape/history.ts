import type { Reason } from '../thedex/errors.ts';
import { failureOf, type Snapshot } from './snapshot.ts';

/** How one scrape ended. */
export interface PastScrape {
  /** When it began, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly durationSeconds: number;
  /** `undefined` if it succeeded. */
  readonly failure: Reason | undefined;
}

/** How many scrapes of an account are remembered: as many as a strip on a page can show. */
export const HISTORY_LENGTH = 20;

/** The last scrapes of an account, for people; metrics are never made of it. */
export class ScrapeHistory {
  #scrapes: readonly PastScrape[] = [];
  #lastSuccess: Snapshot | undefined;

  /** The last scrapes, oldest first. */
  get scrapes(): readonly PastScrape[] {
    return this.#scrapes;
  }

  /** The last snapshot that holds balances. */
  get lastSuccess(): Snapshot | undefined {
    return this.#lastSuccess;
  }

  add(snapshot: Snapshot): void {
    const { startedAtMs: atMs, durationSeconds } = snapshot;
    const failure = failureOf(snapshot);
    this.#scrapes = [...this.#scrapes.slice(1 - HISTORY_LENGTH), { atMs, durationSeconds, failure }];
    // A copy, because pages are remembered for as long as the snapshot that they show is.
    if (failure === undefined) this.#lastSuccess = { ...snapshot };
  }
}
