import { createHash } from 'node:crypto';
import type { AccountSettings, GatewaySettings, KeyPair } from '../config/settings.ts';
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

/** How a collector is asked. */
interface Asking {
  readonly gateway: Gateway;
  readonly keys: Promise<KeyPair>;
  readonly signal: AbortSignal;
}

/** One user of the gateway, scraped on request. */
export class Account {
  readonly displayName: string;
  /** A reload that changes only thresholds, limits and labels replaces them in place. */
  settings: AccountSettings;
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
    this.displayName = target.settings.name ?? DEFAULT_ACCOUNT_NAME;
    this.settings = target.settings;
    this.#target = target;
    this.#metrics = metrics;
    this.#log = log;
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
    this.settings = target.settings;
    this.#target = target;
    if (!asksTheSame) this.#request?.cancel();
  }

  /** Fulfilled when no request is under way. */
  async idle(): Promise<void> {
    await this.#request?.finished;
  }

  #begin(timeoutMs: number): SharedRequest {
    const { settings, gateway, scraping } = this.#target;
    const { rates, payoutLimits } = scraping.collectors;
    const endpoints = [BALANCES, ...(rates ? [RATES] : []), ...(payoutLimits ? [PAYOUT_LIMITS] : [])];
    const keys = settings.keys.refresh(this.#log);
    const collect: Collect = (endpoint, signal) => this.#collect(endpoint, { gateway, keys, signal });
    const request = new SharedRequest({ endpoints, collect, timeoutMs, longestMs: scraping.timeoutMs });
    void request.finished.then((snapshot) => {
      if (this.#request === request) this.#request = undefined;
      if (snapshot !== undefined) this.#remember(snapshot);
    });
    return request;
  }

  /** Runs one collector. It returns or throws; timing, counting and logging it is done here, for all of them. */
  async #collect<T extends Entries<unknown>>(
    endpoint: Endpoint<T>,
    { gateway, keys, signal }: Asking,
  ): Promise<Outcome<T>> {
    const { name } = endpoint;
    const refusal = this.#refused.size === 0 ? undefined : this.#refusalOf(name);
    if (refusal !== undefined) return refusal;
    const startedAt = performance.now();
    try {
      const value = await gateway.ask(endpoint, await keys, signal);
      const durationSeconds = (performance.now() - startedAt) / 1000;
      this.#metrics.observeRequest(name, 'success', durationSeconds);
      this.#logSuccess(name, value.invalid, durationSeconds);
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
    for (const subject of [name, BALANCES.name]) {
      const refused = this.#refused.get(subject);
      if (refused === undefined) continue;
      const remainingMs = refused.untilMs - performance.now();
      if (remainingMs <= 0) this.#refused.delete(subject);
      else {
        const message = `not asked: the gateway wants to be left alone for ${Math.ceil(remainingMs / 1000)} s more`;
        const failure = { ...refused.failure, message, durationSeconds: 0 };
        this.#logFailure(name, failure, undefined);
        return failure;
      }
    }
    return undefined;
  }

  #remember(snapshot: Snapshot): void {
    const { startedAtMs: atMs, durationSeconds, outcomes } = snapshot;
    const failure = outcomes.balances.ok ? undefined : outcomes.balances;
    this.#scrapes = [...this.#scrapes.slice(1 - HISTORY_LENGTH), { atMs, durationSeconds, failure }];
    if (failure !== undefined) return;
    this.#lastSuccess = snapshot;
    if (this.settings.thresholds.length > 0 || this.#said.size > 0) this.#logUnusedThresholds();
  }

  #logUnusedThresholds(): void {
    const unused = this.history.unusedThresholds;
    if (!this.#isNews('thresholds', unused)) return;
    const account = this.displayName;
    const currencies = listNames(unused);
    if (unused.length === 0) this.#log.info('All thresholds are for currencies that the account holds', { account });
    else this.#log.warn('Thresholds are set for currencies that the account does not hold', { account, currencies });
  }

  #logSuccess(collector: EndpointName, invalid: readonly string[], durationSeconds: number): void {
    const fields = { account: this.displayName, collector, duration: `${durationSeconds.toFixed(3)}s` };
    this.#log.debug('Scraped', fields);
    // Mostly there is nothing to say.
    if (this.#said.size === 0 && invalid.length === 0) return;
    if (this.#isNews(`${collector} failing`, [])) this.#log.info('Scrapes succeed again', fields);
    if (!this.#isNews(`${collector} entries`, invalid)) return;
    const told = { ...fields, count: invalid.length, entries: listNames(invalid) };
    if (invalid.length === 0) this.#log.info('All entries of the answer are understood again', fields);
    else this.#log.warn('Entries of the answer are not understood and left out', told);
  }

  #logFailure(collector: EndpointName, failure: Failure, error: unknown): void {
    this.#isNews(`${collector} failing`, ['yes']);
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
      return;
    }
    const what = collector === BALANCES.name ? 'Scrape failed' : 'Collector failed';
    this.#log.warn(what, { ...fields, err: message, advice });
  }

  /** Whether the names are others than those that the log told of a subject last; none at all is what needs no telling. */
  #isNews(subject: string, names: readonly string[]): boolean {
    if (names.length === 0) return this.#said.delete(subject);
    const digest = digestOf(names);
    const told = this.#said.get(subject);
    this.#said.set(subject, digest);
    return told !== digest;
  }
}

// Sorting more would hold the event loop up; of those, another order is told as a change.
const MAX_SORTED_NAMES = 1_000;

/** What tells names apart from others: a digest, since there may be thousands of accounts. */
function digestOf(names: readonly string[]): string {
  const listed = names.length > MAX_SORTED_NAMES ? names : names.toSorted();
  return createHash('sha256').update(listed.join('\n')).digest('base64');
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

// Enough to recognise what is wrong; an answer may hold thousands of names.
const MAX_NAMES = 10;
const MAX_NAME_LENGTH = 64;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => name.slice(0, MAX_NAME_LENGTH));
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return shown.join(', ') + more;
}
