// Java's BigDecimal prints an exponent when the first digit would stand further right than this.
// https://docs.oracle.com/javase/8/docs/api/java/math/BigDecimal.html#toString--
const LOWEST_PLAIN_EXPONENT = -6;

/**
 * The amount as Java's `BigDecimal.toString` prints it, which is how the gateway writes amounts: `0.05000000`, but
 * `0E-8` for nothing and `1.5E-7` for very little.
 *
 * @param units the amount in the smallest unit of the currency; not negative
 * @param scale decimal places of that unit, 0 or more
 */
export function formatBigDecimal(units: bigint, scale: number): string {
  const digits = units.toString();
  const exponent = digits.length - 1 - scale;
  if (exponent < LOWEST_PLAIN_EXPONENT) {
    const fraction = digits.slice(1);
    return `${digits.slice(0, 1)}${fraction === '' ? '' : `.${fraction}`}E${exponent}`;
  }
  if (scale === 0) return digits;
  const padded = digits.padStart(scale + 1, '0');
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** The smallest units in a plain decimal text without sign and exponent; places beyond the scale are cut off. */
export function parseMinorUnits(text: string, scale: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'));
}
