import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { WALLET, WALLET_LABELS } from '../selectors.ts';

interface Outcome {
  /** The value of the label `reason`. */
  readonly reason: string;
  readonly text: string;
  readonly color: string;
}

/** Why a read can fail, those that only a person can mend in red. */
const FAILURES: readonly Outcome[] = [
  { reason: 'timeout', text: 'timeout', color: 'yellow' },
  { reason: 'network', text: 'network', color: 'purple' },
  { reason: 'tls', text: 'TLS', color: 'dark-purple' },
  { reason: 'auth', text: 'key refused', color: 'red' },
  { reason: 'rate_limited', text: 'rate limited', color: 'blue' },
  { reason: 'client_error', text: 'client error', color: 'light-red' },
  { reason: 'server_error', text: 'server error', color: 'orange' },
  { reason: 'invalid_response', text: 'invalid response', color: 'light-blue' },
  { reason: 'internal', text: 'defect of the exporter', color: 'dark-red' },
];

const EXPORTER_DOWN = FAILURES.length + 1;

/** A number for what became of each scrape: 0 read, 1 to 9 the reason why not, 10 the exporter could not be scraped. */
export const OUTCOME = `(
    max by (${WALLET_LABELS}) (
      ${FAILURES.map(({ reason }, index) => `${index + 1} * thedex_scrape_error{${WALLET}, reason="${reason}"}`).join('\n      or ')}
    )
    unless on (${WALLET_LABELS}) up{${WALLET}} == 0
  or on (${WALLET_LABELS})
    (up{${WALLET}} == 0) + ${EXPORTER_DOWN}
      and on (${WALLET_LABELS}) present_over_time(thedex_up{${WALLET}}[$__range] @ end())
  )`;

/** What those numbers are called, and their colours. */
export function outcomeMappings(): ValueMapping[] {
  const named: readonly (readonly [string, string])[] = [
    ['read', 'green'],
    ...FAILURES.map(({ text, color }): readonly [string, string] => [text, color]),
    ['exporter down', 'text'],
  ];
  const options = Object.fromEntries(named.map(([text, color], index) => [String(index), { text, color, index }]));
  return [{ type: MappingType.ValueToText, options }];
}
