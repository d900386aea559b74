import type { ComponentChildren, JSX } from 'preact';
import { isZero, percentOf } from '../lib/amount.ts';
import {
  chooseFiat,
  ratesInto,
  urgencyOf,
  valueIn,
  valueOf,
  worstOf,
  type Balance,
  type Check,
  type Judgement,
  type LastBalances,
  type RateMap,
} from './model.ts';
import { Pager, Search } from './navigation.tsx';
import { Amount, Checks, Money } from './amounts.tsx';
import { Moment, Name, Names, Runbook, StackedTable, type Column, type PageContext } from './parts.tsx';
import { compareKeys, cutPage, matchesSearch, type SortKey } from './query.ts';
import { ageInWords, compareNames, countInWords, listDoubts, showName } from './words.ts';

/** How many balances one page of an account shows. */
const ROWS_PER_PAGE = 100;
/** Beyond so many names of empty balances a page is only longer. */
const MAX_ZEROS = 500;

interface BalancesProps extends PageContext {
  readonly judgement: Judgement;
}

/** The last balances of an account with their age, beside their thresholds, and all that qualifies them. */
export function Balances({ judgement, query, info, nowMs }: BalancesProps): JSX.Element | null {
  const { last, state, account } = judgement;
  if (last === undefined) {
    return state === 'never' ? null : <p class="card">No balances have been read since the exporter started.</p>;
  }
  const isOld = state === 'failing' || state === 'stale';
  const table = tabulateBalances(judgement, last, query.search);
  const rows = cutPage(table.rows, query.page, ROWS_PER_PAGE);
  const hasSearch = rows.count > 1 || query.search !== '' || table.zeros.length > MAX_ZEROS;
  const caption = `${isOld ? 'Old balances' : 'Balances'} of ${showName(account.displayName)}`;
  return (
    <section class={isOld ? 'card old' : 'card'} aria-labelledby="balances">
      <h2 id="balances">{isOld ? <strong>⚠ Old balances</strong> : 'Balances'}</h2>
      <p class="muted">
        Read {ageInWords(nowMs - last.readAtMs)}, at <Moment atMs={last.readAtMs} />
      </p>
      <Doubts judgement={judgement} info={info} />
      <Values judgement={judgement} last={last} />
      {hasSearch && <Search label="Currency" query={query} />}
      <Pager page={rows} query={query} label="Pages of balances, above the table" />
      {rows.total > 0 && <StackedTable caption={caption} columns={columnsOf(table)} rows={rows.items} />}
      {rows.total === 0 && table.zeros.length === 0 && (
        <p>{query.search === '' ? 'The answer held no balances.' : 'No currency matches the search.'}</p>
      )}
      <Pager page={rows} query={query} label="Pages of balances" />
      {table.zeros.length > 0 && (
        <details open={query.search !== '' || rows.total === 0}>
          <summary>{countInWords(table.zeros.length, 'currency', 'currencies')} with nothing</summary>
          <ul class="facts">
            {table.zeros.slice(0, MAX_ZEROS).map((currency) => (
              <li>
                <Name of={currency} />
              </li>
            ))}
            {table.zeros.length > MAX_ZEROS && <li>and {table.zeros.length - MAX_ZEROS} more</li>}
          </ul>
        </details>
      )}
    </section>
  );
}

/** What should be looked at, with the way to what helps. */
function Doubts({ judgement, info }: Pick<BalancesProps, 'judgement' | 'info'>) {
  const doubts = listDoubts(judgement);
  const below = judgement.checks.filter(({ isBelow }) => isBelow);
  const alerts = new Set(
    below.map(({ kind }) => (kind === 'value' ? 'TheDexValueBelowThreshold' : 'TheDexBalanceBelowThreshold')),
  );
  if (doubts.length === 0 && alerts.size === 0) return null;
  return (
    <ul class="doubts">
      {doubts.map(({ words, names, alert }) => (
        <li>
          <strong>⚠ {words}</strong>: <Names of={names} />
          {alert !== undefined && <> ({<Runbook alert={alert} info={info} />})</>}
        </li>
      ))}
      {alerts.size > 0 && (
        <li>
          What to do:{' '}
          {[...alerts].map((alert, index) => (
            <>
              {index > 0 && ', '}
              <Runbook alert={alert} info={info} />
            </>
          ))}
        </li>
      )}
    </ul>
  );
}

interface Row {
  readonly balance: Balance;
  readonly checks: readonly Check[];
}

interface Table {
  readonly fiat: string | undefined;
  readonly rates: RateMap;
  /** Worst first. */
  readonly rows: readonly Row[];
  /** The currencies of which there is nothing, and nothing to say. */
  readonly zeros: readonly string[];
}

