import type { ComponentChildren, JSX } from 'preact';
import type { PastScrape, State } from './model.ts';
import type { ProgramInfo } from './page.tsx';
import type { LandingQuery } from './query.ts';
import { describeScrapes, momentInWords, showName, STATE_WORDS } from './words.ts';

/** What each part of a page is made for. */
export interface PageContext {
  readonly query: LandingQuery;
  readonly info: ProgramInfo;
  /** The moment of the page, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** A name that cannot turn the text around it. Where it does not fit in a line, it breaks after an underscore. */
export function Name({ of }: { readonly of: string }): JSX.Element {
  const [first, ...rest] = showName(of).split(/(?<=_)/);
  return (
    <bdi>
      {first}
      {rest.map((part) => (
        <>
          <wbr />
          {part}
        </>
      ))}
    </bdi>
  );
}

/** Some names, separated by commas; of many only the first are named. */
export function Names({ of }: { readonly of: readonly string[] }): JSX.Element {
  const shown = of.slice(0, MAX_NAMES);
  const more = of.length - shown.length;
  return (
    <>
      {shown.map((name, index) => (
        <>
          {index > 0 && ', '}
          <Name of={name} />
        </>
      ))}
      {more > 0 && ` and ${more.toLocaleString('en')} more`}
    </>
  );
}

const MAX_NAMES = 5;

/** A moment that people and programs can read. @param atMs milliseconds since the epoch. */
export function Moment({ atMs, children }: { readonly atMs: number; readonly children?: ComponentChildren }) {
  const words = momentInWords(atMs);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={children === undefined ? undefined : words}>
      {children ?? words}
    </time>
  );
}

/** A state or a severity as a coloured badge. */
export function Badge({
  state,
  children,
}: {
  readonly state: State | 'critical';
  readonly children: ComponentChildren;
}) {
  return (
    <strong class={`badge ${state}`}>
      <span aria-hidden="true">{STATE_WORDS[state === 'critical' ? 'low' : state].sign}</span> {children}
    </strong>
  );
}

// The measures of a strip, in units of its own; as many slots as an account remembers scrapes.
const STRIP = { slots: 20, slot: 12, bar: 8, height: 36, shortest: 6, mark: 2.5 } as const;

/** The last scrapes as a strip of bars, the newest on the right: a higher bar took longer, a cross marks a failure. */
export function ScrapeStrip({ scrapes }: { readonly scrapes: readonly PastScrape[] }): JSX.Element {
  const shown = scrapes.slice(-STRIP.slots);
  const longest = Math.max(...shown.map(({ durationSeconds }) => durationSeconds));
  const bars = { succeeded: '', failed: '', crosses: '' };
  for (const [index, { durationSeconds, failure }] of shown.entries()) {
    const share = longest > 0 ? Math.sqrt(durationSeconds / longest) : 0;
    const height = round(STRIP.shortest + share * (STRIP.height - STRIP.shortest));
    const x = (STRIP.slots - shown.length + index) * STRIP.slot + (STRIP.slot - STRIP.bar) / 2;
    const bar = `M${x} ${STRIP.height}v${-height}h${STRIP.bar}v${height}z`;
    if (failure === undefined) {
      bars.succeeded += bar;
      continue;
    }
    const top = Math.min(STRIP.height - height + 4, STRIP.height - 3);
    const size = 2 * STRIP.mark;
    bars.failed += bar;
    bars.crosses += `M${x + STRIP.bar / 2 - STRIP.mark} ${round(top - STRIP.mark)}l${size} ${size}m0 ${-size}l${-size} ${size}`;
  }
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${STRIP.slots * STRIP.slot} ${STRIP.height}`}
      role="img"
      aria-label={describeScrapes(shown)}
    >
      {bars.succeeded !== '' && <path class="succeeded" d={bars.succeeded} />}
      {bars.failed !== '' && <path class="failed" d={bars.failed} />}
      {bars.crosses !== '' && <path class="cross" d={bars.crosses} />}
    </svg>
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A link to the runbook of an alert. */
export function Runbook({ alert, info }: { readonly alert: string; readonly info: ProgramInfo }): JSX.Element {
  return <a href={`${info.documentationUrl}/runbooks.md#${alert.toLowerCase()}`}>{alert} in the runbooks</a>;
}

/** A column of a {@link StackedTable}. */
export interface Column<T> {
  readonly label: string;
  readonly isNumber?: boolean;
  /** What stands at the top instead of the label alone. */
  readonly head?: ComponentChildren;
  readonly sorted?: 'ascending' | 'descending' | undefined;
  /** What a row shows; `undefined` for nothing to say. */
  readonly show: (row: T) => ComponentChildren;
}

interface StackedTableProps<T> {
  readonly caption: string;
  /** The first column names the row. */
  readonly columns: readonly [Column<T>, ...Column<T>[]];
  readonly rows: readonly T[];
  readonly class?: string;
}

/**
 * A table whose rows are laid out as blocks on a narrow screen, which takes the meaning from a table's elements: so
 * their roles are written out.
 */
export function StackedTable<T>({ caption, columns, rows, class: name = '' }: StackedTableProps<T>): JSX.Element {
  const [naming, ...others] = columns;
  return (
    <table class={`stacked ${name}`} role="table">
      <caption class="hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ label, isNumber, head, sorted }) => (
            <th scope="col" role="columnheader" class={isNumber === true ? 'number' : undefined} aria-sort={sorted}>
              {head ?? label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row">
            <th scope="row" role="rowheader">
              {naming.show(row)}
            </th>
            {others.map(({ label, isNumber, show }) => {
              const shown = show(row);
              return (
                <td
                  role="cell"
                  class={
                    `${isNumber === true ? 'number' : ''} ${shown === undefined ? 'nothing' : ''}`.trim() || undefined
                  }
                  data-label={label}
                >
                  <div>{shown ?? '–'}</div>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
