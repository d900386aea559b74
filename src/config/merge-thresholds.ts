import type { BalanceThreshold, ValueThreshold } from './settings.ts';

/** An account's thresholds over the common ones per currency and kind, sorted by currency and kind. */
export function mergeThresholds(
  common: readonly BalanceThreshold[],
  own: readonly BalanceThreshold[],
): readonly BalanceThreshold[] {
  return merge(common, own, ({ currency, kind }) => [currency, kind]);
}

/** Likewise per fiat currency. */
export function mergeValueThresholds(
  common: readonly ValueThreshold[],
  own: readonly ValueThreshold[],
): readonly ValueThreshold[] {
  return merge(common, own, ({ fiat }) => [fiat]);
}

function merge<T>(common: readonly T[], own: readonly T[], partsOf: (threshold: T) => readonly string[]): readonly T[] {
  const merged = new Map([...common, ...own].map((threshold) => [JSON.stringify(partsOf(threshold)), threshold]));
  return [...merged.values()].toSorted((a, b) => compare(partsOf(a), partsOf(b)));
}

// By code units and not by a locale's rules, so that every machine emits the same order.
function compare(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((part, i) => part !== b[i]);
  if (index < 0) return 0;
  return (a[index] as string) < (b[index] as string) ? -1 : 1;
}
