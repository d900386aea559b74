import type { Router } from '@koa/router';
import type { Middleware } from 'koa';

/**
 * Answers 405 with `Allow` where the path is known and the method is not. The router's own middleware for this answers
 * OPTIONS with 200 and methods that it has never heard of with 501.
 */
export function refuseOtherMethods(router: Router): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 404 || ctx.body !== undefined) return;
    const methods = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
    if (methods.length === 0) return;
    ctx.status = 405;
    ctx.set('Allow', [...new Set(methods)].toSorted().join(', '));
    ctx.body = 'Method Not Allowed\n';
  };
}
