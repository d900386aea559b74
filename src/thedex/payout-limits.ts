import { equalDecimals } from '../lib/decimal.ts';
import type { Endpoint } from './endpoint.ts';
import { amountOf, EntryCollection, isMap, isName, type Entries } from './entries.ts';
import { InvalidResponseError } from './errors.ts';

/** The smallest payout that the gateway makes, as decimal text in units of the currency. */
export interface PayoutLimit {
  readonly currency: string;
  readonly minimum: string;
}

export type PayoutLimits = Entries<PayoutLimit>;

export const PAYOUT_LIMITS: Endpoint<PayoutLimits> = {
  name: 'payout_limits',
  path: '/api/v1/info/payout/limit/crypto',
  parse: parsePayoutLimits,
};

/**
 * Understands a list of currencies with their smallest payout. What is not understood is left out and named.
 * @throws InvalidResponseError if the answer is not a list, or nothing in it is a limit although it is not empty.
 */
export function parsePayoutLimits(json: unknown): PayoutLimits {
  if (!Array.isArray(json)) throw new InvalidResponseError('the answer is JSON, but not a list of payout limits');
  const found = new EntryCollection<PayoutLimit>((a, b) => equalDecimals(a.minimum, b.minimum));
  for (const [position, item] of json.entries()) {
    const currency: unknown = isMap(item) ? item['monetary'] : undefined;
    const minimum = isMap(item) ? amountOf(item['minimalLimit']) : undefined;
    if (isName(currency)) found.add(currency, minimum === undefined ? undefined : { currency, minimum });
    else found.add(`entry ${position + 1} of the list`, undefined);
  }
  const result = found.result();
  if (result.valid.length === 0 && result.invalid.length > 0) {
    throw new InvalidResponseError('no entry of the answer is a payout limit');
  }
  return result;
}
