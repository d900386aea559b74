import type { AccountSettings } from '../config/settings.ts';
import type { Logger } from '../lib/log.ts';
import type { TheDexClient } from '../thedex/client.ts';
import { startCollectors, type OptionalCollectors } from './collectors.ts';
import type { ExporterMetrics } from './exporter-metrics.ts';
import { ScrapeHistory } from './history.ts';
import { ScrapeLog } from './scrape-log.ts';
import { SharedRead, type Waiter } from './shared-read.ts';
import type { Snapshot } from './snapshot.ts';

/** What an account is made of. */
export interface AccountOptions {
  readonly settings: AccountSettings;
  readonly collectors: OptionalCollectors;
  readonly client: TheDexClient;
  readonly metrics: ExporterMetrics;
  readonly log: Logger;
  /** Closes the connections that the client uses. */
  readonly closeConnections: () => void;
}

/** The name by which logs and pages call the account that has none. */
export const DEFAULT_ACCOUNT_NAME = 'default';

/** One user of the gateway, scraped on request. */
export class Account {
  readonly settings: AccountSettings;
  /** What the landing page tells of the last scrapes; no metric is made of it. */
  readonly history = new ScrapeHistory();
  readonly #options: AccountOptions;
  readonly #log: ScrapeLog;
  #read: SharedRead | undefined;

  constructor(options: AccountOptions) {
    this.settings = options.settings;
    this.#options = options;
    this.#log = new ScrapeLog(options.log, this.displayName);
  }

  get displayName(): string {
    return this.settings.name ?? DEFAULT_ACCOUNT_NAME;
  }

  /**
   * Reads the balances for one scrape. Scrapes that overlap share one read of the gateway, and those that wait for its
   * end are given the same snapshot; a scrape that finds none under way begins one.
   * @param timeoutMs the scrape's own deadline, after which it is answered with what is there.
   * @param waiter who waits for the answer, and may hang up.
   */
  scrape(timeoutMs: number, waiter: Waiter): Promise<Snapshot> {
    if (this.#read?.isOpen === true) this.#options.metrics.countCoalescedScrape();
    else this.#read = this.#startRead(timeoutMs);
    return this.#read.wait(timeoutMs, waiter);
  }

  /** Ends what the account holds open, once the scrapes under way have been answered. */
  async close(): Promise<void> {
    await this.#read?.finished;
    this.#options.closeConnections();
  }

  #startRead(timeoutMs: number): SharedRead {
    const { client, collectors, metrics } = this.#options;
    const read = new SharedRead(
      (signal) =>
        startCollectors(client, collectors, signal, (name, outcome, error) => {
          metrics.observeRequest(name, outcome.ok ? 'success' : outcome.reason, outcome.durationSeconds);
          this.#log.recordOutcome(name, outcome, error);
        }),
      timeoutMs,
    );
    void read.finished.then((snapshot) => {
      this.history.add(snapshot);
      if (this.#read === read) this.#read = undefined;
    });
    return read;
  }
}
