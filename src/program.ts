import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { formatProblems, parseCommandLine, type Invocation } from './cli.ts';
import { ConfigurationError } from './config/configuration-error.ts';
import type { Environment } from './config/flags.ts';
import { readConfiguration, readSettings } from './config/read.ts';
import type { SandboxSettings, Settings, SettingsSources } from './config/settings.ts';
import { Exporter } from './exporter.ts';
import { createStderrLogger, type Logger } from './lib/log.ts';
import { Secret } from './lib/secret.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { BuildInfo } from './scrape/own-metrics.ts';
import { createApp } from './web/app.ts';
import { startServers } from './web/server.ts';
import { openWebConfig } from './web/web-config.ts';

/** How long scrapes that are in flight may take to end, in milliseconds. */
const GRACE_MS = 10_000;

const SIGNALS = ['SIGHUP', 'SIGTERM', 'SIGINT'] as const;

/** What came before the program was loaded. */
export interface EarlySignals {
  wantsReload: boolean;
}

/** Runs the program: does what it was told, or serves until a signal ends it. Mistakes end it with status 1. */
export async function main(words: readonly string[], env: Environment, early: EarlySignals): Promise<void> {
  try {
    const build = readBuildInfo();
    const invocation = parseCommandLine(words, build);
    if (invocation.action !== 'run') for (const signal of SIGNALS) process.removeAllListeners(signal);
    await carryOut(invocation, env, { build, early });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(formatProblems(error, words, env));
    process.exit(1);
  }
}

/** The commit that the build was made of; nothing where the sources run as they are. */
declare const BUILD_REVISION: string | undefined;

/** What this build is: its version is that of the package's own manifest. */
function readBuildInfo(): BuildInfo {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  return { version, revision: typeof BUILD_REVISION === 'string' ? BUILD_REVISION : 'unknown' };
}

/** Serves, or carries out a command. The code of commands is loaded here, since a process that serves never needs it. */
async function carryOut(
  invocation: Invocation,
  env: Environment,
  { build, early }: { build: BuildInfo; early: EarlySignals },
): Promise<void> {
  const write = (text: string) => void process.stdout.write(text);
  const warn = (warning: string) => void process.stderr.write(`thedex-exporter: warning: ${warning}\n`);
  switch (invocation.action) {
    case 'run': {
      const sources = { flags: invocation.flags, env };
      await serve(sources, build, early).catch((error: unknown) => explainStart(error, sources));
      break;
    }
    case 'print':
      write(invocation.text);
      break;
    case 'check': {
      const { checkConfiguration, formatSummary } = await import('./check.ts');
      const { summary, warnings } = await checkConfiguration({ flags: invocation.flags, env });
      warnings.forEach(warn);
      write(`The configuration is valid.\n${formatSummary(summary)}`);
      break;
    }
    case 'probe': {
      const { runProbe } = await import('./probe.ts');
      const { flags, account, format } = invocation;
      const { settings, close } = await openProbed({ flags, env });
      settings.warnings.forEach(warn);
      process.exitCode = await runProbe({ settings, account, format, write, version: build.version });
      await close();
      break;
    }
    case 'export': {
      const { exportFiles } = await import('./export.ts');
      const files = await exportFiles(invocation.dir);
      write(files.map((file) => `${file}\n`).join(''));
      break;
    }
    case 'healthcheck': {
      const { runHealthcheck } = await import('./healthcheck.ts');
      process.exitCode = await runHealthcheck({ flags: invocation.flags, env }, write);
      break;
    }
  }
}

/** A start ends with the first of its steps that fails; what a check finds besides is told at once. */
async function explainStart(error: unknown, sources: SettingsSources): Promise<never> {
  if (!(error instanceof ConfigurationError)) throw error;
  const { findProblems } = await import('./check.ts');
  throw new ConfigurationError([...new Set([...error.problems, ...(await findProblems(sources))])]);
}

