import ms, { type StringValue } from 'ms';
import { writePlainly } from '../lib/decimal.ts';
import { quote } from '../lib/quote.ts';
import type { AlertLimit, BalanceThreshold, Severity, ThresholdKind, ValueThreshold } from './settings.ts';
import { decimal, mappingOr, type Reader, record, section, type YamlValue } from './yaml-fields.ts';

/** Thresholds and alert limits of one account, or the common ones. */
export interface Limits {
  readonly thresholds: readonly BalanceThreshold[];
  readonly valueThresholds: readonly ValueThreshold[];
  readonly alertLimits: readonly AlertLimit[];
}

export const NO_LIMITS: Limits = { thresholds: [], valueThresholds: [], alertLimits: [] };

type Levels = readonly { readonly severity: Severity; readonly value: string }[];

const SEVERITIES = ['warning', 'critical'] as const satisfies Severity[];
const KINDS = ['available', 'total'] as const satisfies ThresholdKind[];

/** An amount alone is a warning. */
const levels: Reader<Levels> = mappingOr(
  (value) => {
    const fields = section({ warning: decimal, critical: decimal })(value);
    return SEVERITIES.flatMap((severity) => {
      const amount = fields?.[severity];
      return amount === undefined ? [] : [{ severity, value: amount }];
    });
  },
  (value) => {
    const amount = decimal(value);
    return amount === undefined ? undefined : [{ severity: 'warning', value: amount }];
  },
);

const REFUSED_KINDS = {
  hold: 'a threshold on hold has no meaning: expected available or total',
  warning: 'expected it below available or total, as in {available: {warning: 500}}',
  critical: 'expected it below available or total, as in {available: {critical: 100}}',
};

const kinds: Reader<readonly { kind: ThresholdKind; severity: Severity; value: string }[]> = mappingOr(
  (value) => {
    const fields = section({ available: levels, total: levels }, { refused: REFUSED_KINDS })(value);
    return KINDS.flatMap((kind) => (fields?.[kind] ?? []).map((level) => ({ kind, ...level })));
  },
  (value) => levels(value)?.map((level) => ({ kind: 'available', ...level })),
);

/** `thresholds`, in any order. */
export const thresholds: Reader<readonly BalanceThreshold[]> = (value) =>
  flatten(record(kinds, 'a mapping of currencies to thresholds', currencyMistake)(value), (currency, found) =>
    found.map((each) => ({ currency, ...each })),
  );

/** `value_thresholds`, in any order. */
export const valueThresholds: Reader<readonly ValueThreshold[]> = (value) =>
  flatten(record(levels, 'a mapping of fiat currencies to amounts', currencyMistake)(value), (fiat, found) =>
    found.map((each) => ({ fiat, ...each })),
  );

/** The keys of an alert limit, and what they are called in metrics. */
const LIMIT_NAMES = { drop: 'drop_ratio', hold: 'hold_ratio', runway: 'runway_seconds' } as const;

/** `alert_limits`, in any order; the currency `*` stands for each that has none of its own. */
export const alertLimits: Reader<readonly AlertLimit[]> = (value) => {
  const currency = section({ drop: ratio, hold: ratio, runway });
  const found = record(currency, 'a mapping of currencies to alert limits', nameMistake)(value);
  return flatten(found, (name, fields) =>
    (['drop', 'hold', 'runway'] as const).flatMap((key) => {
      const sample = fields[key];
      return sample === undefined ? [] : [{ currency: name, limit: LIMIT_NAMES[key], value: sample }];
    }),
  );
};

function flatten<T, U>(
  found: ReadonlyMap<string, T> | undefined,
  make: (name: string, value: T) => readonly U[],
): readonly U[] | undefined {
  return found && [...found].flatMap(([name, each]) => make(name, each));
}

// An escape in quotes can make half of a surrogate pair, which no UTF-8 text can hold.
function nameMistake(name: string): string | undefined {
  return name !== '' && name.isWellFormed() ? undefined : 'expected the name of a currency';
}

