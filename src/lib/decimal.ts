/** More digits than this no amount of money needs; a longer number is refused. */
const MAX_DIGITS = 100;
/** Exponents beyond this, either way, are refused. */
const MAX_EXPONENT = 100;
// A sign, a point and an exponent such as `e-100` stand besides the digits. Longer texts are not looked at.
const MAX_LENGTH = MAX_DIGITS + '-.e-100'.length;

// What Java's BigDecimal prints and what people write: digits with an optional sign, point and exponent.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+))?$/;

// The usual spelling; testing for it first spares the general one on every amount of a large answer.
const PLAIN = /^-?\d+(?:\.\d+)?$/;

// The zero of Java's BigDecimal, which a third of a wallet may be.
const JAVA_ZERO = /^0E-\d{1,2}$/;

/**
 * Whether a text is a decimal number: of at most 100 digits, plain or with an exponent from -100 to 100.
 * `""`, `"12abc"`, `"NaN"`, `"0x10"` and text with spaces are not.
 */
export function isDecimal(text: string): boolean {
  if (text.length <= MAX_DIGITS && PLAIN.test(text)) return true;
  if (text.length > MAX_LENGTH) return false;
  const match = DECIMAL.exec(text);
  return match !== null && countDigits(text) <= MAX_DIGITS && Math.abs(Number(match[1] ?? 0)) <= MAX_EXPONENT;
}

function countDigits(text: string): number {
  return splitExponent(text).mantissa.replace(/[+.-]/g, '').length;
}

function splitExponent(text: string): { mantissa: string; exponent: number } {
  const at = text.search(/e/i);
  return at < 0
    ? { mantissa: text, exponent: 0 }
    : { mantissa: text.slice(0, at), exponent: Number(text.slice(at + 1)) };
}

/**
 * A decimal text in a form that every parser of numbers reads: digits on both sides of a point, no leading plus, and an
 * exponent only where JavaScript writes one. A plain text is left as it stands, its trailing zeros included.
 * @returns `undefined` if it is not a decimal (see {@link isDecimal})
 */
export function canonicalDecimal(text: string): string | undefined {
  if (text.length <= MAX_DIGITS && PLAIN.test(text)) return text;
  if (JAVA_ZERO.test(text)) return '0';
  return isDecimal(text) ? writeDecimal(parseDecimal(text)) : undefined;
}

/** A number as `units` / 10^`places`, exactly. */
export interface Decimal {
  readonly units: bigint;
  readonly places: number;
}

/** Reads a decimal text exactly; see {@link isDecimal} for what it may be. */
export function parseDecimal(text: string): Decimal {
  const { mantissa, exponent } = splitExponent(text);
  const point = mantissa.indexOf('.');
  const places = (point < 0 ? 0 : mantissa.length - point - 1) - exponent;
  // BigInt takes a sign before decimal digits, and no point.
  const units = BigInt(point < 0 ? mantissa : mantissa.replace('.', ''));
  return places >= 0 ? { units, places } : { units: units * 10n ** BigInt(-places), places: 0 };
}

/** The units of decimals with as many places as the longest has, so that they can be added and compared. */
export function alignDecimals(decimals: readonly Decimal[]): { units: readonly bigint[]; places: number } {
  const places = Math.max(0, ...decimals.map((each) => each.places));
  const raise = (each: Decimal) =>
    each.places === places ? each.units : each.units * 10n ** BigInt(places - each.places);
  return { units: decimals.map(raise), places };
}

// From these powers of ten on JavaScript writes numbers with an exponent.
const GREATEST_PLAIN_POWER = 20;
const SMALLEST_PLAIN_POWER = -6;

/** Writes a decimal as JavaScript writes numbers, but with all of its digits: `0.5`, `1e-8`, `1.5e+21`. */
export function writeDecimal({ units, places }: Decimal): string {
  if (units === 0n) return '0';
  const sign = units < 0n ? '-' : '';
  const digits = String(units < 0n ? -units : units);
  const power = digits.length - 1 - places;
  if (power >= SMALLEST_PLAIN_POWER && power <= GREATEST_PLAIN_POWER) return writePlainly({ units, places });
  const significant = trimZeros(digits);
  const fraction = significant.length > 1 ? `.${significant.slice(1)}` : '';
  return `${sign}${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${Math.abs(power)}`;
}

/** Writes a decimal without an exponent and without trailing zeros. */
export function writePlainly({ units, places }: Decimal): string {
  const sign = units < 0n ? '-' : '';
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const fraction = trimZeros(digits.slice(digits.length - places));
  return `${sign}${digits.slice(0, digits.length - places)}${fraction === '' ? '' : `.${fraction}`}`;
}

// An expression such as `0+$` would look at every run of zeros anew from each of its zeros.
function trimZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}

/** Whether two decimal texts stand for exactly the same number, as `1.0` and `1.00` do. */
export function equalDecimals(a: string, b: string): boolean {
  return a === b || compareDecimals(a, b) === 0;
}

/** Below zero if the first is exactly less than the second, above if it is greater, zero if they are equal. */
export function compareDecimals(a: string, b: string): number {
  const [x = 0n, y = 0n] = alignDecimals([parseDecimal(a), parseDecimal(b)]).units;
  return x === y ? 0 : x < y ? -1 : 1;
}

/**
 * The exact difference of a sum and its two parts, as decimal text: `0` when they agree.
 * `0.3 - 0.1 - 0.2` is `0` here, as it is not in float64.
 */
export function subtractExactly(sum: string, first: string, second: string): string {
  // Java writes a zero as `0E-8`, which is `0` here, without the places of the others.
  if ((first === '0' && sum === second) || areSmallAndAgree(sum, first, second)) return '0';
  const [total, a, b] = [parseDecimal(sum), parseDecimal(first), parseDecimal(second)];
  // Nearly every answer gives its amounts with equal places: nothing is to be aligned then.
  if (total.places === a.places && total.places === b.places) {
    return writeDecimal({ units: total.units - a.units - b.units, places: total.places });
  }
  const { units, places } = alignDecimals([total, a, b]);
  const [x = 0n, y = 0n, z = 0n] = units;
  return writeDecimal({ units: x - y - z, places });
}

/** Whether a sum of few digits is that of its parts. Whole numbers decide it in a tenth of the time that `BigInt` takes. */
function areSmallAndAgree(sum: string, first: string, second: string): boolean {
  const places = placesOf(sum);
  if (places !== placesOf(first) || places !== placesOf(second)) return false;
  const total = Number(sum.replace('.', ''));
  const a = Number(first.replace('.', ''));
  const b = Number(second.replace('.', ''));
  // An exponent makes no whole number, and many digits none that float64 holds exactly.
  return Number.isSafeInteger(total) && Number.isSafeInteger(a) && Number.isSafeInteger(b) && total - a === b;
}

function placesOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}
