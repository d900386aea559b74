import { LOG_FORMATS, LOG_LEVELS } from '../lib/log.ts';
import { Findings } from './configuration-error.ts';
import { parseListenAddresses } from './listen-address.ts';
import { RawValues } from './raw-values.ts';
import { readParts } from './read-configuration.ts';
import type { CheckedConfiguration, SandboxSettings, Settings, WebSettings } from './settings.ts';
import type { SettingsSources } from './sources.ts';
import { parseTelemetryPath } from './telemetry-path.ts';

const MAX_PORT = 65_535;
const MAX_SEED = 4_294_967_295;
const MAX_MAX_REQUESTS = 100_000;

/**
 * Everything that flags, environment and files say: a flag wins over its environment variable, and that over the file.
 *
 * @throws ConfigurationError with all problems that were found
 */
export async function readSettings(sources: SettingsSources): Promise<Settings> {
  const findings = new Findings();
  const values = new RawValues(sources.flags, sources.env, findings);
  const web = readWebSettings(values, findings);
  const log = { level: values.choice('log.level', LOG_LEVELS), format: values.choice('log.format', LOG_FORMATS) };
  const sandbox = readSandboxSettings(values, findings);
  const configuration = await readParts(sources, values, findings);
  findings.throwIfAny();
  return { ...configuration, warnings: findings.warnings, web, log, sandbox };
}

/**
 * What can change on reload, read again: the configuration file, secrets and certificates.
 *
 * @throws ConfigurationError with all problems that were found
 */
export async function readConfiguration(sources: SettingsSources): Promise<CheckedConfiguration> {
  const findings = new Findings();
  const configuration = await readParts(sources, new RawValues(sources.flags, sources.env, findings), findings);
  findings.throwIfAny();
  return { ...configuration, warnings: findings.warnings };
}

function readWebSettings(values: RawValues, findings: Findings): WebSettings {
  return {
    listenAddresses: parseListenAddresses(values.list('web.listen-address'), findings),
    telemetryPath: parseTelemetryPath(values.value('web.telemetry-path'), findings),
    configFile: values.given('web.config.file')?.text,
    maxRequests: values.wholeNumber('web.max-requests', 1, MAX_MAX_REQUESTS) ?? 1,
    systemdSocket: values.boolean('web.systemd-socket'),
    enableLifecycle: values.boolean('web.enable-lifecycle'),
  };
}

function readSandboxSettings(values: RawValues, findings: Findings): SandboxSettings | undefined {
  const port = values.wholeNumber('sandbox.port', 0, MAX_PORT) ?? 0;
  const seed = values.wholeNumber('sandbox.seed', 0, MAX_SEED);
  if (values.boolean('sandbox')) return { port, seed };
  for (const name of ['sandbox.port', 'sandbox.seed'] as const) {
    const given = values.given(name);
    if (given !== undefined) findings.problem(given.where, 'has a meaning only together with --sandbox');
  }
  return undefined;
}
