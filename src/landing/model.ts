import type { AccountSettings, Severity, ThresholdKind } from '../config/settings.ts';
import { addExactly, isLess, isZero, multiplyExactly, ratioOf } from '../lib/amount.ts';
import type { Account, PastScrape } from '../scrape/account.ts';
import type { Failure } from '../scrape/scrape.ts';

export type { Failure, PastScrape };

/** What the page knows of an account: what a configuration says of it, and what past scrapes left behind. */
export interface LandingAccount extends Pick<Account, 'displayName'> {
  readonly settings: Pick<AccountSettings, 'name' | 'labels' | 'thresholds' | 'valueThresholds' | 'alertLimits'>;
  readonly history: Pick<Account['history'], 'scrapes' | 'lastSuccess'>;
}

type Snapshot = NonNullable<LandingAccount['history']['lastSuccess']>;
type Valid<T> = T extends { readonly ok: true; readonly value: { readonly valid: readonly (infer U)[] } } ? U : never;
export type Balance = Valid<Snapshot['outcomes']['balances']>;
export type ExchangeRate = Valid<Snapshot['outcomes']['rates']>;

/** The balances of the last successful scrape, with the rates that came with them. */
export interface LastBalances {
  /** When the scrape began, in milliseconds since the epoch. */
  readonly readAtMs: number;
  readonly balances: readonly Balance[];
  /** Names of entries of the answer that were not understood and are left out. */
  readonly invalid: readonly string[];
  /** Empty if the collector is off or failed. */
  readonly rates: readonly ExchangeRate[];
  readonly ratesFailed: boolean;
}

/** An amount beside its threshold. */
export interface Check {
  /** The currency, or the fiat currency of a value. */
  readonly name: string;
  readonly kind: ThresholdKind | 'value';
  readonly severity: Severity;
  /** Both are exact decimal text. */
  readonly amount: string;
  readonly threshold: string;
  readonly isBelow: boolean;
  /** The share of the threshold as a float: good enough for an order and a drawing. */
  readonly ratio: number;
}

/** The states of an account, most urgent first: the order of the page. */
export const STATES = ['failing', 'low', 'stale', 'doubtful', 'never', 'ok'] as const;
export type State = (typeof STATES)[number];

/** An account with what its settings and its history add up to. */
export interface Judgement {
  readonly account: LandingAccount;
  readonly state: State;
  /** Why the last scrape failed. */
  readonly failure: Failure | undefined;
  /** How many of the last scrapes failed without one between them that succeeded. */
  readonly failuresInARow: number;
  /** `undefined` until balances have been read. */
  readonly last: LastBalances | undefined;
  /** Balances and values beside their thresholds, as far as the last balances hold them. */
  readonly checks: readonly Check[];
  /** The check that wants attention most: a critical one that is below, then any below, then the closest. */
  readonly worst: Check | undefined;
  /** How many currencies and values are below a threshold. */
  readonly belowCount: number;
  /** How many of them are below a critical one. */
  readonly criticalCount: number;
  /** Currencies that have a threshold and do not occur in the last balances: misspelt, or gone. */
  readonly unusedThresholds: readonly string[];
  /** Fiat currencies that have a threshold and no rate. */
  readonly unratedThresholds: readonly string[];
  /** Currencies of which total - hold - available is not zero. */
  readonly disagreeing: readonly string[];
}

/**
 * An account that nobody has scraped for so long is not called well, in milliseconds. Prometheus forgets a value after
 * five minutes, so scrape intervals are shorter than that; three of them missing is no hiccup.
 */
export const STALE_AFTER_MS = 15 * 60_000;

// A colon cannot be in a name, and an account may be named `default`.
const DEFAULT_ACCOUNT_ID = ':default';

/** What the page's own links call an account. */
export function idOf({ settings: { name } }: LandingAccount): string {
  return name ?? DEFAULT_ACCOUNT_ID;
}

/**
 * Judges an account by what is known of it at one moment. A page asks this of every account, also of those that it
 * does not show, so nothing is computed here that only those that are shown need.
 * @param nowMs the moment of the page, in milliseconds since the epoch.
 */
export function judgeAccount(account: LandingAccount, nowMs: number): Judgement {
  const { settings, history } = account;
  const { scrapes } = history;
  const last = history.lastSuccess && lastBalancesOf(history.lastSuccess);
  const found = last === undefined ? NOTHING_FOUND : examineBalances(settings, last);
  const latest = scrapes.at(-1);
  const judgement = {
    account,
    failure: latest?.failure,
    failuresInARow: scrapes.length - 1 - scrapes.findLastIndex(({ failure }) => failure === undefined),
    last,
    ...found,
    worst: worstOf(found.checks),
    belowCount: countNames(found.checks.filter(({ isBelow }) => isBelow)),
    criticalCount: countNames(found.checks.filter(({ isBelow, severity }) => isBelow && severity === 'critical')),
  };
  const isOld = latest !== undefined && nowMs - latest.atMs > STALE_AFTER_MS;
  return { ...judgement, state: latest === undefined ? 'never' : stateOf(judgement, isOld) };
}

function stateOf(judgement: Omit<Judgement, 'state'>, isOld: boolean): State {
  const { failure, belowCount, unusedThresholds, unratedThresholds, disagreeing, last } = judgement;
  if (failure !== undefined) return 'failing';
  if (belowCount > 0) return 'low';
  if (isOld) return 'stale';
  const flaws = [unusedThresholds, unratedThresholds, disagreeing, last?.invalid ?? []];
  return last?.ratesFailed === true || flaws.some(({ length }) => length > 0) ? 'doubtful' : 'ok';
}

