import { LAST_READ } from '../balance-queries.ts';
import { ACCOUNT, EXPORTER, LAST_KNOWN } from '../selectors.ts';

/** What tells one scrape of an account from another. */
const TARGET = 'job, instance, account';

/** The part of all scrapes of a day that brought balances, target by target. */
export const SUCCESS = `(
  sum_over_time(thedex_up{${ACCOUNT}}[1d]) / on (${TARGET}) group_left () count_over_time(up{${ACCOUNT}}[1d])
)`;

/** How much of their deadline the reads of 15 minutes took on average, target by target. */
export const TIME_SHARE = `(
  avg_over_time(thedex_scrape_duration_seconds{${ACCOUNT}}[15m]) / avg_over_time(thedex_scrape_timeout_seconds{${ACCOUNT}}[15m])
)`;

/**
 * Seconds for which a target has been in the state that it is in, a day at most: since the last success, or since the last
 * failure, or since it is known.
 */
export const STATE_FOR = `(
  time() - ${LAST_READ} unless on (${TARGET}) thedex_up{${ACCOUNT}} == 1
  or time() - max_over_time((timestamp(thedex_up{${ACCOUNT}}) and thedex_up{${ACCOUNT}} == 0)[${LAST_KNOWN}:5m])
    and on (${TARGET}) thedex_up{${ACCOUNT}} == 1
  or 0 * last_over_time(thedex_up{${ACCOUNT}}[1h] offset 23h) + 86400
  or time() - min_over_time(timestamp(thedex_up{${ACCOUNT}})[${LAST_KNOWN}:5m])
)`;

/** Seconds since the balances were last read, target by target. */
export const READ_AGE = `(time() - ${LAST_READ})`;

const KNOWN = `last_over_time(thedex_exporter_build_info{${EXPORTER}}[${LAST_KNOWN}])`;

/** Exporters that cannot be scraped or are no targets any more; the value is since how many seconds. */
export const DOWN_EXPORTERS = `(
  time() - max without (version, revision, nodejs) (max_over_time(timestamp(thedex_exporter_build_info{${EXPORTER}})[${LAST_KNOWN}:1m]))
    unless on (job, instance) up{${EXPORTER}} == 1
    unless on (job) (up{${EXPORTER}} == 1 and on (job, instance) ${KNOWN} unless on (job) (up{${EXPORTER}} == 0 and on (job, instance) ${KNOWN}))
)`;

/** The version that each exporter runs, as a label of what it reads. */
export function withVersion(expression: string): string {
  return `${expression}
* on (instance) group_left (version) topk by (instance) (1, group by (instance, version) (${KNOWN}))`;
}
