import type { ComponentChildren, JSX } from 'preact';
import { AccountBalances } from './account-balances.tsx';
import { Moment } from './moment.tsx';
import type { Card } from './page-model.ts';
import type { AccountReading } from './reading.ts';
import { ScrapeStrip } from './scrape-strip.tsx';
import type { Standing, State } from './standing.ts';
import { ageInWords, REASON_WORDS, showName, STATE_WORDS } from './words.ts';

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
      {account.lastBalances && <AccountBalances id={id} card={card} last={account.lastBalances} nowMs={nowMs} />}
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
