import { SHORT_SECONDS, STALE_SECONDS } from '../balance-queries.ts';
import { grades, wordGrades } from '../panels.ts';
import { COLORED, WORD } from '../table.ts';

const DAY = 86_400;

/**
 * Amounts with separators and without trailing zeros; at most eight decimals, as the gateway counts. The column is wide
 * enough for billions: a number that does not fit would lose its first digits.
 */
export const AMOUNT = { unit: 'locale', decimals: 8, 'custom.minWidth': 104, 'custom.align': 'right' };

/** A share of a threshold as a bar, which is full at twice the threshold. */
export const BAR = {
  unit: 'percentunit',
  decimals: 0,
  min: 0,
  max: 2,
  'custom.minWidth': 98,
  'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
  thresholds: grades('red', [1, 'orange'], [1.25, 'green']).build(),
};

/** The same as a scale that changes its colour where the threshold is, in the middle: it needs room for six cells. */
export const SCALE = {
  ...BAR,
  'custom.width': 109,
  'custom.cellOptions': { type: 'gauge', mode: 'lcd', valueDisplayMode: 'text' },
};

/** For how long; without a decimal an hour and a half would be two here and one there. */
export const DURATION = { unit: 's', decimals: 1 };

export const LASTS = {
  ...DURATION,
  'custom.width': 84,
  thresholds: wordGrades('red', [DAY, 'orange'], [SHORT_SECONDS, 'text']).build(),
  ...WORD,
  'custom.align': 'right',
};

export const AGE_COLUMN = {
  ...DURATION,
  'custom.width': 78,
  thresholds: wordGrades('green', [STALE_SECONDS, 'orange'], [1800, 'red']).build(),
  ...COLORED,
};

/** An amount with fewer decimals the larger it is. */
export function bySize(amount: string): string {
  return `(round(${amount} >= 1000000) or round(${amount} >= 10000, 0.01) or round(${amount} >= 1, 0.0001) or ${amount})`;
}
