import type { ThresholdKind } from '../../config/settings.ts';
import { isLess, percentOf, ratioOf } from '../../ground/amount.ts';
import type { AccountReading, Balance, LastBalances } from './reading.ts';
import { worthIn, type Worth } from './worth.ts';

/** An amount held against its threshold. */
export interface Comparison {
  /** Decimal text. */
  readonly threshold: string;
  readonly isBelow: boolean;
  /** The amount's share of the threshold, for drawing and ordering; may be infinite, or negative. */
  readonly ratio: number;
  /** The same for people, without the sign `%`; `undefined` where it means nothing. */
  readonly percent: string | undefined;
}

/** A threshold of one kind of a currency's balance. */
export interface BalanceCheck extends Comparison {
  readonly kind: ThresholdKind;
}

/** A threshold of the value of all that is available; `worth` is `undefined` where no rate leads to its currency. */
export interface ValueCheck {
  readonly fiat: string;
  readonly threshold: string;
  readonly worth: Worth | undefined;
  readonly comparison: Comparison | undefined;
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

/** Holds an account's last balances against its thresholds, exactly. */
export function checkThresholds(account: AccountReading, last: LastBalances): ThresholdChecks {
  const balances = checkBalances(account, last.balances);
  const values = account.valueThresholds.map(({ fiat, value }) => checkValue(fiat, value, last));
  const wanted = new Set(account.thresholds.map(({ currency }) => currency));
  return {
    balances,
    absent: [...wanted].filter((currency) => !balances.has(currency)),
    values,
    belowCount:
      [...balances.values()].filter((checks) => checks.some(({ isBelow }) => isBelow)).length +
      values.filter(({ comparison }) => comparison?.isBelow).length,
  };
}

function checkBalances({ thresholds }: AccountReading, balances: readonly Balance[]) {
  const checks = new Map<string, BalanceCheck[]>();
  if (thresholds.length === 0) return checks;
  const byCurrency = new Map(balances.map((balance) => [balance.currency, balance]));
  for (const { currency, kind, value } of thresholds) {
    const balance = byCurrency.get(currency);
    if (balance === undefined) continue;
    checks.set(currency, [...(checks.get(currency) ?? []), { kind, ...compare(balance[kind], value) }]);
  }
  return checks;
}

function checkValue(fiat: string, threshold: string, last: LastBalances): ValueCheck {
  const worth = worthIn(fiat, last);
  return { fiat, threshold, worth, comparison: worth && compare(worth.value, threshold) };
}

function compare(amount: string, threshold: string): Comparison {
  return {
    threshold,
    isBelow: isLess(amount, threshold),
    ratio: ratioOf(amount, threshold),
    percent: percentOf(amount, threshold),
  };
}
