import { STATES, type State } from './standing.ts';

/** What a visitor asks of the page. */
export interface LandingQuery {
  /** The id of the one account to show; `undefined` for all. */
  readonly account: string | undefined;
  /** Part of a name: of accounts, or of the currencies of the one account; empty for all. */
  readonly search: string;
  readonly state: State | undefined;
  /** From 1. */
  readonly page: number;
}

/** The parameters of a request as Koa gives them. */
export type RawQuery = Readonly<Record<string, string | string[] | undefined>>;

// Longer than any name; what is beyond it would only make the page larger.
const MAX_SEARCH_LENGTH = 100;
const MAX_PAGE_DIGITS = 6;

/** Understands whatever stands in the address; what makes no sense is as if it were not there. */
export function parseQuery(raw: RawQuery): LandingQuery {
  const state = textOf(raw['state']);
  const page = textOf(raw['page']);
  const account = textOf(raw['account']);
  return {
    account: account === '' ? undefined : account,
    search: textOf(raw['q']).trim().slice(0, MAX_SEARCH_LENGTH).toWellFormed(),
    state: STATES.find((known) => known === state),
    page: page.length <= MAX_PAGE_DIGITS && /^[1-9]\d*$/.test(page) ? Number(page) : 1,
  };
}

/** The address of a page relative to the landing page, so that it holds behind a proxy that adds a path. */
export function hrefOf({ account, search, state, page }: Partial<LandingQuery>): string {
  const parameters = new URLSearchParams();
  if (account !== undefined) parameters.set('account', account);
  if (search !== undefined && search !== '') parameters.set('q', search);
  if (state !== undefined) parameters.set('state', state);
  if (page !== undefined && page > 1) parameters.set('page', String(page));
  return parameters.size === 0 ? './' : `./?${parameters.toString()}`;
}

function textOf(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
