import type { Context } from 'koa';
import type { Account } from '../../scrape/account.ts';
import { scrapeTimeoutMs, type DeadlineSettings } from '../../scrape/deadline.ts';
import { CONTENT_TYPES } from '../../scrape/exposition.ts';
import type { PageRenderer } from '../../scrape/pages.ts';
import type { Negotiate } from '../accept.ts';
import type { ScrapeGate } from '../scrape-gate.ts';

/** What answering a scrape needs besides the account. */
export interface ScrapeRoute {
  readonly gate: ScrapeGate;
  readonly deadline: DeadlineSettings;
  readonly pages: PageRenderer;
  readonly negotiate: Negotiate;
}

const TIMEOUT_HEADER = 'X-Prometheus-Scrape-Timeout-Seconds';

// When a scrape is turned away because too many are waiting, the oldest of them ends within this time on most settings.
const RETRY_AFTER_SECONDS = 5;

/** Answers one scrape: of an account, or of the exporter alone where there is none. */
export async function answerScrape(ctx: Context, account: Account | undefined, route: ScrapeRoute): Promise<void> {
  const variant = route.negotiate(ctx.get('Accept'), ctx.get('Accept-Encoding'));
  const page = await route.gate.run(async () => {
    const timeoutMs = scrapeTimeoutMs(ctx.get(TIMEOUT_HEADER) || undefined, route.deadline);
    const scraped = account && { account, snapshot: await account.scrape(timeoutMs, ctx.res) };
    return route.pages.render(scraped, variant);
  });
  if (page === undefined) {
    ctx.status = 503;
    ctx.set('Retry-After', String(RETRY_AFTER_SECONDS));
    ctx.body = 'Too many scrapes are waiting (--web.max-requests); try again later.\n';
    return;
  }
  ctx.set('Vary', 'Accept, Accept-Encoding');
  ctx.set('Content-Type', CONTENT_TYPES[variant.format]);
  if (variant.gzip) ctx.set('Content-Encoding', 'gzip');
  ctx.body = page;
}
