import type { BalanceThreshold, ValueThreshold } from '../config/settings.ts';
import type { Account } from '../scrape/account.ts';
import type { PastScrape } from '../scrape/history.ts';
import type { Snapshot } from '../scrape/snapshot.ts';

type Found<K extends keyof Snapshot['outcomes']> = Extract<
  NonNullable<Snapshot['outcomes'][K]>,
  { readonly ok: true }
>['value'];
export type Balance = Found<'balances'>['valid'][number];
export type ExchangeRate = Found<'rates'>['valid'][number];
export type Reason = NonNullable<PastScrape['failure']>;

/** Balances of one successful read, with whatever rates came with them. */
export interface LastBalances {
  /** When the read began, in milliseconds since the epoch. */
  readonly readAtMs: number;
  readonly balances: readonly Balance[];
  /** Names of entries of the answer that were not understood and are left out. */
  readonly invalid: readonly string[];
  /** Empty if the collector is off or failed. */
  readonly rates: readonly ExchangeRate[];
  readonly ratesFailed: boolean;
}

/** An account as it was at one moment: everything that a page says of it is made of this. */
export interface AccountReading {
  /** The name, or {@link DEFAULT_ACCOUNT_ID}: what the page's own links call the account. */
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
  /** Oldest first. */
  readonly scrapes: readonly PastScrape[];
  readonly lastBalances: LastBalances | undefined;
  readonly thresholds: readonly BalanceThreshold[];
  readonly valueThresholds: readonly ValueThreshold[];
}

/** The id of the account without a name. A colon cannot be in a name, and an account may be named `default`. */
const DEFAULT_ACCOUNT_ID = ':default';

/** Takes down what is known of an account, all at once, so that a scrape that ends meanwhile cannot mix in. */
export function readAccount({ displayName, settings, history }: Account): AccountReading {
  const { scrapes, lastSuccess } = history;
  return {
    id: settings.name ?? DEFAULT_ACCOUNT_ID,
    name: displayName,
    isDefault: settings.name === undefined,
    scrapes,
    lastBalances: lastSuccess && lastBalancesOf(lastSuccess),
    thresholds: settings.thresholds,
    valueThresholds: settings.valueThresholds,
  };
}

function lastBalancesOf({ startedAtMs, outcomes }: Snapshot): LastBalances | undefined {
  const { balances, rates } = outcomes;
  if (!balances.ok) return undefined;
  return {
    readAtMs: startedAtMs,
    balances: balances.value.valid,
    invalid: balances.value.invalid,
    rates: rates?.ok === true ? rates.value.valid : [],
    ratesFailed: rates?.ok === false,
  };
}
