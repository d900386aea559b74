import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import net from 'node:net';
import { dirname } from 'node:path';
import { formatListenAddress } from './config/addresses.ts';
import { ConfigurationError } from './config/configuration-error.ts';
import { readSettings } from './config/read.ts';
import type { ListenAddress, Settings, SettingsSources } from './config/settings.ts';
import { type Summary, summarize } from './config/summary.ts';
import type { Logger } from './lib/log.ts';
import { quotePath } from './lib/quote.ts';
import { openWebConfig } from './web/web-config.ts';

/** What a check found, of a configuration without a mistake. */
export interface CheckedConfiguration {
  readonly summary: Summary;
  /** What works and is probably not what was meant, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Validates all that a start validates, and binds nothing that another process may have.
 *
 * @throws ConfigurationError with everything that is wrong
 */
export async function checkConfiguration(sources: SettingsSources): Promise<CheckedConfiguration> {
  const problems: string[] = [];
  const warnings: string[] = [];
  const settings = await collect(problems, readSettings(sources));
  const web = await collect(problems, checkWebConfig(sources, settings, warnings));
  if (settings !== undefined && !settings.web.systemdSocket) {
    for (const address of settings.web.listenAddresses) await collect(problems, checkAddress(address));
  }
  if (settings === undefined || problems.length > 0) throw new ConfigurationError(problems);
  return { summary: summarize(settings, web), warnings: [...settings.warnings, ...warnings] };
}

/** The summary as it is printed, a line for each of its parts. */
export function formatSummary(summary: Summary): string {
  const entries = Object.entries(summary);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `  ${name.padEnd(width)}  ${String(value)}\n`).join('');
}

async function collect<T>(problems: string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

async function checkWebConfig(
  { flags, env }: SettingsSources,
  settings: Settings | undefined,
  warnings: string[],
): Promise<Summary> {
  // Whatever else is wrong, this file is found in the same way.
  const path = flags['web.config.file'] ?? (env['THEDEX_WEB_CONFIG_FILE'] || undefined);
  const ignore = () => {};
  const warn: Logger['warn'] = (message, fields = {}) => {
    warnings.push([message, ...Object.values(fields).map(String)].join(': '));
  };
  const log: Logger = { debug: ignore, info: ignore, warn, error: warn };
  const inForce = await openWebConfig(path, { log, routePrefix: settings?.web.routePrefix ?? '' });
  inForce.close();
  return inForce.summary;
}

/** What a start says of an address that cannot be had. */
const WORDS: Readonly<Record<string, string | undefined>> = {
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine has no IPv6',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up',
  ENOENT: 'the folder does not exist',
  EACCES: 'permission denied',
};

async function checkAddress(address: ListenAddress): Promise<void> {
  try {
    if (address.kind === 'unix') await checkSocketPath(address.path);
    else if (address.host !== '') await listenOnFreePort(address.host);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const where = `--web.listen-address: cannot listen on ${formatListenAddress(address)}`;
    throw new ConfigurationError([`${where}: ${WORDS[code ?? ''] ?? message}`]);
  }
}

async function checkSocketPath(path: string): Promise<void> {
  await access(dirname(path), constants.W_OK);
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isSocket()) throw new Error(`${quotePath(path)} is a file that is no socket`);
}

// The port itself may be in use by the exporter that this configuration is for.
function listenOnFreePort(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ host, port: 0 }, () => server.close(() => resolve()));
  });
}
