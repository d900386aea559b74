import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { ACCOUNT, LAST_KNOWN, perAccount } from '../selectors.ts';

interface Outcome {
  /** The value of the label `reason`. */
  readonly reason: string;
  readonly text: string;
  readonly color: string;
}

/** Why a read can fail, those that only a person can mend in red. */
export const FAILURES: readonly Outcome[] = [
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

export const DOWN = FAILURES.length + 1;
export const GONE = DOWN + 1;

/**
 * A number for what became of each scrape: 0 read, 1 to 9 the reason why not, 10 the exporter could not be scraped. In steps
 * of a graph it is the worst of the step, so that no short failure is lost.
 */
export function outcome(window = ''): string {
  const over = (how: 'max' | 'min', series: string): string =>
    window === '' ? series : `${how}_over_time(${series}${window})`;
  // Mostly nothing failed: what is filtered at once needs no matching for each point of a graph.
  const errors = FAILURES.map(
    ({ reason }, index) =>
      `${index + 1} * (${over('max', `thedex_scrape_error{${ACCOUNT}, reason="${reason}"}`)} == 1)`,
  );
  const isDown = `(${over('min', `up{${ACCOUNT}}`)} == 0) + ${DOWN}`;
  return `max without (reason) (
  ${errors.join('\n  or ')}
  or ${isDown} and on (job, instance, account) last_over_time(thedex_up{${ACCOUNT}}[${LAST_KNOWN}] @ end())
  or 0 * ${over('max', `thedex_up{${ACCOUNT}}`)}
)`;
}

/** Also of targets that Prometheus has no longer, where no other exporter reads the account: 11, for a day. */
export const OUTCOME = `(
${outcome()}
or 0 * last_over_time(thedex_up{${ACCOUNT}}[${LAST_KNOWN}]) + ${GONE} unless on (job, account) up{${ACCOUNT}}
)`;

/** The best outcome of all exporters that read an account. */
export const STATE = `min without ($replica) ${OUTCOME}`;

type NamedColor = readonly [text: string, color: string];

/** What those numbers are called, and their colours, which tell one from another. */
export function outcomeMappings(): ValueMapping[] {
  const failures = FAILURES.map(({ text, color }): NamedColor => [text, color]);
  return mappings([['read', 'green'], ...failures, ['exporter down', 'dark-orange'], ['target gone', 'text']]);
}

/** The same as words, in the few colours that can be read on white and on black. */
export function outcomeWords(): ValueMapping[] {
  const failures = FAILURES.map(({ text }): NamedColor => [text, 'red']);
  return mappings([['read', 'green'], ...failures, ['exporter down', 'red'], ['target gone', 'text']]);
}

function mappings(named: readonly NamedColor[]): ValueMapping[] {
  const options = Object.fromEntries(named.map(([text, color], index) => [String(index), { text, color, index }]));
  return [{ type: MappingType.ValueToText, options }];
}

/** Accounts, one series each, that could not be read at some time of the dashboard's range, or are targets no more. */
export const FAILED = `(
  ${perAccount(`1 - min_over_time(thedex_up{${ACCOUNT}}[$__range] @ end())`)} > 0
  or ${perAccount(`1 - min_over_time(up{${ACCOUNT}}[$__range] @ end()) and on (job, instance, account) last_over_time(thedex_up{${ACCOUNT}}[${LAST_KNOWN}] @ end())`)} > 0
  or ${perAccount(`0 * last_over_time(thedex_up{${ACCOUNT}}[$__range] @ end()) + 1`)} unless on (job, account) up{${ACCOUNT}} @ end()
)`;
