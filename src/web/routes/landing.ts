import type { Context } from 'koa';
import { LANDING_POLICY, renderLanding, type ProgramInfo } from '../../landing/page.tsx';
import type { Account } from '../../scrape/account.ts';

/** What the landing page says of the program itself. */
export type LandingInfo = ProgramInfo;

/** Answers `/` with a page for people, made of what past scrapes left behind: it never asks the gateway. */
export async function answerLanding(ctx: Context, info: LandingInfo, accounts: readonly Account[]): Promise<void> {
  const { status, html } = await renderLanding({ accounts, query: ctx.query, info, nowMs: Date.now() });
  ctx.status = status;
  ctx.set('Content-Security-Policy', LANDING_POLICY);
  // Balances do not belong into the caches of browsers and proxies.
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'html';
  ctx.body = html;
}
