import { Big } from 'big.js';

// What Java's BigDecimal prints and what people write: digits with an optional sign, point and exponent.
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?$/;

/** Exponents beyond this are refused: no amount of money needs them, and their exact sums would fill the memory. */
export const MAX_EXPONENT = 1000;

// A text this short without an exponent is always finite, because the greatest float64 has 309 digits.
const SURELY_FINITE_LENGTH = 300;

// The usual spelling; testing for it first spares the general expression on every amount of a large answer.
const PLAIN = /^-?\d+(?:\.\d+)?$/;

function isPlainDecimal(text: string): boolean {
  return text.length <= SURELY_FINITE_LENGTH && PLAIN.test(text);
}

/**
 * Whether a text is a decimal number: plain or with an exponent of at most {@link MAX_EXPONENT} either way, and finite
 * as a float64. `""`, `"12abc"`, `"NaN"`, `"0x10"` and text with spaces are not.
 */
export function isDecimal(text: string): boolean {
  if (isPlainDecimal(text)) return true;
  const match = DECIMAL.exec(text);
  return match !== null && Math.abs(Number(match[1] ?? 0)) <= MAX_EXPONENT && Number.isFinite(Number(text));
}

// Java's BigDecimal writes a zero with more than six places like this, and in most wallets many balances are zero.
const JAVA_ZERO = /^0E-\d{1,3}$/;

/**
 * A decimal text in a form that every parser of numbers reads, digits on both sides of a point and no leading plus; the
 * usual forms are left as they stand. `undefined` if it is not a decimal (see {@link isDecimal}).
 */
export function canonicalDecimal(text: string): string | undefined {
  if (isPlainDecimal(text)) return text;
  if (JAVA_ZERO.test(text)) return '0';
  return isDecimal(text) ? new Big(normalise(text)).toString() : undefined;
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
  if (isWrittenSum(sum, first, second)) return '0';
  return new Big(normalise(sum)).minus(normalise(first)).minus(normalise(second)).toString();
}

const ZERO = 0x30;
const POINT = 0x2e;

/**
 * Whether a sum comes out when it is done in writing, digit by digit from the right. Nearly every answer gives all three
 * amounts with the same number of places, and they agree; this sees that in a tenth of the time that the library needs.
 * Anything else, different places or signs or exponents included, is `false` here and left to the library.
 */
function isWrittenSum(sum: string, first: string, second: string): boolean {
  if (first === '0') return sum === second;
  let carry = 0;
  const length = Math.max(sum.length, first.length, second.length);
  for (let place = 1; place <= length; place += 1) {
    const digit = sum.charCodeAt(sum.length - place) - ZERO;
    // Left of an amount stand as many zeros as one likes; only its point must stand below the others.
    const a = place > first.length ? 0 : first.charCodeAt(first.length - place) - ZERO;
    const b = place > second.length ? 0 : second.charCodeAt(second.length - place) - ZERO;
    if (digit === POINT - ZERO && a === digit && b === digit) continue;
    if (!(digit >= 0 && digit <= 9 && a >= 0 && a <= 9 && b >= 0 && b <= 9)) return false;
    const written = a + b + carry;
    carry = written > 9 ? 1 : 0;
    if (written - 10 * carry !== digit) return false;
  }
  return carry === 0;
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
