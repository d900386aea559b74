import type { ThresholdKind } from '../config/settings.ts';
import { isLess } from '../lib/amount.ts';
import type { AccountReading, Balance, LastBalances } from './reading.ts';
import { isWorthLess } from './worth.ts';

/** An amount held against its threshold; both are decimal text. */
export interface Comparison {
  readonly amount: string;
  readonly threshold: string;
  readonly isBelow: boolean;
}

/** A threshold of one kind of a currency's balance. */
export interface BalanceCheck extends Comparison {
  readonly kind: ThresholdKind;
}

/** A threshold of the value of all that is available. */
export interface ValueCheck {
  readonly fiat: string;
  readonly threshold: string;
  /** `undefined` where no rate leads to the fiat currency. */
  readonly isBelow: boolean | undefined;
}

/** Everything that thresholds say of an account's last balances. */
export interface ThresholdChecks {
  readonly balances: ReadonlyMap<string, readonly BalanceCheck[]>;
  /** Currencies that have a threshold and do not occur in the answer: misspelt, or gone. */
  readonly absent: readonly string[];
  readonly values: readonly ValueCheck[];
  /** How many currencies and values are below a threshold. */
  readonly belowCount: number;
}

/**
 * Holds an account's last balances against its thresholds, exactly. A page asks this of every account, also of those
 * that it does not show, so nothing is computed here that only those that are shown need.
 */
export function checkThresholds(account: AccountReading, last: LastBalances): ThresholdChecks {
  const balances = checkBalances(account, last.balances);
  const values = account.valueThresholds.map(({ fiat, value: threshold }) => {
    return { fiat, threshold, isBelow: isWorthLess(fiat, last, threshold) };
  });
  const wanted = new Set(account.thresholds.map(({ currency }) => currency));
  return {
    balances,
    absent: [...wanted].filter((currency) => !balances.has(currency)),
    values,
    belowCount:
      [...balances.values()].filter((checks) => checks.some(({ isBelow }) => isBelow)).length +
      values.filter(({ isBelow }) => isBelow).length,
  };
}

function checkBalances({ thresholds }: AccountReading, balances: readonly Balance[]) {
  const checks = new Map<string, BalanceCheck[]>();
  if (thresholds.length === 0) return checks;
  const byCurrency = new Map(balances.map((balance) => [balance.currency, balance]));
  for (const { currency, kind, value: threshold } of thresholds) {
    const amount = byCurrency.get(currency)?.[kind];
    if (amount === undefined) continue;
    const check = { kind, amount, threshold, isBelow: isLess(amount, threshold) };
    checks.set(currency, [...(checks.get(currency) ?? []), check]);
  }
  return checks;
}
