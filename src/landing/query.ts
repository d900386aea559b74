import { setImmediate } from 'node:timers/promises';
import { chooseFiat, STATES, valueIn, urgencyOf, type Judgement, type State } from './model.ts';
import { compareNames } from './words.ts';

/** What the accounts can be sorted by, in the order of the table's columns; a leading `-` turns it around. */
const SORTS = ['account', 'state', 'read', 'scrapes', 'worst', 'value', 'reason'] as const;
export type Sort = (typeof SORTS)[number];

/** What a visitor asks of the page. */
export interface LandingQuery {
  /** The id of the one account to show; `undefined` for all. */
  readonly account: string | undefined;
  /** Part of a name: of accounts, or of the currencies of the one account; empty for all. */
  readonly search: string;
  readonly state: State | undefined;
  readonly sort: Sort;
  readonly isReversed: boolean;
  /** From 1. */
  readonly page: number;
  /** The page asks for itself again after so many seconds, for a screen on a wall; `undefined` for never. */
  readonly refreshSeconds: number | undefined;
}

/** The parameters of a request as Koa gives them. */
export type RawQuery = Readonly<Record<string, string | string[] | undefined>>;

// Worst first.
const DEFAULT_SORT: Sort = 'state';
// Longer than any name; what is beyond it would only make the page larger.
const MAX_SEARCH_LENGTH = 100;
// A scrape every few seconds is rare, and a screen that turns over faster cannot be read.
const MIN_REFRESH_SECONDS = 5;
const MAX_REFRESH_SECONDS = 3600;

/** Understands whatever stands in the address; what makes no sense is as if it were not there. */
export function parseQuery(raw: RawQuery): LandingQuery {
  const [account, state, sort] = [textOf(raw['account']), textOf(raw['state']), textOf(raw['sort'])];
  const refresh = positiveInteger(textOf(raw['refresh']));
  return {
    account: account === '' ? undefined : account,
    search: textOf(raw['q']).trim().slice(0, MAX_SEARCH_LENGTH).toWellFormed(),
    state: STATES.find((known) => known === state),
    sort: SORTS.find((known) => known === sort.replace('-', '')) ?? DEFAULT_SORT,
    isReversed: sort.startsWith('-'),
    page: positiveInteger(textOf(raw['page'])) ?? 1,
    refreshSeconds: refresh && Math.min(Math.max(refresh, MIN_REFRESH_SECONDS), MAX_REFRESH_SECONDS),
  };
}

/** The address of a page relative to the landing page, so that it holds behind a proxy that adds a path. */
export function hrefOf(query: Partial<LandingQuery>): string {
  const parameters = new URLSearchParams(parametersOf(query));
  return parameters.size === 0 ? './' : `./?${parameters.toString()}`;
}

/** The parameters that say what a query says; those that say nothing are left out. */
export function parametersOf(query: Partial<LandingQuery>): [string, string][] {
  const { account, search, state, sort = DEFAULT_SORT, isReversed = false, page = 1, refreshSeconds } = query;
  const direction = `${isReversed ? '-' : ''}${sort}`;
  const all = {
    account,
    q: search === '' ? undefined : search,
    state,
    sort: direction === DEFAULT_SORT ? undefined : direction,
    page: page === 1 ? undefined : String(page),
    refresh: refreshSeconds === undefined ? undefined : String(refreshSeconds),
  };
  return Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

function textOf(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

function positiveInteger(text: string): number | undefined {
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}

/** One page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** From 1. */
  readonly number: number;
  /** At least 1. */
  readonly count: number;
  /** How many items all pages hold together. */
  readonly total: number;
}

/** Cuts a page out of a list; a number beyond the last page is the last page. */
export function cutPage<T>(all: readonly T[], number: number, size: number): ListPage<T> {
  const count = Math.max(1, Math.ceil(all.length / size));
  const current = Math.min(number, count);
  return { items: all.slice((current - 1) * size, current * size), number: current, count, total: all.length };
}

/** Whether a name holds what was searched for, in whatever case. */
export function matchesSearch(name: string, search: string): boolean {
  return name.toLowerCase().includes(search.toLowerCase());
}

/** The accounts that a query asks for, sorted; those that are equal stay in the order of the configuration. */
export async function selectAccounts(
  judgements: readonly Judgement[],
  { search, state, sort, isReversed }: LandingQuery,
): Promise<readonly Judgement[]> {
  const found = judgements
    .filter((judgement) => state === undefined || judgement.state === state)
    .filter(({ account }) => matchesSearch(account.displayName, search));
  const keyed = await mapInSlices(found, (judgement) => ({ judgement, key: SORT_KEYS[sort](judgement) }));
  const sorted = keyed.toSorted((a, b) => compareKeys(a.key, b.key)).map(({ judgement }) => judgement);
  return isReversed ? sorted.toReversed() : sorted;
}

// Scrapes that arrive meanwhile wait no longer than for a large answer to be read.
const SLICE_MS = 10;

/** Maps a list of any length, and lets others have their turn every few milliseconds. */
export async function mapInSlices<T, U>(items: readonly T[], map: (item: T) => U): Promise<U[]> {
  const mapped: U[] = [];
  let sliceEndMs = performance.now() + SLICE_MS;
  for (const item of items) {
    if (performance.now() > sliceEndMs) {
      await setImmediate();
      sliceEndMs = performance.now() + SLICE_MS;
    }
    mapped.push(map(item));
  }
  return mapped;
}

/** What something is sorted by: the first part that differs decides. */
export type SortKey = readonly (number | string)[];

// The least comes first: what wants attention most.
const SORT_KEYS: Readonly<Record<Sort, (judgement: Judgement) => SortKey>> = {
  account: ({ account }) => [account.displayName],
  state: ({ state, failuresInARow, worst }) => [STATES.indexOf(state), -failuresInARow, ...urgencyOf(worst)],
  read: ({ last }) => [last?.readAtMs ?? -Infinity],
  scrapes: ({ account }) => [-account.history.scrapes.filter(({ failure }) => failure !== undefined).length],
  worst: ({ worst }) => urgencyOf(worst),
  value: ({ last }) => {
    const fiat = last && chooseFiat(last.rates);
    const value = last && fiat !== undefined ? valueIn(fiat, last) : undefined;
    return value === undefined ? [LAST_NAME] : [value.fiat, -Number(value.value)];
  },
  reason: ({ failure, state }) => [failure?.reason ?? LAST_NAME, STATES.indexOf(state)],
};

// Behind all names of reasons and currencies.
const LAST_NAME = '\u{10FFFF}';

/** Sorts keys, the least first. */
export function compareKeys(a: SortKey, b: SortKey): number {
  for (const [index, x] of a.entries()) {
    const y = b[index];
    if (y === undefined || x === y) continue;
    if (typeof x === 'string' && typeof y === 'string') return compareNames(x, y);
    return x < y ? -1 : 1;
  }
  return 0;
}
