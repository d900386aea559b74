import type { RequestListener } from 'node:http';
import { Router } from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Accounts, GatewaySettings, WebSettings } from '../config/settings.ts';
import { LANDING_POLICY, renderLanding, type ProgramInfo } from '../landing/page.tsx';
import type { Logger } from '../lib/log.ts';
import type { Account } from '../scrape/account.ts';
import { CONTENT_TYPES, type OwnMetrics } from '../scrape/own-metrics.ts';
import { negotiateFormat, Pages } from '../scrape/page.ts';
import { scrapeTimeoutMs } from '../scrape/scrape.ts';
import { arrivalOf } from './connections.ts';

/** What the routes are about; all of it may change from request to request. */
export interface Serving {
  /** `starting` before start-up is done, `draining` once the process was asked to end. */
  readonly state: 'starting' | 'serving' | 'draining';
  readonly accounts: Accounts<Account>;
  readonly deadline: Pick<GatewaySettings, 'timeoutMs' | 'timeoutOffsetMs'>;
  readonly info: ProgramInfo;
  /** @throws Error whose message says why the new configuration was not taken. */
  reload(): Promise<void>;
}

export interface AppOptions {
  readonly web: Pick<WebSettings, 'telemetryPath' | 'routePrefix' | 'enableLifecycle' | 'maxRequests'>;
  readonly serving: Serving;
  readonly metrics: OwnMetrics;
  /** What every request passes first: configured headers, a limit of their rate, passwords. */
  readonly guards: readonly Middleware[];
  readonly log: Logger;
}

/** The exporter's routes. */
export interface App {
  readonly handler: RequestListener;
  /** Fulfilled as soon as no scrape is in flight. */
  readonly idle: () => Promise<void>;
}

const TIMEOUT_HEADER = 'X-Prometheus-Scrape-Timeout-Seconds';
/** When a scrape is turned away because too many are in flight, the oldest of them ends within this time as a rule. */
const RETRY_AFTER_SECONDS = 5;

/** What every page carries unless its route, or the web configuration, says otherwise. */
export const DEFAULT_HEADERS: Readonly<Record<string, string>> = {
  // Nothing is loaded, framed or sent: most pages are plain text. The landing page sets a policy that allows its style.
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  // Balances do not belong into the caches of browsers and proxies.
  'Cache-Control': 'no-store',
};

/** The exporter's routes as a Koa application. */
export function createApp(options: AppOptions): App {
  const { serving, guards, log } = options;
  const app = new Koa();
  app.on('error', (error: unknown) => logDefect(log, error));
  const scrapes = new ScrapeRoute(options);
  const router = createRouter(options, scrapes);
  app.use(setDefaultHeaders);
  for (const guard of guards) app.use(guard);
  app.use(async (ctx, next) => {
    await next();
    // A client that keeps its connection would otherwise keep the listeners of a process that wants to end.
    if (serving.state === 'draining') ctx.set('Connection', 'close');
  });
  app.use(refuseOtherMethods(router));
  app.use(router.routes());
  const handle = app.callback();
  const handler: RequestListener = (request, response) => {
    // Koa takes such a target for a defect of its own.
    if (URL.canParse(request.url ?? '', 'http://localhost')) void handle(request, response);
    else response.writeHead(400, DEFAULT_HEADERS).end('Bad Request: expected a path.\n');
  };
  return { handler, idle: () => scrapes.idle() };
}

/** Sets the security headers of every page, also of those that tell of a mistake. */
export async function setDefaultHeaders(ctx: Context, next: () => Promise<unknown>): Promise<void> {
  ctx.set(DEFAULT_HEADERS);
  try {
    await next();
  } catch (error) {
    // Koa's own answer to an error drops all headers.
    ctx.app.emit('error', error, ctx);
    ctx.status = 500;
    ctx.body = 'Internal Server Error\n';
  }
}

function createRouter({ web, serving }: AppOptions, scrapes: ScrapeRoute): Router {
  const router = new Router({ strict: true, sensitive: true });
  const { routePrefix: prefix, telemetryPath } = web;
  router.get(prefix + telemetryPath, (ctx) => scrapes.answer(ctx, serving.accounts.default, 'with own metrics'));
  router.get(`${prefix}/probe`, (ctx) => answerProbe(ctx, serving.accounts.named, scrapes));
  router.get(`${prefix}/sd`, (ctx) => answerDiscovery(ctx, serving.accounts.named));
  router.get(`${prefix}/-/healthy`, (ctx) => {
    ctx.body = 'OK\n';
  });
  router.get(`${prefix}/-/ready`, (ctx) => {
    const isReady = serving.state === 'serving';
    ctx.status = isReady ? 200 : 503;
    ctx.body = isReady ? 'OK\n' : 'Not ready\n';
  });
  router.post(`${prefix}/-/reload`, (ctx) => answerReload(ctx, web.enableLifecycle, serving));
  // Metrics whose path is `/` are found before it.
  router.get(`${prefix}/`, (ctx) => answerLanding(ctx, serving));
  if (prefix !== '') router.get(prefix, (ctx) => ctx.redirect(`${prefix}/`));
  return router;
}

/** Answers scrapes, up to `--web.max-requests` at once. */
class ScrapeRoute {
  readonly #options: AppOptions;
  readonly #pages = new Pages();
  #inFlight = 0;
  #onIdle: (() => void)[] = [];

  constructor(options: AppOptions) {
    this.#options = options;
  }

