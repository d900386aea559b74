import type { Big } from 'big.js';
import { toBig } from './decimal.ts';

/** Amounts with more digits than this are shown approximately: no currency has them, and nobody would read them. */
const MAX_SHOWN_DIGITS = 100;

// 18 places and a dozen digits before them are common; beyond this an exponent is easier to read than zeros.
const MAX_PLAIN_LENGTH = 60;
const SIGNIFICANT_DIGITS_OF_A_GUESS = 6;
const ZERO = /^[+-]?[0.]+(?:[eE][+-]?\d+)?$/;

/**
 * A decimal text as people write it, exact: `0E-8` is `0`, `1.50` is `1.5`, `1E-8` is `0.00000001`. A text of more than
 * {@link MAX_SHOWN_DIGITS} digits is rounded, and says so with `≈`.
 */
export function showAmount(text: string): string {
  if (isZero(text)) return '0';
  const exact = toBig(text);
  if (exact.c.length > MAX_SHOWN_DIGITS) return `≈ ${Number(text).toPrecision(SIGNIFICANT_DIGITS_OF_A_GUESS)}`;
  const plain = exact.toFixed();
  return plain.length <= MAX_PLAIN_LENGTH ? plain : exact.toExponential();
}

/** Whether a decimal text stands for zero, in whatever form. */
export function isZero(text: string): boolean {
  return ZERO.test(text);
}

/**
 * Two float64 that were read from decimals, or computed from some thousands of them, and are further apart than this
 * share of their size are in the order of the exact numbers.
 */
export const SURE_DISTANCE = 1e-9;

/** Whether the first is exactly less than the second. Floats decide where they can: that is many times as fast. */
export function isLess(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  if (Math.abs(x - y) > SURE_DISTANCE * (Math.abs(x) + Math.abs(y))) return x < y;
  return toBig(a).lt(toBig(b));
}

/** The exact product, as decimal text; `undefined` if a factor has more than {@link MAX_SHOWN_DIGITS} digits. */
export function multiplyExactly(a: string, b: string): string | undefined {
  const factors = [toBig(a), toBig(b)] as const;
  if (factors.some(({ c }) => c.length > MAX_SHOWN_DIGITS)) return undefined;
  return factors[0].times(factors[1]).toFixed();
}

/** The exact sum, as decimal text; `0` for no terms. */
export function addExactly(terms: readonly string[]): string {
  return terms.reduce<Big>((sum, term) => sum.plus(toBig(term)), toBig('0')).toFixed();
}

/** Rounded to two places, half away from zero, which are always written: `1144.5` is `1144.50`. */
export function roundToCents(text: string): string {
  const rounded = toBig(text).round(2);
  // Otherwise a little less than nothing would be `-0.00`.
  return rounded.eq(0) ? '0.00' : rounded.toFixed(2);
}

/** How much the first is of the second, as a float for drawing; above 1 it may be infinite, and it is never NaN. */
export function ratioOf(part: string, whole: string): number {
  const divisor = toBig(whole);
  if (divisor.eq(0)) return isZero(part) || part.startsWith('-') ? 0 : Infinity;
  return Number(toBig(part).div(divisor).toString());
}

/**
 * How much the first is of the second, in percent with at most one place. What is not quite nothing or not quite all
 * is never rounded to it: `<0.1` and `>99.9`. Shares beyond a thousand percent are `>1000`.
 * @returns `undefined` where a share means nothing: of a whole that is not positive, or of a negative part.
 */
export function percentOf(part: string, whole: string): string | undefined {
  const [a, b] = [toBig(part), toBig(whole)];
  if (b.lte(0) || a.lt(0)) return undefined;
  const percent = a.times(100).div(b);
  if (a.gt(0) && percent.lt('0.1')) return '<0.1';
  if (a.lt(b) && percent.gt('99.9')) return '>99.9';
  return percent.gt(1000) ? '>1000' : percent.round(1).toString();
}
