import type { BalanceThreshold, ValueThreshold } from '../config/settings.ts';
import type { Balance } from '../thedex/balances.ts';
import { REASONS } from '../thedex/errors.ts';
import { ACCOUNT_METRICS as METRICS, type AccountMetric } from './account-metrics.ts';
import { labelValue, sampleValue } from './sample-text.ts';
import { failureOf, outcomesOf, type Snapshot } from './snapshot.ts';

/** One metric with its samples, as text: the lines of one block of the page, without the last line's end. */
export interface MetricBlock {
  readonly metric: AccountMetric;
  readonly text: string;
}

/** The thresholds of an account, which stand on its page whatever became of the scrape. */
export interface Thresholds {
  readonly thresholds: readonly BalanceThreshold[];
  readonly valueThresholds: readonly ValueThreshold[];
}

/**
 * Renders a snapshot. An account of thousands of currencies fills thousands of lines, so the lines are joined here
 * and not built as objects first; a metric without a sample is left out.
 */
export function renderSnapshot(snapshot: Snapshot, thresholds: Thresholds): MetricBlock[] {
  const { balances, rates, payout_limits: limits } = snapshot.outcomes;
  const failure = failureOf(snapshot);
  const invalidCount = balances.ok ? balances.value.invalid.length : balances.invalidEntries;
  const collectors = outcomesOf(snapshot);
  return [
    ...(balances.ok ? renderBalances(balances.value.valid) : []),
    block(METRICS.threshold, thresholds.thresholds.map(thresholdSample)),
    block(METRICS.valueThreshold, thresholds.valueThresholds.map(valueThresholdSample)),
    block(METRICS.invalid, invalidCount === undefined ? [] : [` ${invalidCount}`]),
    block(
      METRICS.rate,
      rates?.ok
        ? rates.value.valid.map(
            ({ currency, fiat, rate }) =>
              `{currency="${labelValue(currency)}",fiat="${labelValue(fiat)}"} ${sampleValue(rate)}`,
          )
        : [],
    ),
    block(
      METRICS.payoutMinimum,
      limits?.ok
        ? limits.value.valid.map(
            ({ currency, minimum }) => `{currency="${labelValue(currency)}"} ${sampleValue(minimum)}`,
          )
        : [],
    ),
    block(METRICS.up, [failure === undefined ? ' 1' : ' 0']),
    block(METRICS.duration, [` ${snapshot.durationSeconds}`]),
    block(METRICS.timeout, [` ${snapshot.timeoutSeconds}`]),
    block(
      METRICS.error,
      REASONS.map((reason) => `{reason="${reason}"} ${reason === failure ? 1 : 0}`),
    ),
    block(
      METRICS.collectorSuccess,
      collectors.map(([name, outcome]) => `{collector="${name}"} ${outcome.ok ? 1 : 0}`),
    ),
    block(
      METRICS.collectorDuration,
      collectors.map(([name, outcome]) => `{collector="${name}"} ${outcome.durationSeconds}`),
    ),
  ].filter((rendered) => rendered !== undefined);
}

// An answer of thousands of currencies is mostly this loop, so it builds each currency's lines at once. Amounts are
// decimal text that needs no adapting (see `amountOf`), but the difference of two may be beyond float64.
function renderBalances(balances: readonly Balance[]): MetricBlock[] {
  if (balances.length === 0) return [];
  let samples = headOf(METRICS.balance);
  let discrepancies = headOf(METRICS.discrepancy);
  for (const { currency: name, total, hold, available, discrepancy } of balances) {
    const currency = labelValue(name);
    const start = `\n${METRICS.balance.name}{currency="${currency}",kind="`;
    samples += `${start}total"} ${total}${start}hold"} ${hold}${start}available"} ${available}`;
    const difference = discrepancy === '0' ? discrepancy : sampleValue(discrepancy);
    discrepancies += `\n${METRICS.discrepancy.name}{currency="${currency}"} ${difference}`;
  }
  return [
    { metric: METRICS.balance, text: samples },
    { metric: METRICS.discrepancy, text: discrepancies },
  ];
}

function thresholdSample({ currency, kind, value }: BalanceThreshold): string {
  return `{currency="${labelValue(currency)}",kind="${kind}"} ${sampleValue(value)}`;
}

function valueThresholdSample({ fiat, value }: ValueThreshold): string {
  return `{fiat="${labelValue(fiat)}"} ${sampleValue(value)}`;
}

function block(metric: AccountMetric, samples: readonly string[]): MetricBlock | undefined {
  if (samples.length === 0) return undefined;
  return { metric, text: headOf(metric) + samples.map((sample) => `\n${metric.name}${sample}`).join('') };
}

function headOf({ name, help }: AccountMetric): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge`;
}
