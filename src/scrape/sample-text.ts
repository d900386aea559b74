// What every parser of the exposition formats reads: digits on both sides of a point, an exponent, no plus sign.
const PLAIN = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$/;

// Longer amounts have more digits than anybody's money, and float64 keeps 17 of them.
const MAX_PLAIN_LENGTH = 40;

/**
 * A decimal text as the value of a sample. It is passed on digit for digit where that is plain to read, so that
 * rounding to float64 happens once, in the reader; any other spelling becomes the float64 that it stands for.
 */
export function sampleValue(decimal: string): string {
  if (decimal.length <= MAX_PLAIN_LENGTH && PLAIN.test(decimal)) return decimal;
  const value = Number(decimal);
  // Amounts are finite, but the difference of the two greatest is not.
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

const NEEDS_ESCAPE = /[\\"\n]/;

/** A label value between its quotes, escaped as both exposition formats ask. */
export function labelValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
