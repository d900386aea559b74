import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { WebSettings } from '../config/settings.ts';
import type { Logger } from '../lib/log.ts';
import { accountsOf, type AccountSet } from '../scrape/accounts.ts';
import type { DeadlineSettings } from '../scrape/deadline.ts';
import type { PageRenderer } from '../scrape/pages.ts';
import { createNegotiation } from './accept.ts';
import { refuseOtherMethods } from './allowed-methods.ts';
import type { Readiness } from './readiness.ts';
import { answerDiscovery } from './routes/discovery.ts';
import { answerLanding, type LandingInfo } from './routes/landing.ts';
import { answerScrape, type ScrapeRoute } from './routes/metrics.ts';
import { answerProbe } from './routes/probe.ts';
import { answerReload } from './routes/reload.ts';
import type { ScrapeGate } from './scrape-gate.ts';

/** What the pages are made of. */
export interface AppOptions {
  readonly web: Pick<WebSettings, 'telemetryPath' | 'enableLifecycle'>;
  readonly deadline: DeadlineSettings;
  /** The accounts as they are at the moment of asking; a reload changes them. */
  readonly accountSet: () => AccountSet;
  readonly gate: ScrapeGate;
  readonly readiness: Readiness;
  /** Renders `/metrics`, with the exporter's own metrics, and `/probe`, without. */
  readonly pages: { readonly metrics: PageRenderer; readonly probe: PageRenderer };
  readonly landing: LandingInfo;
  /** @throws Error whose message says why the new configuration was not taken. */
  readonly reload: () => Promise<void>;
  /** What every request passes first: security headers, passwords. */
  readonly guards: readonly Middleware[];
  readonly log: Logger;
}

/** The exporter's pages as a Koa application. */
export function createApp(options: AppOptions): Koa {
  const app = new Koa();
  const router = createRouter(options);
  app.on('error', (error: unknown) => logDefect(options.log, error));
  for (const guard of options.guards) app.use(guard);
  app.use(closeWhileDraining(options.readiness));
  app.use(refuseOtherMethods(router));
  app.use(router.routes());
  return app;
}

function createRouter({ web, deadline, gate, pages, accountSet, readiness, landing, reload }: AppOptions): Router {
  const router = new Router({ strict: true, sensitive: true });
  const negotiate = createNegotiation();
  const routeOf = (renderer: PageRenderer): ScrapeRoute => ({ gate, deadline, pages: renderer, negotiate });
  router.get(web.telemetryPath, (ctx) => answerScrape(ctx, accountSet().accounts.default, routeOf(pages.metrics)));
  router.get('/probe', (ctx) => answerProbe(ctx, accountSet().accounts.named, routeOf(pages.probe)));
  router.get('/sd', (ctx) => answerDiscovery(ctx, accountSet().accounts.named.keys()));
  router.get('/-/healthy', (ctx) => {
    ctx.body = 'OK\n';
  });
  router.get('/-/ready', (ctx) => {
    ctx.status = readiness.isReady ? 200 : 503;
    ctx.body = readiness.isReady ? 'OK\n' : 'Not ready\n';
  });
  if (web.enableLifecycle) router.post('/-/reload', (ctx) => answerReload(ctx, reload));
  if (web.telemetryPath !== '/') {
    router.get('/', (ctx) => answerLanding(ctx, landing, accountsOf(accountSet())));
  }
  return router;
}

// A client that keeps its connection would otherwise keep the listeners of a process that wants to end.
function closeWhileDraining(readiness: Readiness): Middleware {
  return async (ctx, next) => {
    await next();
    if (readiness.isDraining) ctx.set('Connection', 'close');
  };
}

function logDefect(log: Logger, error: unknown): void {
  // A client that hangs up in the middle of an answer is no defect.
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') return;
  log.error('A page could not be made', { stack: error instanceof Error ? (error.stack ?? error.message) : 'unknown' });
}
