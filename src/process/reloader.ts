import { ConfigurationError } from '../config/configuration-error.ts';
import type { Configuration } from '../config/settings.ts';
import type { Logger } from '../lib/log.ts';
import { accountsOf, createAccountSet, type AccountFactory, type AccountSet } from '../scrape/accounts.ts';

/** What a reload is made of. */
export interface ReloaderOptions {
  readonly factory: AccountFactory;
  /** Reads the configuration and its secrets anew. */
  readonly read: () => Promise<Configuration>;
  readonly log: Logger;
}

/**
 * Holds the accounts in force, and replaces them when the configuration is read anew: all at once, and only by a
 * configuration without a mistake. Scrapes in flight end on the accounts that they began with.
 */
export class Reloader {
  readonly #options: ReloaderOptions;
  #current: AccountSet;
  #underWay: Promise<void> = Promise.resolve();

  constructor(configuration: Configuration, options: ReloaderOptions) {
    this.#options = options;
    this.#current = createAccountSet(configuration, options.factory);
    options.factory.metrics.recordReload(true, Date.now());
  }

  get current(): AccountSet {
    return this.#current;
  }

  /**
   * Reloads, after any reload that is under way.
   * @throws ConfigurationError if the configuration has a mistake; the old one stays in force.
   */
  reload(): Promise<void> {
    const next = this.#underWay.then(() => this.#reload());
    this.#underWay = next.catch(() => {});
    return next;
  }

  async #reload(): Promise<void> {
    const { factory, read, log } = this.#options;
    const previous = this.#current;
    try {
      this.#current = createAccountSet(await read(), factory, previous);
    } catch (error) {
      factory.metrics.recordReload(false, Date.now());
      logRefusal(log, error);
      throw error;
    }
    factory.metrics.recordReload(true, Date.now());
    const kept = new Set(accountsOf(this.#current));
    const dropped = accountsOf(previous).filter((account) => !kept.has(account));
    for (const account of dropped) void account.close();
    log.info('The configuration was reloaded', { accounts: kept.size, replaced: dropped.length });
  }
}

function logRefusal(log: Logger, error: unknown): void {
  const message = 'The configuration was not reloaded, the old one stays in force';
  if (error instanceof ConfigurationError) for (const problem of error.problems) log.error(message, { err: problem });
  else log.error(message, { err: error instanceof Error ? error.message : String(error) });
}
