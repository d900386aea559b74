/** The labels that all series of one wallet share; `account` only where the exporter is asked for one by name. */
export const WALLET_LABELS = 'job, instance, account';

/** Matches the wallets that are chosen at the top of the dashboard. */
export const WALLET = 'job=~"$job", instance=~"$instance", account=~"$account"';

/** The same, and the chosen currencies. */
export const CURRENCY = `${WALLET}, currency=~"$currency"`;

/** Matches the exporters that are chosen, on their own pages, which have no account. */
export const EXPORTER = 'job=~"$job", instance=~"$instance"';

/**
 * How long a wallet's last known number is shown while reads fail: long enough for a night.
 * Its age stands beside it, and targets that Prometheus has let go are left out at once.
 */
export const LAST_KNOWN = '1d';

/** The scrape interval of the bundled configuration: the step at which ups and downs are added up. */
export const STEP = '1m';

const SEEN = `present_over_time(thedex_up{${WALLET}}[$__range] @ end())`;

/**
 * One series of value 1 for each wallet in view, with the label `wallet`: how a legend calls it.
 * A single wallet needs no name and gets none; among several, each is called by its account, the instance is added where
 * several have an account of that name (or none), and the job where even that is not enough.
 * The end of the range decides for all of it, so that names do not change half-way.
 */
const WALLET_NAMES = `(
    label_join(${SEEN}, "wallet", " ", "account", "instance", "job")
      and on (account, instance) count by (account, instance) (${SEEN}) > 1
    or on (${WALLET_LABELS})
    label_join(${SEEN}, "wallet", " ", "account", "instance")
      and on (account) count by (account) (${SEEN}) > 1
    or on (${WALLET_LABELS})
    label_replace(label_replace(${SEEN}, "wallet", "default", "", ""), "wallet", "$1", "account", "(.+)")
      and on () count(${SEEN}) > 1
    or on (${WALLET_LABELS})
    ${SEEN}
  )`;

/** Adds the label `wallet` to every series of `expression`. */
export function named(expression: string): string {
  return `(${expression})
  * on (${WALLET_LABELS}) group_left (wallet) ${WALLET_NAMES}`;
}

/** Only the wallets that Prometheus still scrapes, or tries to: a replaced instance must not count twice. `modifier` may be ` @ end()`. */
export function stillScraped(expression: string, modifier = ''): string {
  return `(${expression} and on (${WALLET_LABELS}) up{${WALLET}}${modifier})`;
}
