import type { Middleware } from 'koa';
import { ConfigurationError } from '../config/configuration-error.ts';
import type { Logger } from '../ground/log.ts';
import type { CreateServer } from '../web/server.ts';

/** What `--web.config.file` says, ready to serve. */
export interface OpenWebConfig {
  readonly createTlsServer: CreateServer | undefined;
  /** What every request passes first: security headers, passwords. */
  readonly guards: readonly Middleware[];
}

export function openWebConfig(path: string | undefined, _log: Logger): Promise<OpenWebConfig> {
  if (path !== undefined) throw new ConfigurationError(['--web.config.file: is not supported yet']);
  return Promise.resolve({ createTlsServer: undefined, guards: [] });
}
