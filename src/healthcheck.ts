import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { parse } from 'yaml';
import { ConfigurationError, Findings } from './config/configuration-error.ts';
import { parseListenAddresses, parseRoutePrefix } from './config/addresses.ts';
import { FlagReader } from './config/flags.ts';
import type { ListenAddress, SettingsSources } from './config/settings.ts';
import { readTextFile, UnreadableFileError } from './lib/text-file.ts';

/** Shorter than the 5 s that the image's HEALTHCHECK allows, so that the reason is still printed. */
const TIMEOUT_MS = 4_000;
const HEALTH_PATH = '/-/healthy';
/** Far more than a web configuration ever needs. */
const MAX_WEB_CONFIG_BYTES = 1_048_576;
const MANDATORY_CLIENT_CERTIFICATE = new Set(['RequireAnyClientCert', 'RequireAndVerifyClientCert']);
/** The alerts of a server that misses the client's certificate: certificate_required in TLS 1.3, handshake_failure before. */
const MISSING_CERTIFICATE_ALERT = /SSL alert number (?:116|40)\b/;

/** Where an exporter answers, as seen from its own machine. */
export interface HealthTarget {
  /** A host of `''`, `0.0.0.0` or `::` stands for loopback. */
  readonly address: ListenAddress;
  readonly tls: 'off' | 'on' | 'client certificate required';
  /** `--web.route-prefix`: '' or such as `/x`. */
  readonly routePrefix: string;
  readonly timeoutMs?: number;
}

/** What a check found, in one line for people. */
export interface Health {
  readonly healthy: boolean;
  readonly line: string;
}

/**
 * `thedex-exporter healthcheck`: takes the same flags and environment as the exporter beside it, asks that for
 * `/-/healthy`, and prints one line.
 *
 * @returns the exit code: 0 if the exporter is healthy, else 1
 */
export async function runHealthcheck(sources: SettingsSources, write: (text: string) => void): Promise<number> {
  const { healthy, line } = await findHealth(sources);
  write(`${line}\n`);
  return healthy ? 0 : 1;
}

async function findHealth(sources: SettingsSources): Promise<Health> {
  try {
    return await checkHealth(await readTarget(sources));
  } catch (error) {
    if (error instanceof ConfigurationError) return { healthy: false, line: error.problems.join('; ') };
    throw error;
  }
}

/** Asks an exporter for `/-/healthy`; whatever goes wrong is in the line, nothing is thrown. */
export async function checkHealth(target: HealthTarget): Promise<Health> {
  const where = describeTarget(target);
  try {
    const status = await requestStatus(target);
    if (status === 200) return { healthy: true, line: `healthy: ${where}` };
    return { healthy: false, line: `unhealthy: ${where} answered with status ${status}` };
  } catch (error) {
    if (error instanceof MissingCertificateError) {
      return { healthy: true, line: `healthy: ${where} asks for a client certificate` };
    }
    const { code, message } = error as NodeJS.ErrnoException;
    return { healthy: false, line: `unhealthy: ${where}: ${message.trim() || code}` };
  }
}

/**
 * The first listen address and whether TLS is on, from flags and environment.
 *
 * @throws ConfigurationError if they do not tell
 */
async function readTarget(sources: SettingsSources): Promise<HealthTarget> {
  const findings = new Findings();
  const values = new FlagReader(sources, findings);
  const isHandedOver = values.boolean('web.systemd-socket') && sources.flags['web.listen-address'] === undefined;
  const [address] = parseListenAddresses(values.list('web.listen-address'), findings);
  const routePrefix = parseRoutePrefix(values.value('web.route-prefix'), findings);
  findings.throwIfAny();
  if (isHandedOver) throw new ConfigurationError(['say by --web.listen-address where the socket of systemd listens']);
  if (address === undefined || (address.kind === 'tcp' && address.port === 0)) {
    throw new ConfigurationError(['a listen address with port 0 does not tell where the exporter listens']);
  }
  const webConfigFile = values.given('web.config.file')?.text;
  return { address, routePrefix, tls: webConfigFile === undefined ? 'off' : await readTls(webConfigFile) };
}

async function readTls(path: string): Promise<HealthTarget['tls']> {
  try {
    const config = parse((await readTextFile(path, MAX_WEB_CONFIG_BYTES)).text) as WebConfig | null;
    const tls = config?.tls_server_config;
    if (!tls) return 'off';
    return MANDATORY_CLIENT_CERTIFICATE.has(String(tls.client_auth_type)) ? 'client certificate required' : 'on';
  } catch (error) {
    const reason = error instanceof UnreadableFileError ? error.message : 'it is not valid YAML';
    throw new ConfigurationError([`--web.config.file: cannot read ${path}: ${reason}`]);
  }
}

interface WebConfig {
  readonly tls_server_config?: { readonly client_auth_type?: unknown } | null;
}

/** The server works, and only a certificate that this check does not have keeps it from answering. */
class MissingCertificateError extends Error {}

function requestStatus({ address, tls, routePrefix, timeoutMs = TIMEOUT_MS }: HealthTarget): Promise<number> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { ...endpointOf(address), path: routePrefix + HEALTH_PATH, agent: false, signal };
    const answered = (response: IncomingMessage): void => {
      response.resume();
      resolve(response.statusCode ?? 0);
    };
    const request = tls === 'off' ? http.get(options, answered) : https.get({ ...options, ...TRUSTING }, answered);
    let isSecured = false;
    request.once('socket', (socket) => socket.once('secureConnect', () => (isSecured = true)));
    request.once('error', (error: NodeJS.ErrnoException) => {
      // In TLS 1.3 the refusal comes after what looks to the client like a complete handshake.
      const isForCertificate = isSecured || MISSING_CERTIFICATE_ALERT.test(error.message);
      const isRefused = tls === 'client certificate required' && isForCertificate;
      const reason = isRefused ? new MissingCertificateError() : error;
      reject(signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : reason);
    });
  });
}

/**
 * The check is about a process on this machine, and its certificate is made out for another name than loopback: who it
 * is cannot be verified and need not be. Old versions of TLS are accepted because `max_version` can demand them.
 */
const TRUSTING = { rejectUnauthorized: false, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

function endpointOf(address: ListenAddress): { socketPath: string } | { host: string; port: number } {
  if (address.kind === 'unix') return { socketPath: address.path };
  const { host, port } = address;
  if (host === '' || host === '0.0.0.0') return { host: '127.0.0.1', port };
  return { host: host === '::' ? '::1' : host, port };
}

function describeTarget({ address, tls, routePrefix }: HealthTarget): string {
  if (address.kind === 'unix') return `${routePrefix}${HEALTH_PATH} on ${address.path}`;
  const { host, port } = endpointOf(address) as { host: string; port: number };
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${tls === 'off' ? 'http' : 'https'}://${shown}:${port}${routePrefix}${HEALTH_PATH}`;
}
