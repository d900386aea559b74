import { ConfigurationError } from '../config/configuration-error.ts';
import type { Environment } from '../config/flags.ts';
import { readConfiguration, readSettings } from '../config/read-settings.ts';
import type { CheckedConfiguration, Settings } from '../config/settings.ts';
import type { SettingsSources } from '../config/sources.ts';
import { createLogger } from '../lib/log.ts';
import { accountsOf } from '../scrape/accounts.ts';
import type { BuildInfo } from '../scrape/exporter-metrics.ts';
import { readBuildInfo } from './build-info.ts';
import { formatProblems, parseCommandLine } from './cli.ts';
import { exitOnDefect } from './crash.ts';
import { startExporter } from './exporter.ts';
import { openSandbox } from './open-sandbox.ts';
import { endOnSignal } from './shutdown.ts';
import { openWebConfig } from './web-config.ts';

/** Runs the program: reads what it was told, and serves until a signal ends it. Mistakes end it with status 1. */
export async function main(words: readonly string[], env: Environment): Promise<void> {
  if (words[0] === 'healthcheck') {
    const { runHealthcheck } = await import('./healthcheck.ts');
    process.exitCode = await runHealthcheck(words.slice(1), env);
    return;
  }
  try {
    await carryOut(words, env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(formatProblems(error));
    process.exit(1);
  }
}

async function carryOut(words: readonly string[], env: Environment): Promise<void> {
  const build = readBuildInfo();
  const invocation = parseCommandLine(words, build);
  if (invocation.action === 'print') {
    process.stdout.write(invocation.text);
    return;
  }
  const sources = { flags: invocation.flags, env };
  const settings = await readSettings(sources);
  if (invocation.action === 'check') await check(settings);
  else await serve(settings, sources, build);
}

async function check(settings: Settings): Promise<void> {
  await openWebConfig(
    settings.web.configFile,
    createLogger({ ...settings.log, write: (line) => process.stderr.write(line) }),
  );
  for (const warning of settings.warnings) process.stderr.write(`thedex-exporter: warning: ${warning}\n`);
  process.stdout.write('The configuration is valid.\n');
}

async function serve(settings: Settings, sources: SettingsSources, build: BuildInfo): Promise<void> {
  const log = createLogger({ ...settings.log, write: (line) => process.stderr.write(line) });
  exitOnDefect(log);
  // Until there is something to reload: without a listener, the signal would end the process.
  const ignore = () => {};
  process.on('SIGHUP', ignore);
  log.info('Starting thedex-exporter', { ...build, nodejs: process.version });
  const sandbox = settings.sandbox && (await openSandbox(settings.sandbox, log));
  const complete = sandbox ? { ...sources, sandboxAccount: sandbox.account } : sources;
  const announced = (configuration: CheckedConfiguration) => {
    for (const warning of configuration.warnings) log.warn(warning);
    return configuration;
  };
  const read = async () => announced(await readConfiguration(complete));
  const { servers, readiness, gate, reloader } = await startExporter({
    settings,
    configuration: sandbox ? await read() : announced(settings),
    read,
    build,
    log,
  });
  // A refused reload is in the log and in a metric; whoever sent the signal waits for no answer.
  process.off('SIGHUP', ignore).on('SIGHUP', () => void reloader.reload().catch(() => {}));
  const close = async () => {
    await Promise.all(accountsOf(reloader.current).map((account) => account.close()));
    await sandbox?.close();
  };
  endOnSignal({ readiness, gate, drain: (graceMs) => servers.drain(graceMs), close, log });
  readiness.serve();
  // Said last, because whoever waits for these lines may send a signal at once.
  for (const address of servers.addresses) log.info('Listening', { address });
}
