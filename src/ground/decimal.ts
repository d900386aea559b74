import { Big } from 'big.js';

// What Java's BigDecimal prints and what people write: digits with an optional sign, point and exponent.
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?$/;

/** Exponents beyond this are refused: no amount of money needs them, and their exact sums would fill the memory. */
export const MAX_EXPONENT = 1000;

// A text this short without an exponent is always finite, because the greatest float64 has 309 digits.
const SURELY_FINITE_LENGTH = 300;

/**
 * Whether a text is a decimal number: plain or with an exponent of at most {@link MAX_EXPONENT} either way, and finite
 * as a float64. `""`, `"12abc"`, `"NaN"`, `"0x10"` and text with spaces are not.
 */
export function isDecimal(text: string): boolean {
  const match = DECIMAL.exec(text);
  if (match === null) return false;
  const exponent = match[1];
  if (exponent === undefined && text.length <= SURELY_FINITE_LENGTH) return true;
  return Math.abs(Number(exponent ?? 0)) <= MAX_EXPONENT && Number.isFinite(Number(text));
}

/** Whether two decimal texts stand for exactly the same number, as `1.0` and `1.00` do. */
export function equalDecimals(a: string, b: string): boolean {
  return a === b || new Big(normalise(a)).eq(new Big(normalise(b)));
}

/**
 * The exact difference of a sum and its two parts, as decimal text: `0` when they agree.
 * `0.3 - 0.1 - 0.2` is `0` here, as it is not in float64.
 */
export function subtractExactly(sum: string, first: string, second: string): string {
  if (isPlain(sum) && isPlain(first) && isPlain(second) && haveSameScale(sum, first) && haveSameScale(sum, second)) {
    if (minorUnitsOf(sum) === minorUnitsOf(first) + minorUnitsOf(second)) return '0';
  }
  return new Big(normalise(sum)).minus(normalise(first)).minus(normalise(second)).toString();
}

// Nearly every answer gives all three amounts with the same number of places, and they agree. Then they are whole
// numbers of the smallest unit, and comparing those takes a third of the time that the library needs to say `0`.
const MAX_PLAIN_LENGTH = 40;
const PLAIN = /^\d+(?:\.\d+)?$/;

function isPlain(text: string): boolean {
  return text.length <= MAX_PLAIN_LENGTH && PLAIN.test(text);
}

function haveSameScale(a: string, b: string): boolean {
  return placesOf(a) === placesOf(b);
}

function placesOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point;
}

function minorUnitsOf(text: string): bigint {
  return BigInt(text.replace('.', ''));
}

/** A decimal text as an exact number; see {@link isDecimal} for what it may be. */
export function toBig(text: string): Big {
  return new Big(normalise(text));
}

// big.js takes no leading plus and no point without a digit on each side of it.
function normalise(text: string): string {
  return text
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?=$|[eE])/, '');
}
