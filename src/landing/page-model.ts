import type { Account } from '../scrape/account.ts';
import { tabulateBalances, type BalanceRow, type BalanceTable } from './balance-rows.ts';
import { cutPage, matches, type Page } from './paging.ts';
import type { LandingQuery } from './query.ts';
import { readAccount } from './reading.ts';
import { judgeAccount, STATES, type Standing, type State } from './standing.ts';

/** How many accounts one page shows; each brings its strip and its table. */
const ACCOUNTS_PER_PAGE = 20;
/** How many balances an account shows among others: the worst. */
const ROWS_AMONG_OTHERS = 8;
/** How many balances one page of a single account shows. */
const ROWS_PER_PAGE = 100;

/** An account as one page shows it. */
export interface Card {
  readonly standing: Standing;
  /** `undefined` until balances have been read. */
  readonly table: BalanceTable | undefined;
  /** The lines of the table that this page shows. */
  readonly rows: Page<BalanceRow>;
  /** Whether the account has a page of its own that shows more. */
  readonly isExcerpt: boolean;
}

/** Several accounts, or none. */
export interface ListView {
  readonly kind: 'list';
  readonly cards: Page<Card>;
  /** How many accounts there are in each state, whatever was searched for. */
  readonly counts: Readonly<Record<State, number>>;
  /** How many accounts there are in all. */
  readonly total: number;
}

/** One account with all its balances. */
export interface AccountView {
  readonly kind: 'account';
  readonly card: Card;
  /** Whether there are other accounts to go back to. */
  readonly isOneOfMany: boolean;
}

/** An account was asked for that is not configured. */
interface UnknownView {
  readonly kind: 'unknown';
}

export type LandingView = ListView | AccountView | UnknownView;

/**
 * Picks what a visitor asked for. A lone account is shown with all its balances without being asked for.
 * @param nowMs the moment of the page, in milliseconds since the epoch.
 */
export function viewAccounts(accounts: readonly Account[], query: LandingQuery, nowMs: number): LandingView {
  const readings = accounts.map(readAccount);
  const wanted = query.account ?? (readings.length === 1 ? readings[0]?.id : undefined);
  if (wanted === undefined) {
    return listAccounts(
      readings.map((reading) => judgeAccount(reading, nowMs)),
      query,
    );
  }
  const reading = readings.find(({ id }) => id === wanted);
  if (reading === undefined) return { kind: 'unknown' };
  const { search, page } = query;
  const card = makeCard(judgeAccount(reading, nowMs), { search, page, isExcerpt: false });
  return { kind: 'account', card, isOneOfMany: readings.length > 1 };
}

function listAccounts(standings: readonly Standing[], { search, state, page }: LandingQuery): ListView {
  const counts = Object.fromEntries(STATES.map((each) => [each, 0])) as Record<State, number>;
  for (const standing of standings) counts[standing.state] += 1;
  const found = standings
    .filter((standing) => state === undefined || standing.state === state)
    .filter(({ account }) => matches(account.name, search))
    .toSorted((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  const shown = cutPage(found, page, ACCOUNTS_PER_PAGE);
  const cards = shown.items.map((standing) => makeCard(standing, { search: '', page: 1, isExcerpt: true }));
  return { kind: 'list', cards: { ...shown, items: cards }, counts, total: standings.length };
}

interface RowChoice {
  readonly search: string;
  readonly page: number;
  readonly isExcerpt: boolean;
}

function makeCard(standing: Standing, { search, page, isExcerpt }: RowChoice): Card {
  const { account, checks } = standing;
  const table = account.lastBalances && checks && tabulateBalances(account.lastBalances, checks);
  const found = (table?.rows ?? []).filter(({ currency }) => matches(currency, search));
  return { standing, table, rows: cutPage(found, page, isExcerpt ? ROWS_AMONG_OTHERS : ROWS_PER_PAGE), isExcerpt };
}
