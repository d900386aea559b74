import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import net from 'node:net';
import { dirname } from 'node:path';
import { parseListenAddresses } from './config/addresses.ts';
import { ConfigurationError, Findings } from './config/configuration-error.ts';
import { FlagReader } from './config/flags.ts';
import { readSettings } from './config/read.ts';
import type { ListenAddress, Settings, SettingsSources } from './config/settings.ts';
import { type Summary, summarize } from './config/summary.ts';
import type { Logger } from './lib/log.ts';
import { describeRefusal } from './web/listen.ts';
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
  const { problems, checked } = await check(sources);
  if (checked === undefined) throw new ConfigurationError(problems);
  return checked;
}

/** Everything that a check finds wrong. */
export async function findProblems(sources: SettingsSources): Promise<readonly string[]> {
  return (await check(sources)).problems;
}

async function check(
  sources: SettingsSources,
): Promise<{ problems: readonly string[]; checked: CheckedConfiguration | undefined }> {
  const problems: string[] = [];
  const warnings: string[] = [];
  const settings = await collect(problems, readSettings(sources));
  const web = await collect(problems, checkWebConfig(sources, settings, warnings));
  // Whatever else is wrong, what can be read of these is looked at.
  const unread = new Findings();
  const flags = new FlagReader(sources, unread);
  if (!flags.boolean('web.systemd-socket')) {
    const addresses = parseListenAddresses(flags.list('web.listen-address'), unread);
    for (const address of addresses) await collect(problems, checkAddress(address));
  }
  if (settings === undefined || problems.length > 0) return { problems, checked: undefined };
  const checked = { summary: summarize(settings, web), warnings: [...settings.warnings, ...warnings] };
  return { problems, checked };
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

async function checkAddress(address: ListenAddress): Promise<void> {
  try {
    if (address.kind === 'unix') await checkSocketPath(address.path);
    else if (address.host !== '') await listenOnFreePort(address.host);
  } catch (error) {
    throw new ConfigurationError([describeRefusal(address, error)]);
  }
}

async function checkSocketPath(path: string): Promise<void> {
  await access(dirname(path), constants.W_OK);
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isSocket()) throw new Error('a file that is no socket stands there');
}

// The port itself may be in use by the exporter that this configuration is for.
function listenOnFreePort(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ host, port: 0 }, () => server.close(() => resolve()));
  });
}
