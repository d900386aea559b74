import { resolve } from 'node:path';
import { isScalar } from 'yaml';
import type { Findings } from '../../config/configuration-error.ts';
import { describe, show, type YamlFile, type YamlValue } from '../../config/yaml-file.ts';
import { knownFields } from './known-fields.ts';
import { CLIENT_AUTH_TYPES, TLS_VERSIONS, type ClientAuthType, type NamedFile, type TlsConfig } from './tls-config.ts';

const KEYS = {
  known: ['cert_file', 'key_file', 'client_ca_file', 'client_auth_type', 'min_version', 'max_version'],
  unsupported: [
    'cert',
    'key',
    'client_ca',
    'cipher_suites',
    'curve_preferences',
    'prefer_server_cipher_suites',
    'client_allowed_sans',
  ],
};
const VERIFYING: ReadonlySet<ClientAuthType> = new Set(['VerifyClientCertIfGiven', 'RequireAndVerifyClientCert']);

/** Reads `tls_server_config`; `undefined` if there is a mistake in it, which is noted. */
export function readTlsSection(
  file: YamlFile,
  section: YamlValue,
  { directory, findings }: { readonly directory: string; readonly findings: Findings },
): TlsConfig | undefined {
  const fields = knownFields(file, section, KEYS);
  if (fields === undefined) return undefined;
  const reader = new FieldReader(file, fields, directory);
  const cert = reader.path('cert_file') ?? missing(file, section, fields.has('cert_file') ? undefined : 'cert_file');
  const key = reader.path('key_file') ?? missing(file, section, fields.has('key_file') ? undefined : 'key_file');
  const clientCa = reader.path('client_ca_file');
  const clientAuth = reader.word('client_auth_type', CLIENT_AUTH_TYPES, 'NoClientCert');
  const minVersion = reader.word('min_version', TLS_VERSIONS, 'TLS12');
  const maxVersion = reader.word('max_version', TLS_VERSIONS, 'TLS13');
  if (minVersion && maxVersion && TLS_VERSIONS.indexOf(minVersion) > TLS_VERSIONS.indexOf(maxVersion)) {
    const place = fields.get('max_version') ?? section;
    file.problem(place, `expected a max_version of at least the min_version, ${minVersion}, got ${maxVersion}`);
  }
  if (clientAuth) checkClientCa(file, { section, fields, clientAuth, findings });
  return cert && key && clientAuth && minVersion && maxVersion
    ? { cert, key, clientCa, clientAuth, minVersion, maxVersion }
    : undefined;
}

function missing(file: YamlFile, section: YamlValue, key: string | undefined): undefined {
  if (key !== undefined) file.problem(section, `expected ${key}, a path to a file in PEM format`);
}

interface ClientCaCheck {
  readonly section: YamlValue;
  readonly fields: ReadonlyMap<string, YamlValue>;
  readonly clientAuth: ClientAuthType;
  readonly findings: Findings;
}

function checkClientCa(file: YamlFile, { section, fields, clientAuth, findings }: ClientCaCheck): void {
  const clientCa = fields.get('client_ca_file');
  if (VERIFYING.has(clientAuth)) {
    if (clientCa === undefined) file.problem(section, `expected client_ca_file, which ${clientAuth} needs`);
  } else if (clientCa !== undefined) {
    const verifying = [...VERIFYING].join(' or ');
    // The exporter-toolkit lets it stand beside the two types that look at no signature.
    if (clientAuth === 'NoClientCert') file.problem(clientCa, `expected client_auth_type to be ${verifying} beside it`);
    else findings.warning(file.where(clientCa), `${clientAuth} does not verify certificates: ${verifying} would`);
  }
}

class FieldReader {
  readonly #file: YamlFile;
  readonly #fields: ReadonlyMap<string, YamlValue>;
  readonly #directory: string;

  constructor(file: YamlFile, fields: ReadonlyMap<string, YamlValue>, directory: string) {
    this.#file = file;
    this.#fields = fields;
    this.#directory = directory;
  }

  path(key: string): NamedFile | undefined {
    const value = this.#fields.get(key);
    if (value === undefined) return undefined;
    const text = isScalar(value.node) ? value.node.value : undefined;
    if (typeof text === 'string' && text !== '') {
      return { path: resolve(this.#directory, text), where: this.#file.where(value) };
    }
    return this.#file.problem(value, `expected a path to a file in PEM format, got ${describe(value)}`);
  }

  word<T extends string>(key: string, allowed: readonly T[], fallback: T): T | undefined {
    const value = this.#fields.get(key);
    if (value === undefined) return fallback;
    const text = isScalar(value.node) ? value.node.value : undefined;
    const found = allowed.find((word) => word === text);
    return found ?? this.#file.problem(value, `expected one of ${allowed.join(', ')}, got ${show(value)}`);
  }
}
