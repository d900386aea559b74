import { isScalar } from 'yaml';
import { isDecimal } from '../lib/decimal.ts';
import { quote } from './quote.ts';
import type { BalanceThreshold, ThresholdKind, ValueThreshold } from './settings.ts';
import { show, type YamlFile, type YamlValue } from './yaml-file.ts';

const KINDS: readonly string[] = ['available', 'total'] satisfies ThresholdKind[];
const EXPECTED_NUMBER = 'expected a decimal number that is not negative, as a number or in quotes';

/** The thresholds of a file's `thresholds`, in any order. */
export function readThresholds(file: YamlFile, section: YamlValue | undefined): readonly BalanceThreshold[] {
  if (section === undefined) return [];
  const thresholds: BalanceThreshold[] = [];
  for (const [currency, value] of file.entriesOf(section, 'a mapping of currencies to thresholds') ?? []) {
    if (!checkName(file, value, currency)) continue;
    for (const [kind, amount] of kindsOf(file, value)) {
      const text = readAmount(file, amount);
      if (text !== undefined) thresholds.push({ currency, kind, value: text });
    }
  }
  return thresholds;
}

/** The thresholds of a file's `value_thresholds`. */
export function readValueThresholds(file: YamlFile, section: YamlValue | undefined): readonly ValueThreshold[] {
  if (section === undefined) return [];
  const thresholds: ValueThreshold[] = [];
  for (const [fiat, amount] of file.entriesOf(section, 'a mapping of fiat currencies to amounts') ?? []) {
    const text = checkName(file, amount, fiat) ? readAmount(file, amount) : undefined;
    if (text !== undefined) thresholds.push({ fiat, value: text });
  }
  return thresholds;
}

function checkName(file: YamlFile, value: YamlValue, name: string): boolean {
  // An escape in quotes can make half of a surrogate pair, which no UTF-8 text can hold.
  if (name !== '' && name.isWellFormed()) return true;
  file.problem(value, 'expected the name of a currency');
  return false;
}

function kindsOf(file: YamlFile, value: YamlValue): readonly (readonly [ThresholdKind, YamlValue])[] {
  if (isScalar(value.node)) return [['available', value]];
  const expected = 'a decimal number, or a mapping with available or total';
  return [...(file.entriesOf(value, expected) ?? [])].filter((entry): entry is [ThresholdKind, YamlValue] => {
    const [kind, amount] = entry;
    if (kind === 'hold') file.problem(amount, 'a threshold on hold has no meaning: expected available or total');
    else if (!KINDS.includes(kind)) file.problem(amount, 'unknown key: expected available or total');
    return KINDS.includes(kind);
  });
}

// Numbers keep the digits as they were written, of which a float64 would drop some.
function readAmount(file: YamlFile, value: YamlValue): string | undefined {
  const scalar = isScalar(value.node) ? value.node : undefined;
  const text = typeof scalar?.value === 'number' ? (scalar.source ?? String(scalar.value)) : scalar?.value;
  if (typeof text !== 'string' || text === '') {
    return file.problem(value, `${EXPECTED_NUMBER}, got ${show(value)}`);
  }
  return isDecimal(text) && !text.startsWith('-')
    ? text
    : file.problem(value, `${EXPECTED_NUMBER}, got ${quote(text)}`);
}
