import { validateHeaderValue } from 'node:http';
import { dirname } from 'node:path';
import { isScalar } from 'yaml';
import { ConfigurationError, Findings } from '../../config/configuration-error.ts';
import { quotePath } from '../../config/quote.ts';
import { readTextFile, UnreadableFileError } from '../../config/read-file.ts';
import { describe, show, YamlFile, type YamlValue } from '../../config/yaml-file.ts';
import { knownFields } from './known-fields.ts';
import { readTlsSection } from './tls-section.ts';
import type { TlsConfig } from './tls-config.ts';

/** What a web configuration says, in the format of Prometheus' exporter-toolkit. */
export interface WebConfig {
  /** `undefined` for plain HTTP. */
  readonly tls: TlsConfig | undefined;
  /** Names to bcrypt hashes; empty where no password is asked for. */
  readonly users: ReadonlyMap<string, string>;
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** What works and is probably not what was meant. */
  readonly warnings: readonly string[];
}

/** Far more than any list of users needs. */
export const MAX_WEB_CONFIG_BYTES = 1_048_576;
/** A comparison at this cost takes some seconds; each step more doubles them. */
export const MAX_BCRYPT_COST = 16;
const MIN_BCRYPT_COST = 4;

// Salt and hash in bcrypt's own base64; the last letter of the salt carries 2 bits.
const BCRYPT_HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$/;

// The five that the exporter-toolkit allows, with the values of those where it lists them.
const HEADERS: ReadonlyMap<string, readonly string[] | undefined> = new Map([
  ['Content-Security-Policy', undefined],
  ['Strict-Transport-Security', undefined],
  ['X-Content-Type-Options', ['nosniff']],
  ['X-Frame-Options', ['deny', 'sameorigin']],
  ['X-XSS-Protection', undefined],
]);

/**
 * Reads and checks a web configuration; its certificates are left to whoever serves them.
 *
 * @throws ConfigurationError with a line for each mistake, which never shows a hash
 */
export async function readWebConfig(path: string): Promise<WebConfig> {
  const findings = new Findings();
  const config = readSections(await readText(path), path, findings);
  findings.throwIfAny();
  return { ...config, warnings: findings.warnings };
}

async function readText(path: string): Promise<string> {
  try {
    return (await readTextFile(path, MAX_WEB_CONFIG_BYTES)).text;
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    throw new ConfigurationError([`--web.config.file: cannot read ${quotePath(path)}: ${error.message}`]);
  }
}

function readSections(text: string, path: string, findings: Findings): Omit<WebConfig, 'warnings'> {
  const file = new YamlFile(quotePath(path), findings);
  const top = file.parse(text);
  // As in the exporter-toolkit, an empty file asks for nothing.
  const isEmpty = top?.node === undefined || (isScalar(top.node) && top.node.value === null);
  if (isEmpty) return { tls: undefined, users: new Map(), headers: {} };
  const sections = knownFields(file, top, {
    known: ['tls_server_config', 'http_server_config', 'basic_auth_users'],
    unsupported: ['rate_limit'],
  });
  const tls = sections?.get('tls_server_config');
  return {
    tls: tls && readTlsSection(file, tls, { directory: dirname(path), findings }),
    users: readUsers(file, sections?.get('basic_auth_users')),
    headers: readHttpSection(file, sections?.get('http_server_config')),
  };
}

function readUsers(file: YamlFile, section: YamlValue | undefined): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  if (section === undefined) return users;
  for (const [name, value] of file.entriesOf(section, 'a mapping of names to bcrypt hashes') ?? []) {
    // Between name and password stands a colon when they are sent.
    if (name === '' || /[:\p{Cc}]/u.test(name))
      file.problem(value, 'expected a name without colons, at least one letter');
    const hash = readHash(file, value);
    if (hash !== undefined) users.set(name, hash);
  }
  return users;
}

function readHash(file: YamlFile, value: YamlValue): string | undefined {
  const hash = isScalar(value.node) ? value.node.value : undefined;
  const cost = typeof hash === 'string' ? BCRYPT_HASH.exec(hash)?.[1] : undefined;
  if (cost === undefined) {
    const got = typeof hash === 'string' && hash !== '' ? 'another text' : describe(value);
    return file.problem(value, `expected a bcrypt hash that begins with $2a$, $2b$ or $2y$, got ${got}`);
  }
  if (Number(cost) >= MIN_BCRYPT_COST && Number(cost) <= MAX_BCRYPT_COST) return hash as string;
  return file.problem(value, `expected a bcrypt cost of ${MIN_BCRYPT_COST} to ${MAX_BCRYPT_COST}, got ${cost}`);
}

function readHttpSection(file: YamlFile, section: YamlValue | undefined): Readonly<Record<string, string>> {
  if (section === undefined) return {};
  const fields = knownFields(file, section, { known: ['headers', 'http2'] });
  const http2 = fields?.get('http2');
  if (http2 !== undefined && !(isScalar(http2.node) && http2.node.value === false)) {
    file.problem(http2, `HTTP/2 is not supported: expected false, got ${show(http2)}`);
  }
  return readHeaders(file, fields?.get('headers'));
}

function readHeaders(file: YamlFile, section: YamlValue | undefined): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  if (section === undefined) return headers;
  for (const [name, value] of knownFields(file, section, { known: [...HEADERS.keys()] }) ?? []) {
    const text = HEADERS.has(name) ? readHeader(file, value, HEADERS.get(name)) : undefined;
    if (text !== undefined) headers[name] = text;
  }
  return headers;
}

function readHeader(file: YamlFile, value: YamlValue, allowed: readonly string[] | undefined): string | undefined {
  // `X-XSS-Protection: 0` is a number to YAML.
  const number = isScalar(value.node) && typeof value.node.value === 'number' ? value.node.source : undefined;
  const text = number ?? (isScalar(value.node) ? value.node.value : undefined);
  const expected = allowed === undefined ? 'a text that can stand in a header' : allowed.join(' or ');
  const isFit = typeof text === 'string' && (allowed?.includes(text) ?? isHeaderValue(text));
  return isFit ? text : file.problem(value, `expected ${expected}, got ${show(value)}`);
}

function isHeaderValue(text: string): boolean {
  try {
    validateHeaderValue('X-XSS-Protection', text);
    return text.trim() !== '';
  } catch {
    return false;
  }
}
