import type { AccountSettings, Accounts, Configuration } from '../config/settings.ts';
import type { Logger } from '../lib/log.ts';
import { createClient } from '../thedex/client.ts';
import { createConnection } from '../thedex/connection.ts';
import type { BodyMaker } from '../thedex/request-body.ts';
import { Account } from './account.ts';
import type { ExporterMetrics } from './exporter-metrics.ts';

/** What all accounts have in common, for as long as the process lives. */
export interface AccountFactory {
  readonly metrics: ExporterMetrics;
  readonly log: Logger;
  readonly makeBody: BodyMaker;
  readonly userAgent: string;
  /** The proxy that leads to a gateway, if one does. */
  readonly proxyFor: (url: URL) => URL | undefined;
}

/** The accounts of one configuration, and the configuration itself. */
export interface AccountSet {
  readonly configuration: Configuration;
  readonly accounts: Accounts<Account>;
}

/**
 * Makes the accounts of a configuration. An account that stands unchanged in the previous set is taken over as it is,
 * with its connections and its history.
 */
export function createAccountSet(
  configuration: Configuration,
  factory: AccountFactory,
  previous?: AccountSet,
): AccountSet {
  const sameGateway = previous !== undefined && haveSameGateway(previous.configuration, configuration);
  const make = (settings: AccountSettings, earlier: Account | undefined): Account =>
    sameGateway && earlier !== undefined && areSame(earlier.settings, settings)
      ? earlier
      : createAccount(settings, configuration, factory);
  const { accounts } = configuration;
  const named = new Map<string, Account>();
  for (const [name, settings] of accounts.named) named.set(name, make(settings, previous?.accounts.named.get(name)));
  return {
    configuration,
    accounts: {
      default: accounts.default && make(accounts.default, previous?.accounts.default),
      named,
    },
  };
}

/** All accounts of a set, the default one first. */
export function accountsOf({ accounts }: AccountSet): Account[] {
  return [...(accounts.default ? [accounts.default] : []), ...accounts.named.values()];
}

function createAccount(settings: AccountSettings, { gateway }: Configuration, factory: AccountFactory): Account {
  const { url, apiKey, secretKey } = settings;
  const { makeBody, userAgent, metrics, log } = factory;
  const connection = createConnection({ url, ca: gateway.ca, proxy: factory.proxyFor(url) });
  return new Account({
    settings,
    collectors: gateway.collectors,
    client: createClient({ url, apiKey, secretKey, makeBody, connection, userAgent }),
    metrics,
    log,
    closeConnections: () => connection.close(),
  });
}

function haveSameGateway({ gateway: a }: Configuration, { gateway: b }: Configuration): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function areSame(a: AccountSettings, b: AccountSettings): boolean {
  const described = ({ name, url, thresholds, valueThresholds }: AccountSettings) =>
    JSON.stringify([name, url.href, thresholds, valueThresholds]);
  return a.apiKey.equals(b.apiKey) && a.secretKey.equals(b.secretKey) && described(a) === described(b);
}
