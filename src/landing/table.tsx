import type { ComponentChildren, JSX } from 'preact';
import { chooseFiat, compareUrgency, idOf, valueIn, type Judgement } from './model.ts';
import { Amount, Money, Share, ThresholdBar } from './amounts.tsx';
import { Badge, Moment, Name, Names, ScrapeStrip, StackedTable, type Column, type PageContext } from './parts.tsx';
import { hrefOf, type Sort } from './query.ts';
import { ageInWords, describeFailure, listDoubts, spanInWords, STATE_WORDS } from './words.ts';

interface AccountTableProps extends PageContext {
  readonly accounts: readonly Judgement[];
}

/** A line for each account; the head of a column is a link that sorts by it, or turns the order around. */
export function AccountTable(props: AccountTableProps): JSX.Element {
  const { accounts, query } = props;
  const column = (sort: Sort, label: string, show: Show): Column<Judgement> => {
    const isCurrent = query.sort === sort;
    const direction = query.isReversed ? ('descending' as const) : ('ascending' as const);
    return {
      label,
      isNumber: sort === 'value',
      sorted: isCurrent ? direction : undefined,
      show: (judgement) => show(judgement, props),
      head: (
        <a href={hrefOf({ ...query, sort, isReversed: isCurrent && !query.isReversed, page: 1 })}>
          {label}
          {isCurrent && <span aria-hidden="true">{query.isReversed ? ' ▴' : ' ▾'}</span>}
        </a>
      ),
    };
  };
  return (
    <StackedTable
      class="accounts"
      caption="Accounts"
      columns={[
        column('account', 'Account', showName),
        column('state', 'State', showState),
        column('read', 'Last read', showLastRead),
        column('scrapes', 'Last scrapes', showScrapes),
        column('worst', 'Worst balance', showWorst),
        column('value', 'Value', showValue),
        column('reason', 'Reason', showReason),
      ]}
      rows={accounts}
    />
  );
}

type Show = (judgement: Judgement, props: AccountTableProps) => ComponentChildren;

function showName({ account }: Judgement, { query: { refreshSeconds } }: AccountTableProps): ComponentChildren {
  return (
    <a href={hrefOf({ account: idOf(account), refreshSeconds })}>
      <Name of={account.displayName} />
    </a>
  );
}

function showState({ state, belowCount, criticalCount }: Judgement): ComponentChildren {
  if (state !== 'low') return <Badge state={state}>{STATE_WORDS[state].word}</Badge>;
  if (criticalCount > 0) return <Badge state="critical">{criticalCount} critical</Badge>;
  return <Badge state="low">{belowCount} below</Badge>;
}

function showLastRead({ last }: Judgement, { nowMs }: AccountTableProps): ComponentChildren {
  return last === undefined ? 'never' : <Moment atMs={last.readAtMs}>{ageInWords(nowMs - last.readAtMs)}</Moment>;
}

function showScrapes({ account }: Judgement): ComponentChildren {
  return account.history.scrapes.length === 0 ? undefined : <ScrapeStrip scrapes={account.history.scrapes} />;
}

function showWorst({ worst, last, state }: Judgement): ComponentChildren {
  if (last === undefined) return undefined;
  if (worst === undefined) return 'no threshold';
  const { kind, name, amount, threshold, isBelow, severity } = worst;
  return (
    <div class={isBelow ? `check ${severity}` : 'check'}>
      <span class="name">
        {kind === 'value' ? 'All in ' : ''}
        <Name of={name} />
      </span>
      <ThresholdBar checks={[worst]} />
      <div>
        {kind === 'value' ? <Money of={amount} /> : <Amount of={amount} />} of <Amount of={threshold} />{' '}
        {kind === 'total' && 'in total '}
        <Share check={worst} />
        {state === 'failing' && ', old'}
      </div>
    </div>
  );
}

function showValue({ last }: Judgement): ComponentChildren {
  const fiat = last && chooseFiat(last.rates);
  const value = last && fiat !== undefined ? valueIn(fiat, last) : undefined;
  return value === undefined ? undefined : <Money of={value.value} fiat={value.fiat} />;
}

function showReason(judgement: Judgement, { nowMs, info }: AccountTableProps): ComponentChildren {
  const { state, failure, failuresInARow, account } = judgement;
  const latest = account.history.scrapes.at(-1);
  if (failure !== undefined) {
    return (
      <>
        <a href={`${info.documentationUrl}/troubleshooting.md#${failure.reason}`}>{describeFailure(failure)}</a>
        {failuresInARow > 1 && `, ${failuresInARow} in a row`}
      </>
    );
  }
  if (latest === undefined) return 'nobody asked yet';
  if (state === 'low') return <Below judgement={judgement} />;
  if (state === 'stale') return `last scraped ${spanInWords(nowMs - latest.atMs)} ago`;
  const [first, ...others] = listDoubts(judgement);
  if (first === undefined) return undefined;
  return (
    <>
      {first.words}: <Names of={first.names} />
      {others.length > 0 && `; and ${others.length} more`}
    </>
  );
}

function Below({ judgement: { checks } }: { judgement: Judgement }): JSX.Element {
  const below = checks.filter(({ isBelow }) => isBelow).toSorted(compareUrgency);
  return <Names of={[...new Set(below.map(({ kind, name }) => (kind === 'value' ? `value in ${name}` : name)))]} />;
}
