import type { Context, Middleware } from 'koa';
import type { Credentials, PasswordCheck, Verdict } from './passwords/password-check.ts';

/** Orchestrators ask these without a password, and they tell nothing but whether the process serves. */
const EXEMPT: ReadonlySet<string> = new Set(['/-/healthy', '/-/ready']);

const CHALLENGE = 'Basic realm="thedex-exporter", charset="UTF-8"';
/** Whoever is turned away has waited for seconds already, or sends passwords by the hundred. */
const RETRY_AFTER_SECONDS = 1;

const CREDENTIALS = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** Lets only those through who name a user and the right password by basic authentication (RFC 7617). */
export function requirePassword(passwords: PasswordCheck): Middleware {
  return async (ctx, next) => {
    const verdict = EXEMPT.has(ctx.path) ? 'right' : await judge(passwords, ctx);
    if (verdict === 'right') await next();
    else if (verdict === 'busy') refuseBusy(ctx);
    else refuse(ctx);
  };
}

async function judge(passwords: PasswordCheck, ctx: Context): Promise<Verdict> {
  const credentials = parseCredentials(ctx.get('Authorization'));
  // Without an address: by a socket file, whose clients are all of this machine.
  return credentials ? passwords.check(credentials, ctx.socket.remoteAddress ?? '') : 'wrong';
}

function parseCredentials(header: string): Credentials | undefined {
  const encoded = CREDENTIALS.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return undefined;
  }
}

function refuse(ctx: Context): void {
  ctx.status = 401;
  ctx.set('WWW-Authenticate', CHALLENGE);
  ctx.body = 'Unauthorized\n';
}

function refuseBusy(ctx: Context): void {
  ctx.status = 503;
  ctx.set('Retry-After', String(RETRY_AFTER_SECONDS));
  ctx.body = 'Too many passwords wait to be checked\n';
}