/**
 * Puts the balances in the order in which they want attention: below a threshold (the deepest first), in disagreement
 * with themselves, above a threshold (the closest first), then by value.
 */
function tabulateBalances({ checks }: Judgement, { balances, rates: allRates }: LastBalances, search: string): Table {
  const fiat = chooseFiat(allRates);
  const rates: RateMap = fiat === undefined ? new Map() : ratesInto(fiat, allRates);
  const checksOf = new Map<string, Check[]>();
  for (const check of checks) {
    if (check.kind === 'value') continue;
    checksOf.set(check.name, [...(checksOf.get(check.name) ?? []), check]);
  }
  const zeros: string[] = [];
  const rows: { row: Row; rank: SortKey }[] = [];
  for (const balance of balances) {
    if (!matchesSearch(balance.currency, search)) continue;
    const row = { balance, checks: checksOf.get(balance.currency) ?? [] };
    if (row.checks.length === 0 && isZero(balance.total) && isZero(balance.discrepancy)) zeros.push(balance.currency);
    else rows.push({ row, rank: rankOf(row, rates) });
  }
  rows.sort((a, b) => compareKeys(a.rank, b.rank));
  return { fiat, rates, rows: rows.map(({ row }) => row), zeros: zeros.toSorted(compareNames) };
}

// Floats are good enough for an order; nothing that is shown is made of them.
function rankOf({ balance, checks }: Row, rates: RateMap): SortKey {
  const [urgency, ratio] = urgencyOf(worstOf(checks));
  if (urgency < 2) return [urgency, ratio, balance.currency];
  if (!isZero(balance.discrepancy)) return [2, 0, balance.currency];
  if (checks.length > 0) return [3, ratio, balance.currency];
  return [4, -Number(balance.available) * Number(rates.get(balance.currency) ?? 0), balance.currency];
}

/** The value of all that is available, in each fiat currency that has a threshold, or the one that tells most. */
function Values({ judgement: { checks }, last }: { judgement: Judgement; last: LastBalances }): JSX.Element {
  const ofValue = checks.filter(({ kind }) => kind === 'value');
  const fiats = new Set([chooseFiat(last.rates) ?? [], ofValue.map(({ name }) => name)].flat());
  return (
    <>
      {[...fiats].map((fiat) => {
        const value = valueIn(fiat, last);
        if (value === undefined) return null;
        const own = ofValue.filter(({ name }) => name === fiat);
        return (
          <div class="value">
            <span>
              All that is available:{' '}
              <strong>
                <Money of={value.value} fiat={fiat} />
              </strong>
              {value.unrated > 0 &&
                `, not counting ${countInWords(value.unrated, 'currency', 'currencies')} without a rate`}
            </span>
            {own.length > 0 && <Checks checks={own} />}
          </div>
        );
      })}
    </>
  );
}

/** Columns of which nothing is known are left out. */
function columnsOf({ fiat, rates, rows }: Table): readonly [Column<Row>, ...Column<Row>[]] {
  const number = (label: string, show: Column<Row>['show']): Column<Row> => ({ label, isNumber: true, show });
  const hasChecks = rows.some(({ checks }) => checks.length > 0);
  return [
    { label: 'Currency', show: ({ balance }) => <Name of={balance.currency} /> },
    number('Available', ({ balance }) => <Amount of={balance.available} />),
    ...(hasChecks ? [{ label: 'Thresholds', show: (row: Row) => showChecks(row) }] : []),
    number('On hold', showHold),
    number('Total', showTotal),
    ...(fiat === undefined ? [] : [number(`Available in ${showName(fiat)}`, (row) => showValue(row, rates))]),
  ];
}

function showChecks({ checks }: Row): ComponentChildren {
  if (checks.length === 0) return undefined;
  return (['available', 'total'] as const)
    .map((kind) => checks.filter((check) => check.kind === kind))
    .filter(({ length }) => length > 0)
    .map((ofKind) => <Checks checks={ofKind} />);
}

function showHold({ balance: { hold, total } }: Row): ComponentChildren {
  const percent = isZero(hold) ? undefined : percentOf(hold, total);
  return (
    <>
      <Amount of={hold} /> {percent !== undefined && <span class="muted">({`${percent}\u00A0%`})</span>}
    </>
  );
}

function showTotal({ balance: { total, discrepancy } }: Row): ComponentChildren {
  return (
    <>
      <Amount of={total} />
      {!isZero(discrepancy) && (
        <div class="critical">
          ⚠ not hold and available: off by <Amount of={discrepancy} />
        </div>
      )}
    </>
  );
}

function showValue({ balance }: Row, rates: RateMap): ComponentChildren {
  const value = valueOf(balance, rates);
  return value === undefined ? 'no rate' : <Money of={value} />;
}
