import { currencyCodes, type Habit } from '../support/history-market.ts';
import type { Outcome } from '../support/history-account.ts';
import { createHistory, type History, type HistoryOptions } from '../support/history.ts';

const EXPORTER = { job: 'thedex', instance: 'exporter:10055', version: '0.1.0' };
const SPARE = { job: 'thedex', instance: 'spare:10055', version: '0.2.0' };
const EVERYTHING = { rates: true, payoutLimits: true, thresholds: true, limits: true };
const ONE = { job: 'thedex', instances: ['exporter:10055'] };

/** Fails for a reason from so many minutes before the end until so many. */
function during(reason: Outcome, from: number, to = -1): (before: number) => Outcome {
  return (before) => (before <= from && before > to ? reason : 'success');
}

function named(account: string, outcome?: (before: number) => Outcome): HistoryOptions['accounts'][number] {
  return { job: 'thedex-accounts', instances: ['exporter:10055'], account, ...(outcome && { outcome }) };
}

/** Nothing is below a threshold, nothing falls. */
const CALM: Habit = {
  deposit: 2,
  payout: 0,
  payoutChance: 0,
  holdShare: 0.02,
  topUpEveryMinutes: 0,
  threshold: 30_000,
};

/** The installations and states that the dashboards must serve. */
export const CASES = {
  /** One account on the exporter's own page, everything switched on. */
  single: { ...EVERYTHING, currencies: currencyCodes(3), accounts: [ONE], exporters: [EXPORTER] },
  /** The defaults: no rates, no payout limits, no thresholds, and no rules loaded. */
  bare: {
    rates: false,
    payoutLimits: false,
    thresholds: false,
    rules: false,
    currencies: currencyCodes(3),
    accounts: [ONE],
    exporters: [EXPORTER],
  },
  /** All is well. */
  calm: { ...EVERYTHING, habits: [CALM], currencies: currencyCodes(4), accounts: [ONE], exporters: [EXPORTER] },
  /** A pair of exporters for one account; the second one cannot reach the gateway for the last 40 minutes. */
  pair: {
    ...EVERYTHING,
    currencies: currencyCodes(3),
    accounts: [
      {
        job: 'thedex',
        instances: ['exporter:10055', 'spare:10055'],
        outcome: (before: number, instance: string) =>
          instance === 'spare:10055' ? during('network', 40)(before) : 'success',
      },
    ],
    exporters: [EXPORTER, SPARE],
  },
  /** The only exporter has been down for 40 minutes. */
  down: {
    ...EVERYTHING,
    currencies: currencyCodes(3),
    accounts: [{ ...ONE, outcome: during('down', 40) }],
    exporters: [{ ...EXPORTER, state: (before: number) => (before <= 40 ? 'down' : 'up') }],
  },
  /** The gateway has not answered for three hours, after a shorter outage the day before. */
  outage: {
    ...EVERYTHING,
    currencies: currencyCodes(3),
    accounts: ['shop-eu', 'shop-us'].map((account) =>
      named(account, (before) => (before <= 180 ? 'server_error' : during('timeout', 1300, 1260)(before))),
    ),
    exporters: [EXPORTER],
  },
  /** Ten minutes after the install. */
  fresh: { ...EVERYTHING, hours: 1 / 6, currencies: currencyCodes(3), accounts: [ONE], exporters: [EXPORTER] },
  /** Shiba by the billion beside Bitcoin by the thousandth. */
  scales: {
    ...EVERYTHING,
    currencies: ['SHIB_ETHEREUM', 'BTC_BITCOIN', 'USDT_TRON'],
    habits: [
      { ...CALM, threshold: 11_800, payout: 900, payoutChance: 0.02 },
      { ...CALM, threshold: 20, payout: 3, payoutChance: 0.004, holdShare: 0.62 },
      { ...CALM, threshold: 900 },
    ],
    accounts: [ONE],
    exporters: [EXPORTER],
  },
  /** Twelve accounts of eight currencies: one whose key is refused, one that times out now and then, and a default one. */
  twelve: {
    ...EVERYTHING,
    hours: 26,
    currencies: currencyCodes(8),
    accounts: [
      ONE,
      ...Array.from({ length: 9 }, (_account, index) => named(`shop-${index + 1}`)),
      named('casino', during('auth', 95)),
      named('payroll', (before) => (before % 97 === 5 || before < 4 ? 'timeout' : 'success')),
    ],
    exporters: [EXPORTER],
  },
  /** One account with sixty currencies, most of them empty, one of them without an exchange rate. */
  sixty: {
    ...EVERYTHING,
    currencies: currencyCodes(60),
    unrated: currencyCodes(60).slice(7, 8),
    empty: currencyCodes(60).slice(30),
    accounts: [named('shop-eu')],
    exporters: [EXPORTER],
  },
  /** An account that Prometheus lost as a target three quarters of an hour ago, beside one that it still has. */
  gone: {
    ...EVERYTHING,
    currencies: currencyCodes(3),
    accounts: [named('shop-eu'), named('shop-us', during('gone', 45))],
    exporters: [EXPORTER],
  },
} satisfies Record<string, HistoryOptions>;

export type CaseName = keyof typeof CASES;

const made = new Map<CaseName, History>();
process.once('exit', () => {
  for (const history of made.values()) history.remove();
});

/** The history of a case: made once, used by every test that asks for it, and removed with the process. */
export function historyOf(name: CaseName, promtool: string): History {
  const history = made.get(name) ?? createHistory(promtool, CASES[name]);
  made.set(name, history);
  return history;
}
