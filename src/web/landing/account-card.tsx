import type { ComponentChildren, JSX } from 'preact';
import { showAmount } from '../../ground/amount.ts';
import { BalanceTable } from './balance-table.tsx';
import type { Card } from './page-model.ts';
import { hrefOf } from './query.ts';
import type { AccountReading, LastBalances } from './reading.ts';
import { ScrapeStrip } from './scrape-strip.tsx';
import type { Standing, State } from './standing.ts';
import { ThresholdBar } from './threshold-bar.tsx';
import type { ValueCheck } from './thresholds.ts';
import { ageInWords, countInWords, momentInWords, moneyInWords, REASON_WORDS, showName, STATE_WORDS } from './words.ts';
import { chooseFiat, worthIn, type Worth } from './worth.ts';

interface AccountCardProps {
  /** Unique on the page. */
  readonly id: string;
  readonly card: Card;
  readonly heading: 'h2' | 'h3';
  readonly telemetryPath: string;
  /** When the page was made, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** What stands between the strip and the table: a search. */
  readonly children?: ComponentChildren;
}

/** All that a page says of one account. */
export function AccountCard({ id, card, heading, telemetryPath, nowMs, children }: AccountCardProps): JSX.Element {
  const { account, state } = card.standing;
  const Heading = heading;
  return (
    <article class={`card ${state}`} aria-labelledby={id}>
      <header>
        <Heading id={id}>
          <bdi>{showName(account.name)}</bdi>
        </Heading>
        <Badges standing={card.standing} />
        <p class="source">
          <a href={metricsHref(account, telemetryPath)}>
            {account.isDefault ? `Metrics, with the exporter’s own` : `Metrics of ${showName(account.name)}`}
          </a>
        </p>
      </header>
      <Situation standing={card.standing} nowMs={nowMs} />
      <ScrapeStrip scrapes={account.scrapes} />
      {children}
      {account.lastBalances && <Balances id={id} card={card} last={account.lastBalances} nowMs={nowMs} />}
      {state === 'failing' && !account.lastBalances && (
        <p class="note">No balances have been read since the exporter started.</p>
      )}
    </article>
  );
}

/** Where an account's metrics are; asking for them asks the gateway. */
function metricsHref({ isDefault, name }: AccountReading, telemetryPath: string): string {
  return isDefault ? `.${telemetryPath}` : `./probe?target=${encodeURIComponent(name)}`;
}

function Badges({ standing: { state, checks } }: { standing: Standing }): JSX.Element {
  const below = checks?.belowCount ?? 0;
  return (
    <p class="badges">
      {state !== 'low' && <Badge state={state}>{STATE_WORDS[state].word}</Badge>}
      {below > 0 && (
        <Badge state="low">
          {below} {STATE_WORDS.low.word}
        </Badge>
      )}
    </p>
  );
}

function Badge({ state, children }: { state: State; children: ComponentChildren }): JSX.Element {
  return (
    <strong class={`badge ${state}`}>
      <span aria-hidden="true">{STATE_WORDS[state].sign}</span> {children}
    </strong>
  );
}

function Situation({ standing, nowMs }: { standing: Standing; nowMs: number }): JSX.Element {
  const { account, failure, failuresInARow } = standing;
  const last = account.scrapes.at(-1);
  if (last === undefined) {
    return <p class="situation">Nobody has asked for this account’s metrics since the exporter started.</p>;
  }
  const when = (
    <>
      {ageInWords(nowMs - last.atMs)}, at <Moment atMs={last.atMs} />
    </>
  );
  if (failure === undefined) return <p class="situation">Last scraped {when}.</p>;
  return (
    <p class="situation">
      <strong>{failure}</strong>: {REASON_WORDS[failure]}.{' '}
      {failuresInARow > 1 ? `The last ${failuresInARow} scrapes failed, most recently` : 'The last scrape failed'}{' '}
      {when}.
    </p>
  );
}

function Moment({ atMs }: { atMs: number }): JSX.Element {
  return <time dateTime={new Date(atMs).toISOString()}>{momentInWords(atMs)}</time>;
}

function Balances(props: { id: string; card: Card; last: LastBalances; nowMs: number }): JSX.Element {
  const { id, card, last, nowMs } = props;
  const { state, checks, account } = card.standing;
  const { table, rows } = card;
  const isOld = state === 'failing' || state === 'stale';
  const age = (
    <>
      {isOld ? <strong class="old">⚠ Old balances,</strong> : 'Balances'} read {ageInWords(nowMs - last.readAtMs)}, at{' '}
      <Moment atMs={last.readAtMs} />
    </>
  );
  return (
    <section class={isOld ? 'old-data' : undefined}>
      {checks?.values.map((check) => (
        <ValueThreshold check={check} />
      ))}
      {checks?.values.length === 0 && <TotalWorth last={last} />}
      {last.ratesFailed && <p class="note">The exchange rates could not be read with these balances.</p>}
      <LeftOut names={last.invalid} />
      {table === undefined || rows.total === 0 ? (
        <p class="note">
          {table?.rows.length === 0 ? 'The answer held no balances.' : 'No currency matches the search.'} {age}.
        </p>
      ) : (
        <BalanceTable id={id} caption={age} table={table} rows={rows.items} />
      )}
      {rows.count > 1 && <Remainder card={card} account={account} />}
    </section>
  );
}

function Remainder({ card: { rows }, account }: { card: Card; account: AccountReading }): JSX.Element {
  return (
    <p class="note">
      {rows.items.length} of {countInWords(rows.total, 'balance')}, those that need attention first.{' '}
      <a href={hrefOf({ account: account.id })}>
        Show all balances<span class="hidden"> of {showName(account.name)}</span>
      </a>
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

function ValueThreshold({ check }: { check: ValueCheck }): JSX.Element {
  const { worth, comparison, fiat, threshold } = check;
  if (worth === undefined || comparison === undefined) {
    return (
      <p class="note">
        There is a value threshold of {showAmount(threshold)} {showName(fiat)}, and no rate to hold it against.
      </p>
    );
  }
  return (
    <div class="worth">
      <WorthInWords worth={worth} />
      <ThresholdBar comparison={comparison} of="" />
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
