import type { AccountSettings, Configuration, GatewaySettings, KeyPair, KeySource } from '../../src/config/settings.ts';
import { createLogger, type Logger } from '../../src/lib/log.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Account } from '../../src/scrape/account.ts';
import { AccountSet } from '../../src/scrape/accounts.ts';
import { OwnMetrics } from '../../src/scrape/own-metrics.ts';
import type { Scrape, Snapshot } from '../../src/scrape/scrape.ts';
import { emptyBody } from '../../src/thedex/signature.ts';

/** Keys of all test accounts: no output of any test may hold them. */
export const API_KEY = 'test-api-key-1f7d';
export const SECRET_KEY = 'test-secret-key-9b2e';

/** Keys that never change. */
export function fixedKeys(apiKey = API_KEY, secretKey = SECRET_KEY): KeySource {
  const pair: KeyPair = { apiKey: new Secret(apiKey), secretKey: new Secret(secretKey) };
  return { pair, refresh: () => Promise.resolve(pair) };
}

/** Settings of an account at a gateway, as a configuration would give them. */
export function accountSettings(url: URL, overrides: Partial<AccountSettings> = {}): AccountSettings {
  return {
    name: undefined,
    url,
    keys: fixedKeys(),
    labels: {},
    thresholds: [],
    valueThresholds: [],
    alertLimits: [],
    ...overrides,
  };
}

export function gatewaySettings(overrides: Partial<GatewaySettings> = {}): GatewaySettings {
  return {
    timeoutMs: 5_000,
    timeoutOffsetMs: 500,
    legacyNonce: false,
    ca: undefined,
    collectors: { rates: false, payoutLimits: false },
    proxyFor: () => undefined,
    ...overrides,
  };
}

/** A configuration whose account without a name is the default one. */
export function configurationOf(accounts: readonly AccountSettings[], gateway = gatewaySettings()): Configuration {
  const named = accounts.flatMap((each) => (each.name === undefined ? [] : [[each.name, each] as const]));
  const own = accounts.find(({ name }) => name === undefined);
  return { accounts: { default: own, named: new Map(named) }, gateway, warnings: [] };
}

/** A log whose lines are kept. */
export function keepLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLogger({ level: 'debug', format: 'logfmt', write: (line) => lines.push(line) }) };
}

/** The accounts of a configuration, and what they tell. */
export interface TestAccounts {
  readonly set: AccountSet;
  readonly metrics: OwnMetrics;
  readonly log: Logger;
  readonly lines: string[];
}

export function createAccounts(configuration: Configuration): TestAccounts {
  const { log, lines } = keepLog();
  const metrics = new OwnMetrics({ version: '1.2.3', revision: 'abc' });
  const set = new AccountSet({ metrics, log, makeBody: emptyBody, userAgent: 'thedex-exporter/test' });
  set.apply(configuration);
  return { set, metrics, log, lines };
}

/** A default account at a gateway, ready to scrape. */
export function createAccount(
  url: URL,
  { settings = {}, gateway = {} }: { settings?: Partial<AccountSettings>; gateway?: Partial<GatewaySettings> } = {},
): TestAccounts & { readonly account: Account } {
  const accounts = createAccounts(configurationOf([accountSettings(url, settings)], gatewaySettings(gateway)));
  const account = accounts.set.accounts.default;
  if (account === undefined) throw new Error('there is no default account');
  return { ...accounts, account };
}

/** A scrape that has just arrived and may take so long; its client never hangs up unless a signal says so. */
export function scrapeFor(timeoutMs: number, gone: AbortSignal = new AbortController().signal): Scrape {
  return { timeoutMs, deadlineMs: performance.now() + timeoutMs, gone };
}

/** The reason why a scrape failed, `undefined` if it did not. @throws Error if its client had gone. */
export function reasonOf(snapshot: Snapshot | undefined): string | undefined {
  if (snapshot === undefined) throw new Error('there is no snapshot');
  const { balances } = snapshot.outcomes;
  return balances.ok ? undefined : balances.reason;
}
