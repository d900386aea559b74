import { currencyCodes } from '../support/history-market.ts';
import type { HistoryOptions } from '../support/history.ts';

const EXPORTER = { job: 'thedex', instance: 'exporter:10055', version: '0.1.0' };
const EVERYTHING = { rates: true, payoutLimits: true, thresholds: true };

/** The installations that the dashboards must serve, from the smallest to the most crowded. */
export const CASES = {
  /** One wallet on the exporter's own page, everything switched on. */
  single: {
    ...EVERYTHING,
    currencies: 3,
    wallets: [{ job: 'thedex', instance: 'exporter:10055' }],
    exporters: [EXPORTER],
  },
  /** The defaults: no rates, no payout limits, no thresholds, nothing firing. */
  bare: {
    rates: false,
    payoutLimits: false,
    thresholds: false,
    alerts: false,
    currencies: 3,
    wallets: [{ job: 'thedex', instance: 'exporter:10055' }],
    exporters: [EXPORTER],
  },
  /** Accounts on /probe beside the exporter's page, two exporters that know an account of the same name. */
  several: {
    ...EVERYTHING,
    currencies: 3,
    unrated: currencyCodes(3).slice(2),
    wallets: [
      { job: 'thedex', instance: 'exporter:10055' },
      { job: 'thedex-accounts', instance: 'exporter:10055', account: 'shop-eu' },
      { job: 'thedex-accounts', instance: 'exporter:10055', account: 'shop-us' },
      { job: 'thedex-accounts', instance: 'spare:10055', account: 'shop-us' },
    ],
    exporters: [EXPORTER, { job: 'thedex', instance: 'spare:10055', version: '0.2.0' }],
  },
  /** One account with sixty currencies, one of them without an exchange rate. */
  many: {
    ...EVERYTHING,
    currencies: 60,
    unrated: currencyCodes(60).slice(7, 8),
    wallets: [{ job: 'thedex-accounts', instance: 'exporter:10055', account: 'shop-eu' }],
    exporters: [EXPORTER],
  },
} satisfies Record<string, HistoryOptions>;
