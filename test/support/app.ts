import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Configuration } from '../../src/config/settings.ts';
import { createAccountSet, type AccountSet } from '../../src/scrape/accounts.ts';
import { PageRenderer } from '../../src/scrape/pages.ts';
import { createApp, type AppOptions } from '../../src/web/app.ts';
import { Readiness } from '../../src/web/readiness.ts';
import { ScrapeGate } from '../../src/web/scrape-gate.ts';
import { createFactory, type TestFactory } from './account.ts';

/** The exporter's pages on a loopback port, without command line and process around them. */
export interface TestApp {
  readonly url: string;
  readonly factory: TestFactory;
  readonly set: AccountSet;
  readonly readiness: Readiness;
  readonly gate: ScrapeGate;
  close(): Promise<void>;
}

export async function startApp(configuration: Configuration, overrides: Partial<AppOptions> = {}): Promise<TestApp> {
  const factory = createFactory();
  const set = createAccountSet(configuration, factory);
  const readiness = overrides.readiness ?? new Readiness();
  const gate = overrides.gate ?? new ScrapeGate(100);
  const app = createApp({
    web: { telemetryPath: '/metrics', enableLifecycle: false },
    deadline: configuration.gateway,
    accountSet: () => set,
    gate,
    readiness,
    pages: { metrics: new PageRenderer(factory.registry), probe: new PageRenderer(undefined) },
    landing: { version: '1.2.3', revision: 'abc', telemetryPath: overrides.web?.telemetryPath ?? '/metrics' },
    reload: () => Promise.resolve(),
    guards: [],
    log: factory.log,
    ...overrides,
  });
  const handle = app.callback();
  const server = http.createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    factory,
    set,
    readiness,
    gate,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
