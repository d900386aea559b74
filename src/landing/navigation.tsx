import type { JSX } from 'preact';
import type { Page } from './paging.ts';
import { hrefOf, type LandingQuery } from './query.ts';
import { STATES, type State } from './standing.ts';
import { STATE_WORDS } from './words.ts';

/** How many accounts are in which state, each a link to those. */
export function StateFilter(props: {
  counts: Readonly<Record<State, number>>;
  total: number;
  query: LandingQuery;
}): JSX.Element {
  const { counts, total, query } = props;
  const { search } = query;
  return (
    <nav class="filter" aria-label="Accounts by state">
      <ul>
        <li>
          <a href={hrefOf({ search })} aria-current={query.state === undefined ? 'true' : undefined}>
            {total.toLocaleString('en')} in all
          </a>
        </li>
        {STATES.filter((state) => counts[state] > 0).map((state) => (
          <li>
            <a class={state} href={hrefOf({ search, state })} aria-current={query.state === state ? 'true' : undefined}>
              <span aria-hidden="true">{STATE_WORDS[state].sign}</span> {counts[state].toLocaleString('en')}{' '}
              {STATE_WORDS[state].word}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** A search that needs no script. */
export function Search({ label, query }: { label: string; query: LandingQuery }): JSX.Element {
  const { search, state, account } = query;
  return (
    <form method="get" action="./" role="search">
      <label for="q">{label}</label>
      <input id="q" name="q" type="search" value={search} autocomplete="off" spellcheck={false} />
      {state !== undefined && <input type="hidden" name="state" value={state} />}
      {account !== undefined && <input type="hidden" name="account" value={account} />}
      <button type="submit">Search</button>
      {search !== '' && <a href={hrefOf({ state, account })}>Clear</a>}
    </form>
  );
}

/** The way to the other pages of a list; nothing where there is only one. */
export function Pager({
  page,
  query,
  label,
}: {
  page: Page<unknown>;
  query: LandingQuery;
  label: string;
}): JSX.Element | null {
  const { number, count } = page;
  if (count === 1) return null;
  const to = (target: number) => hrefOf({ ...query, page: target });
  return (
    <nav class="pager" aria-label={label}>
      {number > 1 && (
        <>
          <a href={to(1)}>First</a>{' '}
          <a href={to(number - 1)} rel="prev">
            ‹ Previous
          </a>
        </>
      )}
      <span>
        Page {number} of {count}
      </span>
      {number < count && (
        <>
          <a href={to(number + 1)} rel="next">
            Next ›
          </a>{' '}
          <a href={to(count)}>Last</a>
        </>
      )}
    </nav>
  );
}
