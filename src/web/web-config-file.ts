import { validateHeaderValue } from 'node:http';
import { dirname, resolve } from 'node:path';
import type { Findings } from '../config/configuration-error.ts';
import {
  boolean,
  list,
  oneOf,
  readYamlFile,
  record,
  section,
  type Reader,
  type YamlValue,
} from '../config/yaml-fields.ts';
import {
  CIPHER_SUITES,
  CLIENT_AUTH_TYPES,
  CURVES,
  TLS_VERSIONS,
  type ClientAuthType,
  type PemSource,
  type TlsSettings,
} from './tls-material.ts';

/** `rate_limit`: a bucket of `burst` requests, into which one comes back with each interval. */
export interface RateLimit {
  readonly burst: number;
  readonly intervalMs: number;
}

/** What a web configuration says, in the format of Prometheus' exporter-toolkit. */
export interface WebConfig {
  /** `undefined` for plain HTTP. */
  readonly tls: TlsSettings | undefined;
  /** Names to bcrypt hashes, `undefined` for one that no password fits; empty where no password is asked for. */
  readonly users: ReadonlyMap<string, string | undefined>;
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined` for no limit. */
  readonly rateLimit: RateLimit | undefined;
}

/** A comparison at this cost takes some seconds; each step more doubles them. */
export const MAX_BCRYPT_COST = 16;
const MIN_BCRYPT_COST = 4;

// Salt and hash in bcrypt's own base64; the last letter of the salt carries 2 bits. Go looks at no letter after the 2.
const BCRYPT_HASH = /^\$2.?(\$\d\d\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31})$/;
/** What Go takes for a hash, although no password may fit it. */
const GO_HASH = /^\$2[^$]?\$(0[4-9]|[12]\d|3[01])\$.{52,}$/s;

// The five that the exporter-toolkit allows, with the values of those where it lists them.
const HEADERS: Readonly<Record<string, readonly string[] | undefined>> = {
  'Content-Security-Policy': undefined,
  'Strict-Transport-Security': undefined,
  'X-Content-Type-Options': ['nosniff'],
  'X-Frame-Options': ['deny', 'sameorigin'],
  'X-XSS-Protection': undefined,
};

const VERIFYING: ReadonlySet<ClientAuthType> = new Set(['VerifyClientCertIfGiven', 'RequireAndVerifyClientCert']);

/**
 * Reads a web configuration; the certificates that it names are left to whoever serves them.
 *
 * What node_exporter starts with is taken, unless the exporter would be open then where the file looks closed.
 *
 * @returns `undefined` if the file cannot be read; what is wrong is noted with file, line and key, and never shows a hash
 */
export function readWebConfig(path: string, findings: Findings): Promise<WebConfig | undefined> {
  return readYamlFile({ text: path, where: '--web.config.file' }, findings, (top) => {
    const sections = withDefault(
      section({
        tls_server_config: withDefault(tlsSection(dirname(path))),
        http_server_config: withDefault(section({ http2: http2, headers: withDefault(section(headerFields())) })),
        rate_limit: withDefault(rateLimit),
        basic_auth_users: withDefault(record(bcryptHash, 'a mapping of names to bcrypt hashes')),
      }),
    )(top);
    const users = sections?.basic_auth_users ?? new Map<string, Hash>();
    for (const [name, { at }] of users) {
      // Between name and password stands a colon when they are sent.
      if (name.includes(':')) at.warning('nobody can be this user: a name cannot have a colon');
    }
    const headers = Object.entries(sections?.http_server_config?.headers ?? {});
    return {
      tls: sections?.tls_server_config,
      users: new Map([...users].map(([name, { hash }]) => [name, hash])),
      headers: Object.fromEntries(headers.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
      rateLimit: sections?.rate_limit,
    };
  });
}

/** Nothing, an empty text, list or section stands for the default. */
function withDefault<T>(reader: Reader<T>): Reader<T> {
  return (value) => (value.isEmpty ? undefined : reader(value));
}

// As in Go, whatever is written is a text: a name may look like a number.
const text: Reader<string> = (value) => {
  const written = value.written ?? (typeof value.scalar === 'boolean' ? String(value.scalar) : undefined);
  return written ?? value.problem(`expected a text, got ${value.describe()}`);
};

/** A certificate or key that is written; without a source where that has a mistake. */
interface Pem {
  readonly at: YamlValue;
  readonly source: PemSource | undefined;
}

function pemFile(directory: string): Reader<Pem> {
  return (at) => {
    const path = text(at);
    return { at, source: path === undefined ? undefined : { where: at.where, path: resolve(directory, path) } };
  };
}

const pemText: Reader<Pem> = (at) => {
  const inline = text(at);
  return { at, source: inline === undefined ? undefined : { where: at.where, text: inline } };
};

const http2: Reader<boolean> = (value) => {
  const isAsked = boolean(value);
  if (isAsked) value.warning('HTTP/2 is not offered: clients fall back to HTTP/1.1');
  return isAsked;
};

/** What the exporter-toolkit calls it, or its older name. */
const clientAuthType: Reader<ClientAuthType> = (value) =>
  value.scalar === 'RequireClientCert' ? 'RequireAnyClientCert' : oneOf(CLIENT_AUTH_TYPES)(value);

function tlsFields(directory: string) {
  return {
    cert_file: withDefault(pemFile(directory)),
    key_file: withDefault(pemFile(directory)),
    client_ca_file: withDefault(pemFile(directory)),
    cert: withDefault(pemText),
    key: withDefault(pemText),
    client_ca: withDefault(pemText),
    client_auth_type: withDefault(clientAuthType),
    client_allowed_sans: withDefault(list(text, 'a list of names')),
    min_version: withDefault(oneOf(TLS_VERSIONS)),
    max_version: withDefault(oneOf(TLS_VERSIONS)),
    cipher_suites: withDefault(list(oneOf(CIPHER_SUITES), 'a list of cipher suites')),
    curve_preferences: withDefault(list(oneOf(CURVES), 'a list of curves')),
    prefer_server_cipher_suites: withDefault(boolean),
  };
}

/** As in the exporter-toolkit, a file wins over what is written here, and nothing but defaults is no TLS. */
function tlsSection(directory: string): Reader<TlsSettings> {
  return (value) => {
    const fields = section(tlsFields(directory))(value);
    if (fields === undefined || Object.values(fields).every((field) => field === undefined)) return undefined;
    const cert = fields.cert_file ?? fields.cert;
    const key = fields.key_file ?? fields.key;
    const clientCa = fields.client_ca_file ?? fields.client_ca;
    const { client_auth_type: clientAuth = 'NoClientCert', client_allowed_sans: allowedSans } = fields;
    if (cert === undefined) value.problem('expected cert_file, a path to a file in PEM format');
    if (key === undefined) value.problem('expected key_file, a path to a file in PEM format');
    checkClientAuth(value, { clientAuth, clientCa, allowedSans });
    const { min_version: minVersion = 'TLS12', max_version: maxVersion = 'TLS13' } = fields;
    if (TLS_VERSIONS.indexOf(minVersion) > TLS_VERSIONS.indexOf(maxVersion)) {
      value.warning(`nobody can connect: max_version ${maxVersion} is below min_version ${minVersion}`);
    }
    if (cert?.source === undefined || key?.source === undefined) return undefined;
    return {
      cert: cert.source,
      key: key.source,
      clientCa: clientCa?.source,
      clientAuth,
      allowedSans,
      minVersion,
      maxVersion,
      cipherSuites: fields.cipher_suites ?? [],
      curves: fields.curve_preferences ?? [],
      preferServerSuites: fields.prefer_server_cipher_suites ?? true,
    };
  };
}

interface ClientAuth {
  readonly clientAuth: ClientAuthType;
  readonly clientCa: Pem | undefined;
  readonly allowedSans: readonly string[] | undefined;
}

/** Refuses what looks as if clients' certificates were verified, and is not. */
function checkClientAuth(value: YamlValue, { clientAuth, clientCa, allowedSans }: ClientAuth): void {
  const verifying = [...VERIFYING].join(' or ');
  if (VERIFYING.has(clientAuth)) {
    // Go would let in whoever has a certificate of a public authority.
    if (clientCa === undefined) value.problem(`expected client_ca_file, which ${clientAuth} needs`);
  } else if (clientCa !== undefined) {
    if (clientAuth === 'NoClientCert') clientCa.at.problem(`expected client_auth_type to be ${verifying} beside it`);
    else clientCa.at.warning(`${clientAuth} does not verify certificates: ${verifying} would`);
  }
  if (allowedSans !== undefined && clientAuth !== 'RequireAndVerifyClientCert') {
    value.problem('expected client_auth_type to be RequireAndVerifyClientCert beside client_allowed_sans');
  }
}

/** A hash where it stands; `undefined` if no password fits it. */
interface Hash {
  readonly at: YamlValue;
  readonly hash: string | undefined;
}

const bcryptHash: Reader<Hash> = (at) => {
  const written = typeof at.scalar === 'string' ? at.scalar : '';
  const [, rest] = BCRYPT_HASH.exec(written) ?? [];
  const cost = Number(rest?.slice(1, 3));
  if (cost < MIN_BCRYPT_COST) {
    return at.problem(`expected a bcrypt cost of ${MIN_BCRYPT_COST} to ${MAX_BCRYPT_COST}, got ${cost}`);
  }
  if (!GO_HASH.test(written)) {
    const got = written === '' ? at.describe() : 'another text';
    return at.problem(`expected a bcrypt hash that begins with $2a$, $2b$ or $2y$, got ${got}`);
  }
  if (rest !== undefined && cost <= MAX_BCRYPT_COST) return { at, hash: `$2b${rest}` };
  const why = rest === undefined ? 'the hash is not whole' : `a check at a bcrypt cost of ${cost} takes too long`;
  at.warning(`every password is refused: ${why}`);
  return { at, hash: undefined };
};

function headerFields(): Readonly<Record<string, Reader<string>>> {
  return Object.fromEntries(
    Object.entries(HEADERS).map(([name, allowed]) => [name, withDefault(headerValue(name, allowed))]),
  );
}

function headerValue(name: string, allowed: readonly string[] | undefined): Reader<string> {
  return (value) => {
    const written = text(value);
    if (written === undefined) return undefined;
    if (allowed !== undefined && !allowed.includes(written)) {
      return value.problem(`expected ${allowed.join(' or ')}, got ${value.show()}`);
    }
    // As in Go, lines are joined, and other letters than ASCII go as UTF-8.
    const sent = Buffer.from(written.replaceAll(/[\r\n]/g, ' ').trim()).toString('latin1');
    try {
      validateHeaderValue(name, sent);
      return sent === '' ? undefined : sent;
    } catch {
      return value.problem(`expected a text that can stand in a header, got ${value.show()}`);
    }
  };
}

const rateLimit: Reader<RateLimit> = (value) => {
  const fields = section({ burst: withDefault(anyWholeNumber), interval: withDefault(goDuration) })(value);
  if (fields === undefined) return undefined;
  const { burst = 0, interval = 0 } = fields;
  if (interval === 0) {
    value.warning('without an interval, the rate of requests is not limited');
    return undefined;
  }
  if (burst < 1) value.warning('with a burst below 1, every request is refused');
  return { burst, intervalMs: interval };
};

const anyWholeNumber: Reader<number> = (value) =>
  Number.isSafeInteger(value.scalar)
    ? Number(value.scalar)
    : value.problem(`expected a whole number, got ${value.show()}`);

const GO_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const GO_PARTS = /(\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})(ns|us|µs|μs|ms|s|m|h)/g;
const GO_DURATION = new RegExp(`^\\+?(?:${GO_PARTS.source}){1,8}$`);

/** A duration as Go writes it, such as `1m30s`, in milliseconds; a number alone counts nanoseconds. */
const goDuration: Reader<number> = (value) => {
  const written = value.written ?? '';
  if (Number.isSafeInteger(value.scalar) && Number(value.scalar) >= 0) return Number(value.scalar) * 1e-6;
  if (written === '0') return 0;
  if (!GO_DURATION.test(written)) return value.problem(`expected a duration such as 1s or 1m30s, got ${value.show()}`);
  return [...written.matchAll(GO_PARTS)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (GO_UNITS[unit] ?? 0),
    0,
  );
};
