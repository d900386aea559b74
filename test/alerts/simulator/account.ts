import type { AlertLimit, BalanceThreshold, ValueThreshold } from '../../../src/config/settings.ts';
import type { Reason } from '../../../src/thedex/errors.ts';

export const HOUR = 60;
export const DAY = 24 * HOUR;

/** What an account holds of one currency. */
export interface Holding {
  readonly available: number;
  readonly hold: number;
}

/** A currency's holding at each minute; `undefined` where no answer holds the currency. */
export type Wallet = readonly (Holding | undefined)[];

/** A target that reads the account from one minute up to, not including, another. */
export interface Exporter {
  readonly pod: string;
  readonly from: number;
  readonly to: number;
}

/** How a scrape ends: the exporter does not answer at all, or the gateway does, or it fails for a reason. */
export type ScrapeEnd = 'down' | 'success' | Reason;

/** An account over time, one scrape a minute. */
export interface SimulatedAccount {
  readonly name: string;
  readonly wallets: Readonly<Record<string, Wallet>>;
  readonly thresholds?: readonly BalanceThreshold[];
  readonly valueThresholds?: readonly ValueThreshold[];
  readonly alertLimits?: readonly AlertLimit[];
  /** US dollars for one of a currency. */
  readonly rates?: Readonly<Record<string, number>>;
  readonly payoutMinimums?: Readonly<Record<string, number>>;
  /** Without any, one exporter that is never replaced. */
  readonly exporters?: readonly Exporter[];
  /** Without it every scrape succeeds. */
  readonly scrapeAt?: (minute: number) => ScrapeEnd;
  /** Other series of the exporter: their value at a minute, by what stands between the braces' ends. */
  readonly more?: Readonly<Record<string, (minute: number) => number>>;
}

/** The series of an account in promtool's notation, beginning at minute 0. */
export function seriesOf(account: SimulatedAccount, minutes: number): readonly PromtoolSeries[] {
  const exporters = account.exporters ?? [{ pod: 'thedex-0', from: 0, to: minutes }];
  return exporters.flatMap((exporter) =>
    metricsOf(account).map(({ name, labels, valueAt, needs }) => {
      const target = `job="thedex",account="${account.name}",instance="${exporter.pod}:10055",pod="${exporter.pod}"`;
      const values = Array.from({ length: minutes }, (_, minute) => {
        const end = account.scrapeAt?.(minute) ?? 'success';
        const isAnswered = needs === 'target' || (needs === 'exporter' ? end !== 'down' : end === 'success');
        const isTarget = minute >= exporter.from && minute < exporter.to;
        return isTarget && isAnswered ? valueAt(minute, end) : undefined;
      });
      return { series: `${name}{${[labels, target].filter((part) => part !== '').join(',')}}`, values: notate(values) };
    }),
  );
}

export interface PromtoolSeries {
  readonly series: string;
  readonly values: string;
}

interface Metric {
  readonly name: string;
  readonly labels: string;
  /** What has to answer for the series to be there. */
  readonly needs: 'target' | 'exporter' | 'gateway';
  readonly valueAt: (minute: number, end: ScrapeEnd) => number | undefined;
}

function metricsOf(account: SimulatedAccount): readonly Metric[] {
  const constant = (name: string, labels: string, value: number): Metric => ({
    name,
    labels,
    needs: 'exporter',
    valueAt: () => value,
  });
  const balances = Object.entries(account.wallets).flatMap(([currency, wallet]) =>
    (['total', 'hold', 'available'] as const).map((kind): Metric => ({
      name: 'thedex_balance',
      labels: `currency="${currency}",kind="${kind}"`,
      needs: 'gateway',
      valueAt: (minute) => amountOf(wallet[minute], kind),
    })),
  );
  return [
    { name: 'up', labels: '', needs: 'target', valueAt: (_, end) => (end === 'down' ? 0 : 1) },
    { name: 'thedex_up', labels: '', needs: 'exporter', valueAt: (_, end) => (end === 'success' ? 1 : 0) },
    ...(['auth', 'timeout'] as const).map((reason): Metric => ({
      name: 'thedex_scrape_error',
      labels: `reason="${reason}"`,
      needs: 'exporter',
      valueAt: (_, end) => (end === reason ? 1 : 0),
    })),
    {
      name: 'thedex_scrape_duration_seconds',
      labels: '',
      needs: 'exporter',
      valueAt: (_, end) => (end === 'timeout' ? 10 : 0.3),
    },
    constant('thedex_scrape_timeout_seconds', '', 10),
    ...balances,
    ...(account.thresholds ?? []).map(({ currency, kind, severity, value }) =>
      constant(
        'thedex_balance_threshold',
        `currency="${currency}",kind="${kind}",severity="${severity}"`,
        Number(value),
      ),
    ),
    ...(account.valueThresholds ?? []).map(({ fiat, severity, value }) =>
      constant('thedex_value_threshold', `fiat="${fiat}",severity="${severity}"`, Number(value)),
    ),
    ...(account.alertLimits ?? []).map(({ currency, limit, value }) =>
      constant('thedex_alert_limit', `currency="${currency}",limit="${limit}"`, readLimit(value)),
    ),
    ...Object.entries(account.rates ?? {}).map(([currency, rate]) =>
      constant('thedex_exchange_rate', `currency="${currency}",fiat="USD"`, rate),
    ),
    ...Object.entries(account.payoutMinimums ?? {}).map(([currency, minimum]) =>
      constant('thedex_payout_minimum', `currency="${currency}"`, minimum),
    ),
    ...Object.entries(account.more ?? {}).map(([series, valueAt]): Metric => {
      const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series) ?? [];
      return { name, labels, needs: 'exporter', valueAt };
    }),
  ];
}

function amountOf(holding: Holding | undefined, kind: 'total' | 'hold' | 'available'): number | undefined {
  return holding && (kind === 'total' ? holding.available + holding.hold : holding[kind]);
}

function readLimit(text: string): number {
  return text === '+Inf' ? Infinity : Number(text);
}

/** Runs of one value in short; where a series ends, the marker that Prometheus writes when a scrape lacks it. */
function notate(values: readonly (number | undefined)[]): string {
  const words = values.map((value, minute) => {
    if (value !== undefined) return Number.isFinite(value) ? String(Math.round(value * 1e6) / 1e6) : '+Inf';
    return minute > 0 && values[minute - 1] !== undefined ? 'stale' : '_';
  });
  const runs: { word: string; count: number }[] = [];
  for (const word of words) {
    const last = runs.at(-1);
    if (last?.word === word) last.count += 1;
    else runs.push({ word, count: 1 });
  }
  return runs.map(({ word, count }) => notateRun(word, count)).join(' ');
}

function notateRun(word: string, count: number): string {
  if (count === 1) return word;
  return word === '_' ? `_x${count}` : `${word}+0x${count - 1}`;
}