/** What a probe asks: the gateway of the configuration, or with `--sandbox` one that lives until it is closed. */
async function openProbed(sources: SettingsSources): Promise<{ settings: Settings; close: () => Promise<void> }> {
  const settings = await readSettings(sources);
  if (settings.sandbox === undefined) return { settings, close: () => Promise.resolve() };
  const sandbox = await openSandbox(settings.sandbox, createStderrLogger({ ...settings.log, level: 'warn' }));
  const asked = await readSettings({ ...sources, sandboxAccount: accountOf(sandbox) });
  return { settings: asked, close: () => sandbox.close() };
}

/** Serves until a signal ends it. */
async function serve(flags: SettingsSources, build: BuildInfo, early: EarlySignals): Promise<void> {
  const settings = await readSettings(flags);
  const log = createStderrLogger(settings.log);
  exitOnDefect(log);
  log.info('Starting thedex-exporter', { ...build, nodejs: process.version });
  const sandbox = settings.sandbox && (await openSandbox(settings.sandbox, log));
  const sources = sandbox ? { ...flags, sandboxAccount: accountOf(sandbox) } : flags;
  const configuration = sandbox ? await readConfiguration(sources) : settings;
  for (const warning of configuration.warnings) log.warn(warning);
  const web = await openWebConfig(settings.web.configFile, { log, routePrefix: settings.web.routePrefix });
  const exporter = new Exporter({ settings, sources, web, build, log }, configuration);
  const app = createApp({ web: settings.web, serving: exporter, metrics: exporter.metrics, guards: web.guards, log });
  const servers = await startServers({
    handler: app.handler,
    addresses: settings.web.listenAddresses,
    systemdSocket: settings.web.systemdSocket,
    web,
    longestScrapeMs: settings.gateway.timeoutMs,
    log,
  });
  // A refused reload is in the log and in a metric; whoever sent the signal waits for no answer.
  const reload = () => void exporter.reload().catch(() => {});
  const drain = async () => {
    exporter.state = 'draining';
    const startedAt = performance.now();
    await app.idle();
    await servers.drain(Math.max(0, GRACE_MS - (performance.now() - startedAt)));
    await exporter.close();
    await sandbox?.close();
  };
  takeSignals(reload, drain, log);
  if (early.wantsReload) reload();
  if (settings.autoReloadIntervalMs > 0) void exporter.watch(settings.autoReloadIntervalMs);
  exporter.state = 'serving';
  log.info('Configuration', exporter.info.configuration);
  // Said last, because whoever waits for these lines may send a signal at once.
  for (const address of servers.addresses) log.info('Listening', { address });
}

/** @throws ConfigurationError if its port cannot be had */
async function openSandbox(sandbox: SandboxSettings, log: Logger): Promise<Sandbox> {
  // Its code is loaded here, since a process that scrapes a real gateway never needs it.
  const { startSandbox } = await import('./sandbox/sandbox.ts');
  try {
    return await startSandbox({ ...sandbox, log });
  } catch (error) {
    throw new ConfigurationError([`--sandbox.port: ${(error as Error).message}`]);
  }
}

function accountOf({ url, apiKey, secretKey }: Sandbox): SettingsSources['sandboxAccount'] {
  return { url, apiKey: new Secret(apiKey), secretKey: new Secret(secretKey) };
}

/**
 * Reloads on SIGHUP, and ends the process on SIGTERM or SIGINT with status 0 as soon as it has drained, after ten seconds
 * at the latest. A second of these ends it at once.
 */
function takeSignals(reload: () => void, drain: () => Promise<void>, log: Logger): void {
  let isDraining = false;
  const end = (signal: NodeJS.Signals) => {
    if (isDraining) process.exit(1);
    isDraining = true;
    log.info('Received a signal to end, draining', { signal });
    void Promise.race([drain(), setTimeout(GRACE_MS)]).then(() => {
      log.info('Drained');
      process.exit(0);
    });
  };
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  process.on('SIGHUP', reload);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/**
 * Ends the process with status 1 on a defect that nothing caught, so that a supervisor starts it anew, and says in the
 * log where it was. Only the error's own stack is printed: an inspected error would show whatever objects hang on it,
 * a request with its signed headers among them.
 */
function exitOnDefect(log: Logger): void {
  const crash = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : 'a value that is no error was thrown';
    log.error('The exporter ends after a defect of its own', { stack });
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}