function currencyMistake(name: string): string | undefined {
  return name === '*' ? 'expected the name of a currency: "*" has a meaning in alert_limits alone' : nameMistake(name);
}

const PERCENTAGE = /^(\d{1,3})(?:\.(\d{1,10}))?\s?%$/;

function ratio(value: YamlValue): string | undefined {
  if (isOff(value)) return '+Inf';
  const [, whole, fraction = ''] = PERCENTAGE.exec(String(value.scalar)) ?? [];
  const percent = whole === undefined ? NaN : Number(`${whole}.${fraction}`);
  if (percent > 0 && percent <= 100) return divideByHundred(whole ?? '', fraction);
  return value.problem(`expected a percentage above 0% and up to 100%, such as 80%, or off, got ${value.show()}`);
}

// By moving the point: a division of floats would make 0.07 of 7 % with seventeen digits.
function divideByHundred(whole: string, fraction: string): string {
  return writePlainly({ units: BigInt(whole + fraction), places: fraction.length + 2 });
}

/** A runway beyond this is a mistake in writing. */
const MAX_RUNWAY_MS = 366 * 86_400_000;
const DURATION = /^(?:\d{1,9}(?:\.\d{1,6})?) ?[a-z]{1,12}$/i;

function runway(value: YamlValue): string | undefined {
  if (isOff(value)) return '0';
  const text = String(value.scalar);
  const exact = DURATION.test(text) ? (ms(text as StringValue) as number | undefined) : undefined;
  const milliseconds = Math.round(exact ?? 0);
  if (milliseconds > 0 && milliseconds <= MAX_RUNWAY_MS) return String(milliseconds / 1000);
  return value.problem(`expected a duration such as 12h or 3d, of at most 366d, or off, got ${value.show()}`);
}

// YAML 1.1 reads the word as a boolean, and so do some who write it.
function isOff({ scalar }: YamlValue): boolean {
  return scalar === false || (typeof scalar === 'string' && scalar.toLowerCase() === 'off');
}

/** An account's own thresholds and limits over the common ones, each sorted by its labels. */
export function mergeLimits(common: Limits, own: Limits): Limits {
  return {
    thresholds: merge(common.thresholds, own.thresholds, (each) => [each.currency, each.kind, each.severity]),
    valueThresholds: merge(common.valueThresholds, own.valueThresholds, (each) => [each.fiat, each.severity]),
    alertLimits: merge(common.alertLimits, own.alertLimits, (each) => [each.currency, each.limit]),
  };
}

function merge<T>(common: readonly T[], own: readonly T[], partsOf: (each: T) => readonly string[]): readonly T[] {
  if (own.length + common.length === 0) return common;
  const merged = new Map([...common, ...own].map((each) => [JSON.stringify(partsOf(each)), each]));
  return [...merged.values()].toSorted((a, b) => compare(partsOf(a), partsOf(b)));
}

// By code units and not by a locale's rules, so that every machine emits the same order.
function compare(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((part, i) => part !== b[i]);
  if (index < 0) return 0;
  return (a[index] as string) < (b[index] as string) ? -1 : 1;
}

/** What is said of each critical threshold that is above its warning, which would then come after the alarm. */
export function findMisordered({
  thresholds: balances,
  valueThresholds: values,
}: Omit<Limits, 'alertLimits'>): readonly string[] {
  const named = [
    ...balances.map(({ currency, kind, ...level }) => ({ name: `${currency} ${kind}`, ...level })),
    ...values.map(({ fiat, ...level }) => ({ name: `the value in ${fiat}`, ...level })),
  ];
  const warnings = new Map(
    named.flatMap(({ name, severity, value }) => (severity === 'warning' ? [[name, value]] : [])),
  );
  return named.flatMap(({ name, severity, value }) => {
    const warning = warnings.get(name);
    if (severity !== 'critical' || warning === undefined || Number(value) <= Number(warning)) return [];
    return [`the critical threshold of ${quote(name)}, ${value}, is above its warning, ${warning}`];
  });
}
