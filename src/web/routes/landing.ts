import type { Context } from 'koa';
import type { Account } from '../../scrape/account.ts';
import type { ProgramInfo } from '../../landing/document.tsx';

/** What the landing page says of the program itself. */
export type LandingInfo = ProgramInfo;

/**
 * Answers `/` with a page for people, made of what past scrapes left behind: it never asks the gateway. Most processes
 * are never asked for this page, so what makes it is loaded by the first visit.
 */
export async function answerLanding(ctx: Context, info: LandingInfo, accounts: readonly Account[]): Promise<void> {
  const [{ renderDocument }, { viewAccounts }, { parseQuery }, { LANDING_POLICY }] = await Promise.all([
    import('../../landing/document.tsx'),
    import('../../landing/page-model.ts'),
    import('../../landing/query.ts'),
    import('../../landing/style.ts'),
  ]);
  const nowMs = Date.now();
  const query = parseQuery(ctx.query);
  const view = viewAccounts(accounts, query, nowMs);
  ctx.status = view.kind === 'unknown' ? 404 : 200;
  ctx.set('Content-Security-Policy', LANDING_POLICY);
  // Balances do not belong into the caches of browsers and proxies.
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'html';
  ctx.body = renderDocument(view, { info, query, nowMs });
}
