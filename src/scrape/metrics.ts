import type { AccountSettings } from '../config/settings.ts';
import { canonicalDecimal } from '../lib/decimal.ts';
import { REASONS } from '../thedex/errors.ts';
import { outcomesOf, type Snapshot } from './scrape.ts';

/** The metrics of an account, all of them gauges, in the order of the page. */
export const ACCOUNT_METRICS = {
  balance: gauge(
    'thedex_balance',
    ['currency', 'kind'],
    'Balance in units of the currency, by kind: total is the sum of hold (kept until it is unlocked) and available (can be withdrawn).',
  ),
  discrepancy: gauge(
    'thedex_balance_discrepancy',
    ['currency'],
    'total - hold - available in units of the currency, computed exactly; 0 when the books of the gateway agree.',
  ),
  threshold: gauge(
    'thedex_balance_threshold',
    ['currency', 'kind', 'severity'],
    'Balance in units of the currency below which somebody wants to know, as configured.',
  ),
  valueThreshold: gauge(
    'thedex_value_threshold',
    ['fiat', 'severity'],
    'Value of all available balances in units of the fiat currency below which somebody wants to know, as configured.',
  ),
  alertLimit: gauge(
    'thedex_alert_limit',
    ['currency', 'limit'],
    'What is normal for a currency of this account, or for each (*), as configured: alerts use it instead of their defaults.',
  ),
  invalid: gauge(
    'thedex_invalid_balances',
    [],
    'Entries of the answer of this scrape that were not understood and so left out.',
  ),
  rate: gauge(
    'thedex_exchange_rate',
    ['currency', 'fiat'],
    'Units of the fiat currency for one unit of the currency, as the gateway rates it.',
  ),
  payoutMinimum: gauge(
    'thedex_payout_minimum',
    ['currency'],
    'Smallest payout that the gateway makes, in units of the currency.',
  ),
  up: gauge('thedex_up', [], 'Whether the balances were read and understood in this scrape.'),
  duration: gauge('thedex_scrape_duration_seconds', [], 'How long this scrape of the account took.'),
  timeout: gauge('thedex_scrape_timeout_seconds', [], 'How long this scrape of the account was allowed to take.'),
  error: gauge(
    'thedex_scrape_error',
    ['reason'],
    'Why the balances could not be read in this scrape: 1 for the reason, 0 for all others.',
  ),
  collectorSuccess: gauge(
    'thedex_scrape_collector_success',
    ['collector'],
    'Whether the collector succeeded in this scrape.',
  ),
  collectorDuration: gauge(
    'thedex_scrape_collector_duration_seconds',
    ['collector'],
    'How long the collector took in this scrape.',
  ),
} as const;

interface AccountMetric {
  readonly name: string;
  readonly labels: readonly string[];
  readonly help: string;
  /** The lines before its samples. */
  readonly head: string;
}

function gauge(name: string, labels: readonly string[], help: string): AccountMetric {
  return { name, labels, help, head: `# HELP ${name} ${help}\n# TYPE ${name} gauge\n` };
}

/** An answer of thousands of currencies is written in slices of so many letters: great strings cost more than theirs. */
const SLICE_LENGTH = 32 * 1024;

/**
 * Renders a snapshot as the lines of a page, the same in both exposition formats, slice by slice. Amounts are decimal text
 * and passed on digit for digit, so that rounding to float64 happens once, in the reader. A metric without a sample is
 * left out.
 */
