import { equalDecimals, subtractExactly } from '../lib/decimal.ts';
import type { Endpoint } from './endpoint.ts';
import { amountOf, EntryCollection, isMap, isName, type Entries, type JsonMap } from './entries.ts';
import { InvalidResponseError } from './errors.ts';

/** One currency's balance; amounts are decimal text in units of the currency, exact as the gateway gave them. */
export interface Balance {
  readonly currency: string;
  readonly total: string;
  /** Kept temporarily, until it is unlocked. */
  readonly hold: string;
  /** Can be withdrawn. */
  readonly available: string;
  /** total - hold - available, exact; `0` when the gateway's books agree. */
  readonly discrepancy: string;
}

export type Balances = Entries<Balance>;

/** All balances of all merchants of the key's user. */
export const BALANCES: Endpoint<Balances> = { name: 'balances', path: '/api/v1/balances', parse: parseBalances };

/**
 * Understands a list of maps with one currency each, a list with one map of many, or a bare map. An entry that is not
 * a balance is left out and named; an empty list or map is a valid answer of no balances.
 * @throws InvalidResponseError if the answer is none of these, or none of its entries is valid.
 */
export function parseBalances(json: unknown): Balances {
  const found = new EntryCollection<Balance>(areEqual);
  let looksLikeBalances = false;
  for (const [position, map] of listOf(json).entries()) {
    if (!isMap(map)) {
      found.add(`entry ${position + 1} of the list`, undefined);
      continue;
    }
    for (const currency of Object.keys(map)) {
      const fields = map[currency];
      looksLikeBalances ||= hasBalanceField(fields);
      found.add(currency, balanceOf(currency, fields));
    }
  }
  const balances = found.result();
  if (balances.valid.length === 0 && balances.invalid.length > 0) {
    throw looksLikeBalances
      ? new InvalidResponseError('no entry of the answer is a balance', { invalidEntries: balances.invalid.length })
      : new InvalidResponseError('the answer is JSON, but not of balances');
  }
  return balances;
}

function listOf(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  if (isMap(json)) return [json];
  throw new InvalidResponseError('the answer is JSON, but neither a list nor a map');
}

function hasBalanceField(fields: unknown): boolean {
  return isMap(fields) && ('totalBalance' in fields || 'holdBalance' in fields || 'availableBalance' in fields);
}

function balanceOf(currency: string, fields: unknown): Balance | undefined {
  if (!isName(currency) || !isMap(fields)) return undefined;
  const { total, hold, available } = amountsOf(fields);
  if (total === undefined || hold === undefined || available === undefined) return undefined;
  return { currency, total, hold, available, discrepancy: subtractExactly(total, hold, available) };
}

function amountsOf(fields: JsonMap) {
  return {
    total: amountOf(fields['totalBalance']),
    hold: amountOf(fields['holdBalance']),
    available: amountOf(fields['availableBalance']),
  };
}

function areEqual(a: Balance, b: Balance): boolean {
  return equalDecimals(a.total, b.total) && equalDecimals(a.hold, b.hold) && equalDecimals(a.available, b.available);
}
