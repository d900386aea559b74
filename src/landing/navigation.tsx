import type { JSX } from 'preact';
import { STATES, type State } from './model.ts';
import { hrefOf, parametersOf, type LandingQuery, type ListPage } from './query.ts';
import { STATE_WORDS } from './words.ts';

/** How many accounts are in which state, each a link to those. */
export function StateFilter(props: {
  counts: Readonly<Record<State, number>>;
  total: number;
  query: LandingQuery;
}): JSX.Element {
  const { counts, total, query } = props;
  const to = (state: State | undefined) => hrefOf({ ...query, state, page: 1 });
  return (
    <nav class="filter" aria-label="Accounts by state">
      <ul>
        <li>
          <a href={to(undefined)} aria-current={query.state === undefined ? 'true' : undefined}>
            {total.toLocaleString('en')} in all
          </a>
        </li>
        {STATES.filter((state) => counts[state] > 0).map((state) => (
          <li>
            <a class={state} href={to(state)} aria-current={query.state === state ? 'true' : undefined}>
              <span aria-hidden="true">{STATE_WORDS[state].sign}</span> {counts[state].toLocaleString('en')}{' '}
              {STATE_WORDS[state].word}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** A search that needs no script, and keeps everything else that was asked for. */
export function Search({ label, query }: { label: string; query: LandingQuery }): JSX.Element {
  const kept = { ...query, search: '', page: 1 };
  return (
    <form method="get" action="./" role="search">
      <label for="q">{label}</label>
      <input id="q" name="q" type="search" value={query.search} autocomplete="off" spellcheck={false} />
      {parametersOf(kept).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit">Search</button>
      {query.search !== '' && <a href={hrefOf(kept)}>Clear</a>}
    </form>
  );
}

/** The way to the other pages of a list; nothing where there is only one. */
export function Pager(props: { page: ListPage<unknown>; query: LandingQuery; label: string }): JSX.Element | null {
  const { number, count } = props.page;
  if (count === 1) return null;
  const to = (page: number) => hrefOf({ ...props.query, page });
  return (
    <nav class="pager" aria-label={props.label}>
      {number > 1 && (
        <>
          <a href={to(1)}>First</a>
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
          </a>
          <a href={to(count)}>Last</a>
        </>
      )}
    </nav>
  );
}