  idle(): Promise<void> {
    return this.#inFlight === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Answers one scrape: of an account, or of the exporter alone where there is none. */
  async answer(ctx: Context, account: Account | undefined, own?: 'with own metrics'): Promise<void> {
    if (this.#inFlight >= this.#options.web.maxRequests) {
      ctx.status = 503;
      ctx.set('Retry-After', String(RETRY_AFTER_SECONDS));
      ctx.body = 'Too many scrapes are in flight (--web.max-requests); try again later.\n';
      return;
    }
    this.#inFlight += 1;
    try {
      await this.#scrape(ctx, account, own === undefined ? undefined : this.#options.metrics);
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) for (const tell of this.#onIdle.splice(0)) tell();
    }
  }

  async #scrape(ctx: Context, account: Account | undefined, own: OwnMetrics | undefined): Promise<void> {
    const { atMs, gone } = arrivalOf(ctx.req);
    const timeoutMs = scrapeTimeoutMs(ctx.get(TIMEOUT_HEADER), this.#options.serving.deadline);
    const snapshot = await account?.scrape({ timeoutMs, deadlineMs: atMs + timeoutMs, gone });
    if (gone.aborted) return;
    const variant = {
      format: negotiateFormat(ctx.get('Accept')),
      gzip: ctx.acceptsEncodings('gzip', 'identity') === 'gzip',
    };
    const scraped = account && snapshot && { snapshot, settings: account.settings };
    const page = await this.#pages.render({ scraped, own }, variant);
    ctx.res.once('close', page.release);
    ctx.set('Vary', 'Accept, Accept-Encoding');
    ctx.set('Content-Type', CONTENT_TYPES[variant.format]);
    if (variant.gzip) ctx.set('Content-Encoding', 'gzip');
    ctx.body = page.bytes;
  }
}

/** Answers `/probe?target=NAME` with the metrics of that account alone; a target is a configured name, never a URL. */
async function answerProbe(ctx: Context, named: ReadonlyMap<string, Account>, scrapes: ScrapeRoute): Promise<void> {
  const { target } = ctx.query;
  const account = typeof target === 'string' ? named.get(target) : undefined;
  if (account !== undefined) return scrapes.answer(ctx, account);
  ctx.status = 400;
  // The target is not repeated: somebody may have put a key there.
  ctx.body =
    target === undefined || target === ''
      ? 'The parameter target is missing: expected /probe?target=NAME with the name of a configured account.\n'
      : 'The target is not known: expected the name of a configured account, as /sd lists them.\n';
}

/** Answers `/sd` in the form of Prometheus' `http_sd_configs`: one group for each named account. */
function answerDiscovery(ctx: Context, named: ReadonlyMap<string, Account>): void {
  const groups = [...named].map(([name, { settings }]) => {
    const own = Object.entries(settings.labels).map(([label, value]) => [`__meta_thedex_label_${label}`, value]);
    return { targets: [name], labels: { __meta_thedex_account: name, ...Object.fromEntries(own) } };
  });
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = JSON.stringify(groups);
}

/** Answers `/` with a page for people, made of what past scrapes left behind: it never asks the gateway. */
async function answerLanding(ctx: Context, { accounts, info }: Serving): Promise<void> {
  const all = [...(accounts.default ? [accounts.default] : []), ...accounts.named.values()];
  const { status, html } = await renderLanding({ accounts: all, query: ctx.query, info, nowMs: Date.now() });
  ctx.status = status;
  ctx.set('Content-Security-Policy', LANDING_POLICY);
  ctx.type = 'html';
  ctx.body = html;
}

/** Answers `POST /-/reload`: 200 when the new configuration is in force, 500 with the reason when the old one stays. */
async function answerReload(ctx: Context, isEnabled: boolean, serving: Serving): Promise<void> {
  if (!isEnabled || isForeign(ctx)) {
    ctx.status = 403;
    ctx.body = isEnabled
      ? 'A page of another origin must not reload the configuration.\n'
      : 'Reloading by HTTP is switched off: start with --web.enable-lifecycle, or send SIGHUP.\n';
    return;
  }
  try {
    await serving.reload();
    ctx.body = 'The configuration was reloaded.\n';
  } catch (error) {
    ctx.status = 500;
    ctx.body = `The configuration was not reloaded, the old one stays in force: ${(error as Error).message}\n`;
  }
}

/** Whether a browser sent the request on behalf of a page from elsewhere; other clients name no origin. */
function isForeign(ctx: Context): boolean {
  const origin = ctx.get('Origin');
  return origin !== '' && !(URL.canParse(origin) && new URL(origin).host === ctx.get('Host').toLowerCase());
}

/**
 * Answers 405 with `Allow` where the path is known and the method is not. The router's own middleware for this answers
 * OPTIONS with 200 and methods that it has never heard of with 501.
 */
function refuseOtherMethods(router: Router): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.body !== undefined) return;
    const methods = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
    if (methods.length === 0) return;
    ctx.status = 405;
    ctx.set('Allow', [...new Set(methods)].toSorted().join(', '));
    ctx.body = 'Method Not Allowed\n';
  };
}

function logDefect(log: Logger, error: unknown): void {
  // A client that hangs up in the middle of an answer is no defect, nor is one that goes on with what is not HTTP.
  const code = String((error as { code?: unknown } | null)?.code);
  if (/^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|HPE_[A-Z_]+)$/.test(code)) return;
  log.error('A page could not be made', { stack: error instanceof Error ? (error.stack ?? error.message) : 'unknown' });
}
