import type { JSX } from 'preact';
import { isLess, isZero, percentOf, roundToCents, showAmount } from '../lib/amount.ts';
import { compareUrgency, worstOf, type Check } from './model.ts';
import { Name } from './parts.tsx';

/** An exact amount in digits of three that the eye can count; what is copied of it are the digits and the point alone. */
export function Amount({ of }: { readonly of: string }): JSX.Element {
  return <Digits value={of} shown={showAmount(of)} />;
}

/** A value in fiat rounded to the cent; what would be rounded to nothing says so. */
export function Money({ of, fiat }: { readonly of: string; readonly fiat?: string }): JSX.Element {
  const isTiny = !isZero(of) && !isLess(of, '0') && isLess(of, '0.01');
  return (
    <>
      <Digits value={of} shown={isTiny ? '<0.01' : roundToCents(of)} />
      {fiat !== undefined && (
        <>
          {'\u00A0'}
          <Name of={fiat} />
        </>
      )}
    </>
  );
}

const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;
// Up to here a fraction is read at a glance.
const MAX_UNGROUPED_PLACES = 4;
// A column is always wide enough for this; longer amounts may be broken between groups.
const MAX_UNBROKEN_LENGTH = 16;

// The gaps are margins, which no clipboard takes along.
function Digits({ value, shown }: { readonly value: string; readonly shown: string }): JSX.Element {
  const [, sign, whole = '', fraction = ''] = PLAIN.exec(shown) ?? [];
  const isLong = shown.length > MAX_UNBROKEN_LENGTH;
  const places = fraction.length > MAX_UNGROUPED_PLACES ? (fraction.match(/\d{1,3}/g) ?? []) : [fraction];
  return (
    <data class="amount" value={value}>
      {sign === undefined ? (
        shown
      ) : (
        <>
          {sign}
          <Groups of={splitThousands(whole)} isLong={isLong} />
          {fraction !== '' && (
            <span class={whole === '0' ? undefined : 'fraction'}>
              .<Groups of={places} isLong={isLong} />
            </span>
          )}
        </>
      )}
    </data>
  );
}

// Counted from the right. An expression that looks ahead for the end would read a long number anew from each digit.
function splitThousands(whole: string): string[] {
  const first = whole.length % 3;
  return [...(first === 0 ? [] : [whole.slice(0, first)]), ...(whole.slice(first).match(/\d{3}/g) ?? [])];
}

function Groups({ of, isLong }: { readonly of: readonly string[]; readonly isLong: boolean }): JSX.Element {
  return (
    <>
      {of.slice(0, -1).map((digits) => (
        <>
          <span class="group">{digits}</span>
          {isLong && <wbr />}
        </>
      ))}
      {of.at(-1)}
    </>
  );
}

// The measures of a bar, in units of its own; the highest threshold stands in its middle.
const BAR = { width: 120, height: 10 } as const;

/** An amount as a bar that ends at twice the highest of its thresholds; the words beside it say the same. */
export function ThresholdBar({ checks }: { readonly checks: readonly Check[] }): JSX.Element {
  const highest = Math.max(...checks.map(({ threshold }) => Number(threshold)));
  const lowestRatio = Math.min(...checks.map(({ ratio }) => ratio));
  const scale = BAR.width / 2;
  const length = Math.min(Math.max(lowestRatio, 0), 2) * scale;
  return (
    <svg class="bar" viewBox={`0 0 ${BAR.width} ${BAR.height}`} aria-hidden="true">
      <rect class="track" y="2" width={BAR.width} height={BAR.height - 4} rx="3" />
      {length > 0 && <rect class="level" y="2" width={length} height={BAR.height - 4} rx="3" />}
      {checks.map(({ threshold }) => (
        <path
          class="mark"
          d={`M${(highest > 0 ? (Number(threshold) / highest) * scale : 0).toFixed(1)} 0v${BAR.height}`}
        />
      ))}
    </svg>
  );
}

/** What an amount is of its threshold: `(75 %)`; nothing where that would mean nothing. */
export function Share({ check: { amount, threshold } }: { readonly check: Check }): JSX.Element | null {
  const percent = percentOf(amount, threshold);
  return percent === undefined ? null : <>({`${percent}\u00A0%`})</>;
}

/** One amount beside its thresholds: a bar, and each threshold in words. */
export function Checks({ checks }: { readonly checks: readonly Check[] }): JSX.Element {
  const worst = worstOf(checks);
  return (
    <div class={worst?.isBelow === true ? `check ${worst.severity}` : 'check'}>
      <ThresholdBar checks={checks} />
      {checks.toSorted(compareUrgency).map((check) => (
        <div>
          {check.isBelow ? <strong>▼ below {check.severity}</strong> : check.severity}
          {check.kind === 'total' && ' of total'} <Amount of={check.threshold} /> <Share check={check} />
        </div>
      ))}
    </div>
  );
}
