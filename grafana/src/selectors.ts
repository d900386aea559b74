/** Matches the accounts that are chosen at the top of the dashboard. */
export const ACCOUNT = 'job=~"$job", account=~"$account"';

/** The same, and the chosen currencies. */
export const BALANCE = `${ACCOUNT}, currency=~"$currency"`;

/** Matches the exporters' own pages, which have no account. */
export const EXPORTER = 'job=~"$job"';

/** How long a last known number is shown while reads fail: long enough for a night. Its age stands beside it. */
export const LAST_KNOWN = '1d';

/**
 * One series for each account, however many exporters read it. The hidden variable `replica` lists the labels that tell
 * replicas apart; all others, those of the target included, belong to the account.
 */
export function perAccount(expression: string): string {
  return `max without ($replica) (${expression})`;
}

/** What is scraped now, one series for each account. */
export function live(metric: string, matchers: string): string {
  return perAccount(`${metric}{${matchers}}`);
}

/**
 * What is scraped now, and for accounts that cannot be read the last value of a day, of exporters that are targets or were
 * two hours ago: so that a pod that was replaced has no say, and an account that is lost stays as long as
 * TheDexAccountGone tells of it.
 */
export function lastKnown(metric: string, matchers: string): string {
  return `(
  ${live(metric, matchers)}
  or ${perAccount(`last_over_time(${metric}{${matchers}}[${LAST_KNOWN}]) and on (job, instance, account) ${TARGETS}`)}
    unless on (job, account) thedex_up{${ACCOUNT}} == 1
)`;
}

/** How numbers are looked up: {@link live} or {@link lastKnown}. */
export type Known = (metric: string, matchers: string) => string;

/** Targets of the chosen jobs, those of two hours ago included. */
export const TARGETS = `(up{${ACCOUNT}} or up{${ACCOUNT}} offset 2h)`;

/**
 * For tables: the label `account` says `default (JOB)` where there is none, so that every row has a name, and the kind of a
 * balance, which would keep the columns of a row apart, is left out.
 */
export function named(expression: string): string {
  return `label_replace(label_join(
  label_replace(label_replace(${expression}, "kind", "", "", ""), "account", "default", "account", ""),
  "name", " of ", "account", "job"), "account", "default ($1)", "name", "default of (.*)")`;
}
