import type { Configuration } from '../../src/config/settings.ts';
import { createApp, type AppOptions, type Serving } from '../../src/web/app.ts';
import { startServers } from '../../src/web/server.ts';
import { openWebConfig } from '../../src/web/web-config.ts';
import { createAccounts, type TestAccounts } from './account.ts';

/** The exporter's routes on a loopback port, without command line and process around them. */
export interface TestApp extends TestAccounts {
  readonly url: string;
  /** What a test may change while it serves. */
  readonly serving: { state: Serving['state']; reload: Serving['reload'] };
  /** Fulfilled as soon as no scrape is in flight. */
  readonly idle: () => Promise<void>;
  close(): Promise<void>;
}

export async function startApp(
  configuration: Configuration,
  overrides: Partial<AppOptions['web']> = {},
): Promise<TestApp> {
  const accounts = createAccounts(configuration);
  const { set, metrics, log } = accounts;
  const web = { telemetryPath: '/metrics', routePrefix: '', enableLifecycle: false, maxRequests: 100, ...overrides };
  const { telemetryPath, routePrefix } = web;
  const serving = {
    state: 'serving' as Serving['state'],
    get accounts() {
      return set.accounts;
    },
    deadline: configuration.gateway,
    info: {
      version: '1.2.3',
      revision: 'abc',
      telemetryPath,
      routePrefix,
      documentationUrl: 'https://docs.example',
      configuration: {},
      listenAddress: ':10055',
    },
    reload: () => Promise.resolve(),
  };
  const inForce = await openWebConfig(undefined, { log, routePrefix });
  const app = createApp({ web, serving, metrics, guards: inForce.guards, log });
  const servers = await startServers({
    handler: app.handler,
    addresses: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    systemdSocket: false,
    web: inForce,
    longestScrapeMs: configuration.gateway.timeoutMs,
    log,
  });
  return { ...accounts, url: servers.addresses[0] ?? '', serving, idle: app.idle, close: () => servers.drain(0) };
}
