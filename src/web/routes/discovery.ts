import type { Context } from 'koa';

/** Answers `/sd` in the form of Prometheus' `http_sd_configs`: one group per named account. */
export function answerDiscovery(ctx: Context, names: Iterable<string>): void {
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = JSON.stringify([...names].map((name) => ({ targets: [name], labels: { __meta_thedex_account: name } })));
}
