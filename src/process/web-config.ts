import type { Middleware } from 'koa';
import type { Logger } from '../lib/log.ts';
import { setSecurityHeaders } from '../web/security-headers.ts';
import type { TlsConfig } from '../web/config/tls-config.ts';
import type { CreateServer } from '../web/server.ts';

/** What `--web.config.file` says, ready to serve. */
export interface OpenWebConfig {
  /** `undefined` for plain HTTP. */
  readonly createTlsServer: CreateServer | undefined;
  /** What every request passes first: security headers, passwords. */
  readonly guards: readonly Middleware[];
}

/**
 * Reads the web configuration with everything that it names. What it takes is loaded only where it is asked for.
 *
 * @param path `undefined` for plain HTTP without passwords
 * @throws ConfigurationError with a line for each mistake
 */
export async function openWebConfig(path: string | undefined, log: Logger): Promise<OpenWebConfig> {
  if (path === undefined) return { createTlsServer: undefined, guards: [setSecurityHeaders({})] };
  const { readWebConfig } = await import('../web/config/web-config.ts');
  const { tls, users, headers, warnings } = await readWebConfig(path);
  for (const warning of warnings) log.warn(warning);
  return {
    createTlsServer: tls && (await openTls(tls, log)),
    guards: [setSecurityHeaders(headers), ...(await openPasswords(users))],
  };
}

async function openTls(tls: TlsConfig, log: Logger): Promise<CreateServer> {
  const [{ TlsRenewal }, { createTlsServer }] = await Promise.all([
    import('../web/config/renewal.ts'),
    import('../web/config/tls.ts'),
  ]);
  const serving = { clientAuth: tls.clientAuth, renewal: new TlsRenewal(tls, log), log };
  return (options, handler) => createTlsServer(serving, options, handler);
}

async function openPasswords(users: ReadonlyMap<string, string>): Promise<readonly Middleware[]> {
  if (users.size === 0) return [];
  const [{ PasswordCheck }, { requirePassword }] = await Promise.all([
    import('../web/passwords/password-check.ts'),
    import('../web/basic-auth.ts'),
  ]);
  return [requirePassword(new PasswordCheck(users))];
}
