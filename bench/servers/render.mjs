// What the Node.js programs of the benchmark print: as many lines as the exporter prints by default, joined from text.

/** @param {string} name */
const headOf = (name) =>
  `# HELP ${name} What this metric means, in a sentence as long as they are.\n# TYPE ${name} gauge\n`;

const REASONS = [
  'timeout',
  'network',
  'tls',
  'auth',
  'rate_limited',
  'client_error',
  'server_error',
  'invalid_response',
];
const HEALTH = [
  `${headOf('thedex_invalid_balances')}thedex_invalid_balances 0\n`,
  `${headOf('thedex_up')}thedex_up 1\n`,
  `${headOf('thedex_scrape_duration_seconds')}thedex_scrape_duration_seconds 0.002\n`,
  `${headOf('thedex_scrape_timeout_seconds')}thedex_scrape_timeout_seconds 10\n`,
  headOf('thedex_scrape_error'),
  ...[...REASONS, 'internal'].map((reason) => `thedex_scrape_error{reason="${reason}"} 0\n`),
  `${headOf('thedex_scrape_collector_success')}thedex_scrape_collector_success{collector="balances"} 1\n`,
  `${headOf('thedex_scrape_collector_duration_seconds')}thedex_scrape_collector_duration_seconds{collector="balances"} 0.002\n`,
].join('');

/** As many lines as the exporter's own metrics have. */
export const linesOfOwnMetrics = Array.from(
  { length: 130 },
  (_, index) => `thedex_exporter_api_requests_total{endpoint="balances",outcome="outcome${index}"} 0\n`,
).join('');

/** @param {Record<string, { totalBalance: string, holdBalance: string, availableBalance: string }>[]} answer */
export function render(answer) {
  let balances = headOf('thedex_balance');
  let discrepancies = headOf('thedex_balance_discrepancy');
  for (const map of answer) {
    for (const currency of Object.keys(map)) {
      const { totalBalance, holdBalance, availableBalance } = map[currency] ?? {};
      const start = `thedex_balance{currency="${currency}",kind="`;
      balances += `${start}total"} ${totalBalance}\n${start}hold"} ${holdBalance}\n${start}available"} ${availableBalance}\n`;
      discrepancies += `thedex_balance_discrepancy{currency="${currency}"} 0\n`;
    }
  }
  return balances + discrepancies + HEALTH;
}
