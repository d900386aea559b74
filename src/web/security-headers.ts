import type { Context, Middleware } from 'koa';

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

/**
 * Sets the security headers of every page, also of those that tell of a mistake.
 *
 * @param configured `http_server_config.headers` of the web configuration in force; they win over a route's own
 */
export function setSecurityHeaders(configured: () => Readonly<Record<string, string>>): Middleware {
  return async (ctx, next) => {
    ctx.set(DEFAULT_HEADERS);
    try {
      await next();
    } catch (error) {
      answerDefect(ctx, error);
    }
    ctx.set(configured());
  };
}

// Koa's own answer to an error drops all headers.
function answerDefect(ctx: Context, error: unknown): void {
  ctx.app.emit('error', error, ctx);
  ctx.status = 500;
  ctx.body = 'Internal Server Error\n';
}
