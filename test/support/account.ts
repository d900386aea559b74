import { PassThrough } from 'node:stream';
import { Registry } from 'prom-client';
import type { AccountSettings, Accounts, Configuration, GatewaySettings } from '../../src/config/settings.ts';
import { createLogger } from '../../src/lib/log.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createAccountSet, type AccountFactory, type AccountSet } from '../../src/scrape/accounts.ts';
import { ExporterMetrics } from '../../src/scrape/exporter-metrics.ts';
import type { Waiter } from '../../src/scrape/shared-read.ts';
import { emptyBody } from '../../src/thedex/request-body.ts';

/** Keys of all test accounts: no output of any test may hold them. */
export const API_KEY = 'test-api-key-1f7d';
export const SECRET_KEY = 'test-secret-key-9b2e';

/** Settings of an account at a gateway, as a configuration would give them. */
export function accountSettings(url: URL, overrides: Partial<AccountSettings> = {}): AccountSettings {
  return {
    name: undefined,
    url,
    apiKey: new Secret(API_KEY),
    secretKey: new Secret(SECRET_KEY),
    thresholds: [],
    valueThresholds: [],
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
    ...overrides,
  };
}

/** A configuration whose accounts without a name are the default one. */
export function configurationOf(accounts: readonly AccountSettings[], gateway = gatewaySettings()): Configuration {
  const named = accounts.flatMap((each) => (each.name === undefined ? [] : [[each.name, each] as const]));
  const sorted: Accounts<AccountSettings> = {
    default: accounts.find(({ name }) => name === undefined),
    named: new Map(named),
  };
  return { accounts: sorted, gateway };
}

/** What accounts are made with, its log lines collected. */
export interface TestFactory extends AccountFactory {
  readonly registry: Registry;
  readonly lines: string[];
}

export function createFactory(overrides: Partial<AccountFactory> = {}): TestFactory {
  const registry = new Registry();
  const lines: string[] = [];
  return {
    registry,
    lines,
    metrics: new ExporterMetrics(registry, { version: '1.2.3', revision: 'abc' }),
    log: createLogger({ level: 'debug', format: 'logfmt', write: (line) => lines.push(line) }),
    makeBody: emptyBody,
    userAgent: 'thedex-exporter/test',
    proxyFor: () => undefined,
    ...overrides,
  };
}

/** The default account of a set, which the test made with one. */
export function defaultAccount({ accounts }: AccountSet) {
  if (accounts.default === undefined) throw new Error('the set has no default account');
  return accounts.default;
}

/** An account at a gateway, ready to scrape. */
export function createTestAccount(url: URL, gateway: Partial<GatewaySettings> = {}, factory = createFactory()) {
  const set = createAccountSet(configurationOf([accountSettings(url)], gatewaySettings(gateway)), factory);
  return defaultAccount(set);
}

/** A client that never hangs up. */
export function patient(): Waiter {
  return new PassThrough();
}
