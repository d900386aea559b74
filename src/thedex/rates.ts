import { equalDecimals } from '../lib/decimal.ts';
import type { Endpoint } from './endpoint.ts';
import { amountOf, EntryCollection, isMap, isName, type Entries } from './entries.ts';
import { InvalidResponseError } from './errors.ts';

/** The gateway's own exchange rate: units of the fiat currency for one unit of the currency, as decimal text. */
export interface ExchangeRate {
  readonly currency: string;
  readonly fiat: string;
  readonly rate: string;
}

export type ExchangeRates = Entries<ExchangeRate>;

export const RATES: Endpoint<ExchangeRates> = {
  name: 'rates',
  path: '/api/v1/info/user/currencies/crypto',
  parse: parseRates,
};

/**
 * Understands a list of currencies, each with a list of rates. What is not understood is left out and named.
 * @throws InvalidResponseError if the answer is not a list, or nothing in it is a rate although it is not empty.
 */
export function parseRates(json: unknown): ExchangeRates {
  if (!Array.isArray(json)) throw new InvalidResponseError('the answer is JSON, but not a list of rates');
  const found = new EntryCollection<ExchangeRate>((a, b) => equalDecimals(a.rate, b.rate));
  for (const [position, item] of json.entries()) {
    const currency: unknown = isMap(item) ? item['monetary'] : undefined;
    const rates: unknown = isMap(item) ? item['rates'] : undefined;
    if (!isName(currency) || !Array.isArray(rates)) {
      found.add(isName(currency) ? currency : `entry ${position + 1} of the list`, undefined);
      continue;
    }
    for (const rate of rates) addRate(found, currency, rate);
  }
  const result = found.result();
  if (result.valid.length === 0 && result.invalid.length > 0) {
    throw new InvalidResponseError('no entry of the answer is an exchange rate');
  }
  return result;
}

function addRate(found: EntryCollection<ExchangeRate>, currency: string, item: unknown): void {
  const fiat: unknown = isMap(item) ? item['fiatCurrency'] : undefined;
  const rate = isMap(item) ? amountOf(item['rate']) : undefined;
  // A list of two names has one JSON text and no other pair has the same, whatever the names hold.
  const name = JSON.stringify([currency, fiat]);
  found.add(name, isName(fiat) && rate !== undefined ? { currency, fiat, rate } : undefined);
}