export function* renderSnapshot(snapshot: Snapshot, settings: AccountSettings): Generator<string> {
  const { balances, rates, payout_limits: limits } = snapshot.outcomes;
  if (balances.ok) {
    const { valid } = balances.value;
    yield* renderEach(ACCOUNT_METRICS.balance, valid, ({ currency, total, hold, available }) => {
      const start = `thedex_balance{currency="${escapeLabel(currency)}",kind="`;
      return `${start}total"} ${total}\n${start}hold"} ${hold}\n${start}available"} ${available}\n`;
    });
    yield* renderEach(ACCOUNT_METRICS.discrepancy, valid, ({ currency, discrepancy }) => {
      return `thedex_balance_discrepancy{currency="${escapeLabel(currency)}"} ${discrepancy}\n`;
    });
  }
  yield renderSettings(settings);
  const invalidCount = balances.ok ? balances.value.invalid.length : balances.invalidEntries;
  if (invalidCount !== undefined) yield `${ACCOUNT_METRICS.invalid.head}thedex_invalid_balances ${invalidCount}\n`;
  if (rates?.ok === true) {
    yield* renderEach(ACCOUNT_METRICS.rate, rates.value.valid, ({ currency, fiat, rate }) => {
      return `thedex_exchange_rate{currency="${escapeLabel(currency)}",fiat="${escapeLabel(fiat)}"} ${rate}\n`;
    });
  }
  if (limits?.ok === true) {
    yield* renderEach(ACCOUNT_METRICS.payoutMinimum, limits.value.valid, ({ currency, minimum }) => {
      return `thedex_payout_minimum{currency="${escapeLabel(currency)}"} ${minimum}\n`;
    });
  }
  yield renderHealth(snapshot);
}

function* renderEach<T>(metric: AccountMetric, items: readonly T[], render: (item: T) => string): Generator<string> {
  if (items.length === 0) return;
  let text = metric.head;
  for (const item of items) {
    text += render(item);
    if (text.length < SLICE_LENGTH) continue;
    yield text;
    text = '';
  }
  yield text;
}

const renderedSettings = new WeakMap<AccountSettings, string>();

/** The lines of what is configured for an account, which stand on its page whatever became of the scrape. */
function renderSettings(settings: AccountSettings): string {
  const known = renderedSettings.get(settings);
  if (known !== undefined) return known;
  const { thresholds, valueThresholds, alertLimits } = settings;
  const slices = [
    ...renderEach(ACCOUNT_METRICS.threshold, thresholds, ({ currency, kind, severity, value }) => {
      const labels = `currency="${escapeLabel(currency)}",kind="${kind}",severity="${severity}"`;
      return `thedex_balance_threshold{${labels}} ${canonicalDecimal(value) ?? value}\n`;
    }),
    ...renderEach(ACCOUNT_METRICS.valueThreshold, valueThresholds, ({ fiat, severity, value }) => {
      const labels = `fiat="${escapeLabel(fiat)}",severity="${severity}"`;
      return `thedex_value_threshold{${labels}} ${canonicalDecimal(value) ?? value}\n`;
    }),
    ...renderEach(ACCOUNT_METRICS.alertLimit, alertLimits, ({ currency, limit, value }) => {
      return `thedex_alert_limit{currency="${escapeLabel(currency)}",limit="${limit}"} ${value}\n`;
    }),
  ];
  const text = slices.join('');
  renderedSettings.set(settings, text);
  return text;
}

/** The lines that tell how the scrape went. */
function renderHealth(snapshot: Snapshot): string {
  const { balances } = snapshot.outcomes;
  const failure = balances.ok ? undefined : balances.reason;
  const collectors = outcomesOf(snapshot);
  let text =
    `${ACCOUNT_METRICS.up.head}thedex_up ${failure === undefined ? 1 : 0}\n` +
    `${ACCOUNT_METRICS.duration.head}thedex_scrape_duration_seconds ${snapshot.durationSeconds}\n` +
    `${ACCOUNT_METRICS.timeout.head}thedex_scrape_timeout_seconds ${snapshot.timeoutSeconds}\n${ACCOUNT_METRICS.error.head}`;
  for (const reason of REASONS) text += `thedex_scrape_error{reason="${reason}"} ${reason === failure ? 1 : 0}\n`;
  text += ACCOUNT_METRICS.collectorSuccess.head;
  for (const [name, { ok }] of collectors) {
    text += `thedex_scrape_collector_success{collector="${name}"} ${ok ? 1 : 0}\n`;
  }
  text += ACCOUNT_METRICS.collectorDuration.head;
  for (const [name, { durationSeconds }] of collectors) {
    text += `thedex_scrape_collector_duration_seconds{collector="${name}"} ${durationSeconds}\n`;
  }
  return text;
}

const NEEDS_ESCAPE = /[\\"\n]/;

/** A label value between its quotes, escaped as both exposition formats ask. */
export function escapeLabel(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
