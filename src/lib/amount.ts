import { alignDecimals, compareDecimals, parseDecimal, writeDecimal, writePlainly } from './decimal.ts';

// 18 places and a dozen digits before them are common; beyond this an exponent is easier to read than zeros.
const MAX_PLAIN_LENGTH = 60;

/** A decimal text as people write it, exact: `0E-8` is `0`, `1.50` is `1.5`, `1E-8` is `0.00000001`. */
export function showAmount(text: string): string {
  const amount = parseDecimal(text);
  const plain = writePlainly(amount);
  return plain.length <= MAX_PLAIN_LENGTH ? plain : writeDecimal(amount);
}

/** Whether a decimal text stands for zero, in whatever form. */
export function isZero(text: string): boolean {
  // The smallest decimal that is taken is far above the smallest float64.
  return Number(text) === 0;
}

/**
 * Two float64 that were read from decimals, or computed from some thousands of them, and are further apart than this
 * share of their size are in the order of the exact numbers.
 */
const SURE_DISTANCE = 1e-9;

/** Whether the first is exactly less than the second. Floats decide where they can: that is many times as fast. */
export function isLess(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  if (Math.abs(x - y) > SURE_DISTANCE * (Math.abs(x) + Math.abs(y))) return x < y;
  return compareDecimals(a, b) < 0;
}

/** The exact product, as decimal text without an exponent. */
export function multiplyExactly(a: string, b: string): string {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  return writePlainly({ units: x.units * y.units, places: x.places + y.places });
}

/** The exact sum, as decimal text without an exponent; `0` for no terms. */
export function addExactly(terms: readonly string[]): string {
  const { units, places } = alignDecimals(terms.map(parseDecimal));
  return writePlainly({ units: units.reduce((sum, each) => sum + each, 0n), places });
}

/** Rounded to two places, half away from zero, which are always written: `1144.5` is `1144.50`. */
export function roundToCents(text: string): string {
  const { units, places } = parseDecimal(text);
  const cents = divideRounded(units * 100n, 10n ** BigInt(places));
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** How much the first is of the second, as a float for drawing; above 1 it may be infinite, and it is never NaN. */
export function ratioOf(part: string, whole: string): number {
  const [a, b] = [Number(part), Number(whole)];
  if (b === 0) return a > 0 ? Infinity : 0;
  return a / b;
}

/**
 * How much the first is of the second, in percent with at most one place. What is not quite nothing or not quite all
 * is never rounded to it: `<0.1` and `>99.9`. Shares beyond a thousand percent are `>1000`.
 * @returns `undefined` where a share means nothing: of a whole that is not positive, or of a negative part.
 */
export function percentOf(part: string, whole: string): string | undefined {
  const [a = 0n, b = 0n] = alignDecimals([parseDecimal(part), parseDecimal(whole)]).units;
  if (b <= 0n || a < 0n) return undefined;
  if (a > 0n && a * 1000n < b) return '<0.1';
  if (a < b && a * 1000n > b * 999n) return '>99.9';
  return a > b * 10n ? '>1000' : writePlainly({ units: divideRounded(a * 1000n, b), places: 1 });
}

// Half away from zero; the divisor is positive.
function divideRounded(units: bigint, divisor: bigint): bigint {
  const half = units < 0n ? -divisor : divisor;
  return (2n * units + half) / (2n * divisor);
}
