import { Registry } from 'prom-client';
import type { Configuration, Settings } from '../config/settings.ts';
import type { Logger } from '../lib/log.ts';
import type { AccountFactory } from '../scrape/accounts.ts';
import { ExporterMetrics, type BuildInfo } from '../scrape/exporter-metrics.ts';
import { PageRenderer } from '../scrape/pages.ts';
import { registerProcessMetrics } from '../scrape/process-metrics.ts';
import { createNonceBody, emptyBody } from '../thedex/request-body.ts';
import { createApp } from '../web/app.ts';
import { Readiness } from '../web/readiness.ts';
import { ScrapeGate } from '../web/scrape-gate.ts';
import { startServers, type Servers } from '../web/server.ts';
import { proxyFor } from './proxy.ts';
import { Reloader } from './reloader.ts';
import { openWebConfig } from './web-config.ts';

const DOCUMENTATION_URL = 'https://github.com/thedex-exporter/thedex-exporter/tree/main/docs';

/** What an exporter is started with. */
export interface ExporterOptions {
  readonly settings: Settings;
  /** The accounts that it begins with; those of the settings, or the sandbox's. */
  readonly configuration: Configuration;
  /** Reads the configuration and its secrets anew, for a reload. */
  readonly read: () => Promise<Configuration>;
  readonly build: BuildInfo;
  readonly log: Logger;
}

/** A running exporter. */
export interface Exporter {
  readonly servers: Servers;
  readonly readiness: Readiness;
  readonly gate: ScrapeGate;
  readonly reloader: Reloader;
}

/**
 * Puts the house together and opens its doors; `readiness` still has to be told that start-up is done.
 * @throws ConfigurationError if an address cannot be had, or the web configuration has a mistake.
 */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { settings, configuration, read, build, log } = options;
  const { web, gateway } = settings;
  const registry = new Registry();
  const factory: AccountFactory = {
    metrics: new ExporterMetrics(registry, build),
    log,
    makeBody: gateway.legacyNonce ? createNonceBody() : emptyBody,
    userAgent: `thedex-exporter/${build.version}`,
    proxyFor,
  };
  registerProcessMetrics(registry);
  const { createTlsServer, guards } = await openWebConfig(web.configFile, log);
  const reloader = new Reloader(configuration, { factory, read, log });
  const readiness = new Readiness();
  const gate = new ScrapeGate(web.maxRequests);
  const app = createApp({
    web,
    deadline: gateway,
    accountSet: () => reloader.current,
    gate,
    readiness,
    pages: { metrics: new PageRenderer(registry), probe: new PageRenderer(undefined) },
    landing: { ...build, telemetryPath: web.telemetryPath, documentationUrl: DOCUMENTATION_URL },
    reload: () => reloader.reload(),
    guards,
    log,
  });
  const handle = app.callback();
  const servers = await startServers({
    handler: (request, response) => void handle(request, response),
    addresses: web.listenAddresses,
    systemdSocket: web.systemdSocket,
    createTlsServer,
    longestScrapeMs: gateway.timeoutMs,
  });
  return { servers, readiness, gate, reloader };
}
