import { createHash } from 'node:crypto';
import type { AccountSettings, GatewaySettings } from '../config/settings.ts';
import type { LogFields, Logger } from '../lib/log.ts';
import { BALANCES, PAYOUT_LIMITS, RATES, type Endpoint, type EndpointName, type Entries } from '../thedex/answers.ts';
import type { Gateway } from '../thedex/client.ts';
import { CanceledError, RateLimitedError } from '../thedex/errors.ts';
import type { OwnMetrics } from './own-metrics.ts';
import {
  failureFrom,
  SharedRequest,
  type Collect,
  type Failure,
  type Outcome,
  type Scrape,
  type Snapshot,
} from './scrape.ts';

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

/** What a configuration says of an account; a reload replaces it. */
export interface Target {
  readonly settings: AccountSettings;
  readonly gateway: Gateway;
  readonly scraping: Pick<GatewaySettings, 'timeoutMs' | 'collectors'>;
}

/** One user of the gateway, scraped on request. */
export class Account {
  #target: Target;
  readonly #metrics: OwnMetrics;
  readonly #log: Logger;
  #request: SharedRequest | undefined;
  #scrapes: readonly PastScrape[] = [];
  #lastSuccess: Snapshot | undefined;
  /** By collector: what was refused with `Retry-After`, and until when by `performance.now()`. */
  readonly #refused = new Map<EndpointName, { readonly failure: Failure; readonly untilMs: number }>();
  /** What the log said last about this account, by subject. */
  readonly #said = new Map<string, string>();

  constructor(target: Target, metrics: OwnMetrics, log: Logger) {
    this.#target = target;
    this.#metrics = metrics;
    this.#log = log;
  }

  get settings(): AccountSettings {
    return this.#target.settings;
  }

  get displayName(): string {
    return this.settings.name ?? DEFAULT_ACCOUNT_NAME;
  }

  /** What the landing page tells of the last scrapes; no metric is made of it. */
  get history(): ScrapeHistory {
    return {
      scrapes: this.#scrapes,
      lastSuccess: this.#lastSuccess,
      unusedThresholds: unusedThresholds(this.settings, this.#lastSuccess),
    };
  }

  /**
   * Asks the gateway for one scrape. Scrapes that overlap share one request; a scrape that finds none under way begins
   * one. A request that was cut off, because it took too long or what it asks has changed, is followed by a fresh one
   * for those that still have time.
   *
   * @returns `undefined` if the client has gone
   */
  async scrape(scrape: Scrape): Promise<Snapshot | undefined> {
    while (!scrape.gone.aborted) {
      if (this.#request?.isOpen === true) this.#metrics.countCoalescedScrape();
      else this.#request = this.#begin(scrape.timeoutMs);
      const snapshot = await this.#request.wait(scrape);
      if (snapshot !== undefined) return snapshot;
    }
    return undefined;
  }

  /** Takes over what a reload has changed. Only other keys or another gateway end the request under way. */
  update(target: Target): void {
    const asksTheSame = target.gateway === this.#target.gateway && haveSameKeys(target.settings, this.settings);
    this.#target = target;
    if (!asksTheSame) this.#request?.cancel();
  }

  /** Fulfilled when no request is under way. */
  async idle(): Promise<void> {
    await this.#request?.finished;
  }

  #begin(timeoutMs: number): SharedRequest {
    const { settings, gateway, scraping } = this.#target;
    const keys = settings.keys.refresh(this.#log);
    const collect =
      (endpoint: Endpoint<unknown>): Collect =>
      (signal) =>
        this.#collect(endpoint, async () => gateway.ask(endpoint, await keys, signal));
    const collectors = new Map([[BALANCES.name, collect(BALANCES)]]);
    if (scraping.collectors.rates) collectors.set(RATES.name, collect(RATES));
    if (scraping.collectors.payoutLimits) collectors.set(PAYOUT_LIMITS.name, collect(PAYOUT_LIMITS));
    const request = new SharedRequest(collectors, timeoutMs, scraping.timeoutMs);
    void request.finished.then((snapshot) => {
      if (this.#request === request) this.#request = undefined;
      if (snapshot !== undefined) this.#remember(snapshot);
    });
    return request;
  }

  /** Runs one collector. It returns or throws; timing, counting and logging it is done here, for all of them. */
  async #collect(endpoint: Endpoint<unknown>, ask: () => Promise<unknown>): Promise<Outcome<unknown>> {
    const { name } = endpoint;
    const refusal = this.#refusalOf(name);
    if (refusal !== undefined) return refusal;
    const startedAt = performance.now();
    try {
      const value = await ask();
      const durationSeconds = (performance.now() - startedAt) / 1000;
      this.#metrics.observeRequest(name, 'success', durationSeconds);
      this.#logSuccess(name, (value as Entries<unknown>).invalid, durationSeconds);
      return { ok: true, value, durationSeconds };
    } catch (error) {
      const failure = failureFrom(error, (performance.now() - startedAt) / 1000);
      const isCanceled = error instanceof CanceledError;
      this.#metrics.observeRequest(name, isCanceled ? 'canceled' : failure.reason, failure.durationSeconds);
      if (!isCanceled) this.#logFailure(name, failure, error);
      if (error instanceof RateLimitedError && error.retryAfterSeconds !== undefined) {
        this.#refused.set(name, { failure, untilMs: performance.now() + error.retryAfterSeconds * 1000 });
      }
      return failure;
    }
  }

  /** The failure of a collector that the gateway asked to pause; whoever may not read balances is not asked at all. */
  #refusalOf(name: EndpointName): Failure | undefined {
    for (const refused of [this.#refused.get(name), this.#refused.get(BALANCES.name)]) {
      const remainingMs = refused === undefined ? 0 : refused.untilMs - performance.now();
      if (refused === undefined || remainingMs <= 0) continue;
      const message = `not asked: the gateway wants to be left alone for ${Math.ceil(remainingMs / 1000)} s more`;
      const failure = { ...refused.failure, message, durationSeconds: 0 };
      this.#logFailure(name, failure, undefined);
      return failure;
    }
    return undefined;
  }

  #remember(snapshot: Snapshot): void {
    const { startedAtMs: atMs, durationSeconds, outcomes } = snapshot;
    const failure = outcomes.balances.ok ? undefined : outcomes.balances;
    this.#scrapes = [...this.#scrapes.slice(1 - HISTORY_LENGTH), { atMs, durationSeconds, failure }];
    if (failure !== undefined) return;
    this.#lastSuccess = snapshot;
    const unused = unusedThresholds(this.settings, snapshot);
    if (!this.#isNews('thresholds', digestOf(unused))) return;
    const account = this.displayName;
    if (unused.length === 0)
      this.#log.info('The account holds all currencies that thresholds are set for', { account });
    else {
      const currencies = listNames(unused);
      this.#log.warn('Thresholds are set for currencies that the account does not hold', { account, currencies });
    }
  }

  #logSuccess(collector: EndpointName, invalid: readonly string[], durationSeconds: number): void {
    const fields = { account: this.displayName, collector };
    const recovered = this.#isNews(`${collector} state`, '');
    const duration = `${durationSeconds.toFixed(3)}s`;
    if (recovered) this.#log.info('Scrapes succeed again', { ...fields, duration });
    else this.#log.debug('Scraped', { ...fields, duration });
    if (!this.#isNews(`${collector} entries`, digestOf(invalid))) return;
    if (invalid.length === 0) this.#log.info('All entries of the answer are understood again', fields);
    else {
      const entries = listNames(invalid);
      this.#log.warn('Entries of the answer are not understood and left out', {
        ...fields,
        count: invalid.length,
        entries,
      });
    }
  }

