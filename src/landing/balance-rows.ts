import { isZero, percentOf, ratioOf } from '../lib/amount.ts';
import type { Balance, LastBalances } from './reading.ts';
import type { BalanceCheck, ThresholdChecks } from './thresholds.ts';
import { chooseFiat, ratesInto, valueOf, type RateMap } from './worth.ts';

/** A line of the table: a balance, or a currency that has a threshold and is not in the answer. */
export interface BalanceRow {
  readonly currency: string;
  readonly balance: Balance | undefined;
  readonly checks: readonly BalanceCheck[];
}

/** What a line says of its balance besides its amounts. */
export interface RowDetails {
  /** In percent, without the sign; `undefined` where it means nothing. */
  readonly holdShare: string | undefined;
  /** Exact decimal text in units of the table's fiat currency. */
  readonly value: string | undefined;
}

/** All lines of an account's table with what they need to be shown. */
export interface BalanceTable {
  readonly fiat: string | undefined;
  readonly rates: RateMap;
  /** Worst first. */
  readonly rows: readonly BalanceRow[];
}

/**
 * Puts the balances in the order in which they want attention: below a threshold (the deepest first), in disagreement
 * with themselves, absent in spite of a threshold, above a threshold (the closest first), then by value, zeros last.
 */
export function tabulateBalances(last: LastBalances, checks: ThresholdChecks): BalanceTable {
  const fiat = chooseFiat(last.rates);
  const rates: RateMap = fiat === undefined ? new Map() : ratesInto(fiat, last.rates);
  const rows: BalanceRow[] = [
    ...last.balances.map((balance) => ({
      currency: balance.currency,
      balance,
      checks: checks.balances.get(balance.currency) ?? [],
    })),
    ...checks.absent.map((currency) => ({ currency, balance: undefined, checks: [] })),
  ];
  const ranked = rows.map((row) => ({ row, rank: rankOf(row, rates) }));
  ranked.sort((a, b) => a.rank.group - b.rank.group || a.rank.order - b.rank.order);
  return { fiat, rates, rows: ranked.map(({ row }) => row) };
}

/** Computes what is shown beside the amounts, for the lines that are shown and no others. */
export function detailRow({ balance }: BalanceRow, rates: RateMap): RowDetails {
  if (balance === undefined) return { holdShare: undefined, value: undefined };
  return { holdShare: percentOf(balance.hold, balance.total), value: valueOf(balance, rates) };
}

// Floats are good enough for an order; nothing that is shown is made of them.
function rankOf({ balance, checks }: BalanceRow, rates: RateMap): { group: number; order: number } {
  if (balance === undefined) return { group: 2, order: 0 };
  const lowest = Math.min(...checks.map(({ amount, threshold }) => ratioOf(amount, threshold)), Number.MAX_VALUE);
  if (checks.some(({ isBelow }) => isBelow)) return { group: 0, order: lowest };
  if (!isZero(balance.discrepancy)) return { group: 1, order: 0 };
  if (checks.length > 0) return { group: 3, order: lowest };
  if (isZero(balance.total)) return { group: 5, order: 0 };
  return { group: 4, order: -Number(balance.available) * Number(rates.get(balance.currency) ?? 0) };
}
