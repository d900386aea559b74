/** The metrics of an account, in the order of the page: name, type `gauge`, help, and the labels that they carry. */
export const ACCOUNT_METRICS = {
  balance: {
    name: 'thedex_balance',
    labels: ['currency', 'kind'],
    help: 'Balance in units of the currency, by kind: total is the sum of hold (kept until it is unlocked) and available (can be withdrawn).',
  },
  discrepancy: {
    name: 'thedex_balance_discrepancy',
    labels: ['currency'],
    help: 'total - hold - available in units of the currency, computed exactly; 0 when the books of the gateway agree.',
  },
  threshold: {
    name: 'thedex_balance_threshold',
    labels: ['currency', 'kind'],
    help: 'Balance in units of the currency below which somebody wants to know, as configured.',
  },
  valueThreshold: {
    name: 'thedex_value_threshold',
    labels: ['fiat'],
    help: 'Value of all available balances in units of the fiat currency below which somebody wants to know, as configured.',
  },
  invalid: {
    name: 'thedex_invalid_balances',
    labels: [],
    help: 'Entries of the answer of this scrape that were not understood and so left out.',
  },
  rate: {
    name: 'thedex_exchange_rate',
    labels: ['currency', 'fiat'],
    help: 'Units of the fiat currency for one unit of the currency, as the gateway rates it.',
  },
  payoutMinimum: {
    name: 'thedex_payout_minimum',
    labels: ['currency'],
    help: 'Smallest payout that the gateway makes, in units of the currency.',
  },
  up: {
    name: 'thedex_up',
    labels: [],
    help: 'Whether the balances were read and understood in this scrape.',
  },
  duration: {
    name: 'thedex_scrape_duration_seconds',
    labels: [],
    help: 'How long this scrape of the account took.',
  },
  timeout: {
    name: 'thedex_scrape_timeout_seconds',
    labels: [],
    help: 'How long this scrape of the account was allowed to take.',
  },
  error: {
    name: 'thedex_scrape_error',
    labels: ['reason'],
    help: 'Why the balances could not be read in this scrape: 1 for the reason, 0 for all others.',
  },
  collectorSuccess: {
    name: 'thedex_scrape_collector_success',
    labels: ['collector'],
    help: 'Whether the collector succeeded in this scrape.',
  },
  collectorDuration: {
    name: 'thedex_scrape_collector_duration_seconds',
    labels: ['collector'],
    help: 'How long the collector took in this scrape.',
  },
} as const;

/** One metric of an account. */
export type AccountMetric = (typeof ACCOUNT_METRICS)[keyof typeof ACCOUNT_METRICS];
