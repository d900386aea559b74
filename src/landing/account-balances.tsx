import type { JSX } from 'preact';
import { showAmount } from '../lib/amount.ts';
import { BalanceTable } from './balance-table.tsx';
import { Moment } from './moment.tsx';
import type { Card } from './page-model.ts';
import { hrefOf } from './query.ts';
import type { LastBalances } from './reading.ts';
import { ThresholdBar } from './threshold-bar.tsx';
import type { ValueCheck } from './thresholds.ts';
import { ageInWords, countInWords, moneyInWords, showName } from './words.ts';
import { chooseFiat, worthIn, type Worth } from './worth.ts';

interface AccountBalancesProps {
  /** Unique on the page. */
  readonly id: string;
  readonly card: Card;
  readonly last: LastBalances;
  /** When the page was made, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The last balances of an account with their age, and all that qualifies them. */
export function AccountBalances({ id, card, last, nowMs }: AccountBalancesProps): JSX.Element {
  const { state, checks, account } = card.standing;
  const { table, rows } = card;
  const isOld = state === 'failing' || state === 'stale';
  return (
    <section class={isOld ? 'old-data' : undefined}>
      <p class="age">
        {isOld ? <strong class="old">⚠ Old balances,</strong> : 'Balances'} read {ageInWords(nowMs - last.readAtMs)}, at{' '}
        <Moment atMs={last.readAtMs} />
      </p>
      {checks?.values.map((check) => (
        <ValueThreshold check={check} last={last} />
      ))}
      {checks?.values.length === 0 && <TotalWorth last={last} />}
      {last.ratesFailed && <p class="note">The exchange rates could not be read with these balances.</p>}
      <LeftOut names={last.invalid} />
      {table === undefined || rows.total === 0 ? (
        <p class="note">
          {table?.rows.length === 0 ? 'The answer held no balances.' : 'No currency matches the search.'}
        </p>
      ) : (
        <BalanceTable
          id={id}
          caption={`${isOld ? 'Old balances' : 'Balances'} of ${showName(account.name)}`}
          table={table}
          rows={rows.items}
        />
      )}
      {rows.count > 1 && <Remainder card={card} />}
    </section>
  );
}

function Remainder({ card: { rows, isExcerpt, standing } }: { card: Card }): JSX.Element {
  const { id, name } = standing.account;
  return (
    <p class="note">
      {rows.items.length} of {countInWords(rows.total, 'balance')}, those that need attention first.{' '}
      {isExcerpt && (
        <a href={hrefOf({ account: id })}>
          Show all balances<span class="hidden"> of {showName(name)}</span>
        </a>
      )}
    </p>
  );
}

function TotalWorth({ last }: { last: LastBalances }): JSX.Element | null {
  const fiat = chooseFiat(last.rates);
  const worth = fiat === undefined ? undefined : worthIn(fiat, last);
  return worth === undefined ? null : (
    <p class="worth">
      <WorthInWords worth={worth} />
    </p>
  );
}

function ValueThreshold({ check, last }: { check: ValueCheck; last: LastBalances }): JSX.Element {
  const { fiat, threshold, isBelow } = check;
  const worth = worthIn(fiat, last);
  if (worth === undefined || isBelow === undefined) {
    return (
      <p class="note">
        There is a value threshold of {showAmount(threshold)} {showName(fiat)}, and no rate to hold it against.
      </p>
    );
  }
  return (
    <div class="worth">
      <WorthInWords worth={worth} />
      <ThresholdBar comparison={{ amount: worth.value, threshold, isBelow }} of="" />
    </div>
  );
}

function WorthInWords({ worth: { value, fiat, unrated } }: { worth: Worth }): JSX.Element {
  return (
    <span>
      All that is available:{' '}
      <strong>
        <data value={value}>{moneyInWords(value)}</data> {showName(fiat)}
      </strong>
      {unrated > 0 && `, not counting ${countInWords(unrated, 'currency', 'currencies')} without a rate`}
    </span>
  );
}

const MAX_NAMES_LEFT_OUT = 5;

function LeftOut({ names }: { names: readonly string[] }): JSX.Element | null {
  if (names.length === 0) return null;
  const more = names.length - MAX_NAMES_LEFT_OUT;
  return (
    <p class="note">
      <strong>⚠ {countInWords(names.length, 'entry', 'entries')} of the answer not understood</strong> and left out:{' '}
      {names.slice(0, MAX_NAMES_LEFT_OUT).map((name, index) => (
        <>
          {index > 0 && ', '}
          <bdi>{showName(name)}</bdi>
        </>
      ))}
      {more > 0 && `, and ${more} more`}
    </p>
  );
}