/** Numbers by which checks are sorted, the least first: how bad it is, then how deep. */
export function urgencyOf(check: Check | undefined): readonly [number, number] {
  if (check === undefined) return [3, 0];
  if (!check.isBelow) return [2, check.ratio];
  return [check.severity === 'critical' ? 0 : 1, check.ratio];
}

/** Sorts checks, the worst first. */
export function compareUrgency(a: Check | undefined, b: Check | undefined): number {
  const [[x, i], [y, j]] = [urgencyOf(a), urgencyOf(b)];
  // Two infinite shares have no difference.
  return x - y || (i === j ? 0 : i - j);
}

/** The worst of some checks; `undefined` of none. */
export function worstOf(checks: readonly Check[]): Check | undefined {
  let worst: Check | undefined;
  for (const check of checks) if (compareUrgency(check, worst) < 0) worst = check;
  return worst;
}

function countNames(checks: readonly Check[]): number {
  return checks.length < 2
    ? checks.length
    : new Set(checks.map(({ name, kind }) => `${kind === 'value'} ${name}`)).size;
}

function lastBalancesOf({ startedAtMs, outcomes }: Snapshot): LastBalances | undefined {
  const { balances, rates } = outcomes;
  if (!balances.ok) return undefined;
  return {
    readAtMs: startedAtMs,
    balances: balances.value.valid,
    invalid: balances.value.invalid,
    rates: rates?.ok === true ? rates.value.valid : [],
    ratesFailed: rates?.ok === false,
  };
}

type Findings = Pick<Judgement, 'checks' | 'unusedThresholds' | 'unratedThresholds' | 'disagreeing'>;

const NOTHING_FOUND: Findings = { checks: [], unusedThresholds: [], unratedThresholds: [], disagreeing: [] };

function examineBalances(settings: LandingAccount['settings'], last: LastBalances): Findings {
  const wanted = new Map<string, Balance | undefined>(settings.thresholds.map(({ currency }) => [currency, undefined]));
  const disagreeing: string[] = [];
  for (const balance of last.balances) {
    if (wanted.has(balance.currency)) wanted.set(balance.currency, balance);
    if (balance.discrepancy !== '0' && !isZero(balance.discrepancy)) disagreeing.push(balance.currency);
  }
  const checks: Check[] = [];
  for (const { currency: name, kind, severity, value: threshold } of settings.thresholds) {
    const amount = wanted.get(name)?.[kind];
    if (amount !== undefined) checks.push(checkOf({ name, kind, severity, amount, threshold }));
  }
  const unratedThresholds: string[] = [];
  for (const name of new Set(settings.valueThresholds.map(({ fiat }) => fiat))) {
    const amount = valueIn(name, last)?.value;
    if (amount === undefined) unratedThresholds.push(name);
    for (const { severity, value } of settings.valueThresholds.filter(({ fiat }) => fiat === name)) {
      if (amount !== undefined) checks.push(checkOf({ name, kind: 'value', severity, amount, threshold: value }));
    }
  }
  return {
    checks,
    disagreeing,
    unusedThresholds: [...wanted].filter(([, balance]) => balance === undefined).map(([currency]) => currency),
    unratedThresholds,
  };
}

function checkOf(check: Omit<Check, 'isBelow' | 'ratio'>): Check {
  const { amount, threshold } = check;
  return { ...check, isBelow: isLess(amount, threshold), ratio: ratioOf(amount, threshold) };
}

/** Rates into one fiat currency, by currency. */
export type RateMap = ReadonlyMap<string, string>;

export function ratesInto(fiat: string, rates: readonly ExchangeRate[]): RateMap {
  return new Map(rates.filter((rate) => rate.fiat === fiat).map(({ currency, rate }) => [currency, rate]));
}

// What most people compare in; otherwise the first that the gateway names.
const PREFERRED_FIAT = 'USD';

/** The fiat currency in which a page tells values, or `undefined` where there are no rates. */
export function chooseFiat(rates: readonly ExchangeRate[]): string | undefined {
  return rates.some(({ fiat }) => fiat === PREFERRED_FIAT) ? PREFERRED_FIAT : rates[0]?.fiat;
}

/** The exact value of what is available of one balance; `undefined` where there is no rate. */
export function valueOf({ currency, available }: Balance, rates: RateMap): string | undefined {
  const rate = rates.get(currency);
  return rate === undefined ? undefined : multiplyExactly(available, rate);
}

/** The value of all that is available in one fiat currency, as far as there are rates. */
interface TotalValue {
  readonly fiat: string;
  /** Exact decimal text. */
  readonly value: string;
  /** How many currencies of which something is available have no rate, and so are not in the value. */
  readonly unrated: number;
}

/** The exact value of all that is available; `undefined` where no balance has a rate. */
export function valueIn(fiat: string, { balances, rates }: LastBalances): TotalValue | undefined {
  const map = ratesInto(fiat, rates);
  const values: string[] = [];
  let unrated = 0;
  for (const balance of balances) {
    const value = valueOf(balance, map);
    if (value !== undefined) values.push(value);
    else if (!isZero(balance.available)) unrated += 1;
  }
  return values.length === 0 ? undefined : { fiat, value: addExactly(values), unrated };
}
