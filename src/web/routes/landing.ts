import type { Context } from 'koa';
import type { Account } from '../../scrape/account.ts';

/** What the landing page says of the program itself. */
export interface LandingInfo {
  readonly version: string;
  readonly revision: string;
  readonly telemetryPath: string;
}

/** Answers `/` with a page for people. */
export function answerLanding(ctx: Context, info: LandingInfo, accounts: readonly Account[]): void {
  ctx.type = 'html';
  ctx.body = `<!doctype html><html lang="en"><head><title>TheDex Exporter</title></head><body><h1>TheDex Exporter</h1><p>Version ${info.version}</p><p><a href="${info.telemetryPath}">Metrics</a></p><p>${accounts.length} accounts</p></body></html>`;
}