  #logFailure(collector: EndpointName, failure: Failure, error: unknown): void {
    this.#isNews(`${collector} state`, 'failing');
    const { reason, status, said, message, advice, durationSeconds } = failure;
    const fields: LogFields = {
      account: this.displayName,
      collector,
      reason,
      status,
      said: said.length === 0 ? undefined : said.join(','),
      duration: `${durationSeconds.toFixed(3)}s`,
    };
    if (reason === 'internal') {
      // A defect of this program: the stack tells where. It holds names of functions, and no values.
      const stack = error instanceof Error ? (error.stack ?? error.message) : 'a value that is no error was thrown';
      this.#log.error('Scrape failed by a defect of the exporter', { ...fields, stack });
    } else
      this.#log.warn(collector === 'balances' ? 'Scrape failed' : 'Collector failed', {
        ...fields,
        err: message,
        advice,
      });
  }

  /** Whether a subject differs from what the log said of it last; an empty text is what needs no saying. */
  #isNews(subject: string, text: string): boolean {
    if (text === (this.#said.get(subject) ?? '')) return false;
    if (text === '') this.#said.delete(subject);
    else this.#said.set(subject, text);
    return true;
  }
}

function haveSameKeys({ keys: { pair: a } }: AccountSettings, { keys: { pair: b } }: AccountSettings): boolean {
  return a.apiKey.equals(b.apiKey) && a.secretKey.equals(b.secretKey);
}

function unusedThresholds({ thresholds }: AccountSettings, snapshot: Snapshot | undefined): readonly string[] {
  const balances = snapshot?.outcomes.balances;
  if (thresholds.length === 0 || balances?.ok !== true) return [];
  const held = new Set(balances.value.valid.map(({ currency }) => currency));
  return [...new Set(thresholds.map(({ currency }) => currency))].filter((currency) => !held.has(currency));
}

/** A short text that differs whenever the names do, in whatever order they are; empty for none. */
function digestOf(names: readonly string[]): string {
  return names.length === 0 ? '' : createHash('sha256').update(names.toSorted().join('\n')).digest('base64');
}

// Enough to recognise what is wrong; an answer may hold thousands of names.
const MAX_NAMES = 10;
const MAX_NAME_LENGTH = 64;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => name.slice(0, MAX_NAME_LENGTH));
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return shown.join(', ') + more;
}
