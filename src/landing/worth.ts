import { addExactly, isLess, isZero, multiplyExactly, SURE_DISTANCE } from '../lib/amount.ts';
import type { Balance, ExchangeRate, LastBalances } from './reading.ts';

/** What all that is available is worth in one fiat currency, as far as there are rates. */
export interface Worth {
  readonly fiat: string;
  /** Exact decimal text. */
  readonly value: string;
  /** How many currencies of which something is available have no rate, and so are not in the value. */
  readonly unrated: number;
}

/** Rates into one fiat currency, by currency. */
export type RateMap = ReadonlyMap<string, string>;

// What most people compare in; otherwise the first that the gateway names.
const PREFERRED_FIAT = 'USD';

/** The fiat currency in which a page tells values, or `undefined` where there are no rates. */
export function chooseFiat(rates: readonly ExchangeRate[]): string | undefined {
  return rates.some(({ fiat }) => fiat === PREFERRED_FIAT) ? PREFERRED_FIAT : rates[0]?.fiat;
}

export function ratesInto(fiat: string, rates: readonly ExchangeRate[]): RateMap {
  return new Map(rates.filter((rate) => rate.fiat === fiat).map(({ currency, rate }) => [currency, rate]));
}

/** The exact value of what is available of one balance; `undefined` where there is no rate. */
export function valueOf({ currency, available }: Balance, rates: RateMap): string | undefined {
  const rate = rates.get(currency);
  return rate === undefined ? undefined : multiplyExactly(available, rate);
}

/** The value of all that is available; `undefined` where no balance has a rate. */
export function worthIn(fiat: string, { balances, rates }: LastBalances): Worth | undefined {
  const map = ratesInto(fiat, rates);
  const values: string[] = [];
  let unrated = 0;
  for (const balance of balances) {
    const value = valueOf(balance, map);
    if (value !== undefined) values.push(value);
    else if (!isZero(balance.available)) unrated += 1;
  }
  return values.length === 0 ? undefined : { fiat, value: addExactly(values), unrated };
}

/**
 * Whether the value of all that is available is exactly less than a threshold; `undefined` where no balance has a rate.
 * Exact values of thousands of balances take long, so floats decide where they can.
 */
export function isWorthLess(fiat: string, last: LastBalances, threshold: string): boolean | undefined {
  const rates = ratesInto(fiat, last.rates);
  const values = last.balances
    .filter(({ currency }) => rates.has(currency))
    .map(({ currency, available }) => Number(available) * Number(rates.get(currency)));
  const limit = Number(threshold);
  const distance = values.reduce((sum, value) => sum + value, -limit);
  const size = values.reduce((sum, value) => sum + Math.abs(value), Math.abs(limit));
  if (values.length > 0 && Math.abs(distance) > SURE_DISTANCE * size) return distance < 0;
  const worth = worthIn(fiat, last);
  return worth && isLess(worth.value, threshold);
}
