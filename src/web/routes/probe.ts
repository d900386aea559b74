import type { Context } from 'koa';
import type { Account } from '../../scrape/account.ts';
import { answerScrape, type ScrapeRoute } from './metrics.ts';

/** Answers `/probe?target=NAME` with the metrics of that account alone; a target is a configured name, never a URL. */
export async function answerProbe(
  ctx: Context,
  accounts: ReadonlyMap<string, Account>,
  route: ScrapeRoute,
): Promise<void> {
  const { target } = ctx.query;
  const account = typeof target === 'string' ? accounts.get(target) : undefined;
  if (account === undefined) {
    ctx.status = 400;
    // The target is not repeated: somebody may have put a key there.
    ctx.body =
      target === undefined || target === ''
        ? 'The parameter target is missing: expected /probe?target=NAME with the name of a configured account.\n'
        : 'The target is not known: expected the name of a configured account, as /sd lists them.\n';
    return;
  }
  await answerScrape(ctx, account, route);
}
