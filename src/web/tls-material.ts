import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Findings } from '../config/configuration-error.ts';
import { quotePath } from '../lib/quote.ts';
import { findCertificates, readTextFile, UnreadableFileError } from '../lib/text-file.ts';

/** What a server asks of its clients' certificates, in the words of the exporter-toolkit, which are Go's. */
export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

/** Versions of TLS, oldest first. */
export const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

// What Go calls TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, OpenSSL calls ECDHE-RSA-AES128-GCM-SHA256.
const AEAD_SUITES: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
};
const OTHER_SUITES: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
};
// Both call these by the same names, and in Go they cannot be chosen: TLS 1.3 has all of them.
const TLS13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** `cipher_suites` by Go's names: those that its `tls.CipherSuites()` has or had, not its insecure ones. */
export const CIPHER_SUITES: readonly string[] = [
  ...TLS13_SUITES,
  ...Object.keys(AEAD_SUITES),
  ...Object.keys(OTHER_SUITES),
];

const OPENSSL_CURVES = { CurveP256: 'P-256', CurveP384: 'P-384', CurveP521: 'P-521', X25519: 'X25519' } as const;
/** `curve_preferences` by Go's names. */
export const CURVES = Object.keys(OPENSSL_CURVES) as readonly (keyof typeof OPENSSL_CURVES)[];

/** A text in PEM format, in a file or in the web configuration itself. */
export interface PemSource {
  /** File, line and key of the web configuration, for messages. */
  readonly where: string;
  readonly path?: string | undefined;
  readonly text?: string | undefined;
}

/** `tls_server_config`. */
export interface TlsSettings {
  readonly cert: PemSource;
  readonly key: PemSource;
  /** The authorities that sign clients' certificates. */
  readonly clientCa: PemSource | undefined;
  readonly clientAuth: ClientAuthType;
  /** One of these names must be in a client's certificate; `undefined` for any. */
  readonly allowedSans: readonly string[] | undefined;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Empty for the default. */
  readonly cipherSuites: readonly string[];
  /** Empty for the default. */
  readonly curves: readonly (keyof typeof OPENSSL_CURVES)[];
  readonly preferServerSuites: boolean;
}

/** What is needed to shake hands: certificate, key and client CA that fit together. */
export interface TlsMaterial {
  readonly context: Readonly<SecureContextOptions>;
  readonly clientAuth: ClientAuthType;
  readonly allowedSans: ReadonlySet<string> | undefined;
}

/** Far more than a chain of certificates or a bundle of authorities needs. */
const MAX_PEM_BYTES = 1_048_576;

const NODE_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
const OLD_VERSIONS: ReadonlySet<TlsVersion> = new Set(['TLS10', 'TLS11']);

// Go, and so promtool, knows no others.
const KEY_TYPES: ReadonlySet<string | undefined> = new Set(['rsa', 'ec', 'ed25519']);
const EC_CURVES: ReadonlySet<string | undefined> = new Set(['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1']);

/**
 * Reads certificate, key and client CA, and sees whether they fit together.
 * @returns `undefined` if something is wrong, which is noted with its place
 */
export async function loadTlsMaterial(settings: TlsSettings, findings: Findings): Promise<TlsMaterial | undefined> {
  const [cert, key, ca] = await Promise.all([
    readCertificates(settings.cert, findings),
    readKey(settings.key, findings),
    settings.clientCa && readAuthorities(settings.clientCa, findings),
  ]);
  if (cert === undefined || key === undefined || (settings.clientCa && ca === undefined)) return undefined;
  if (!new X509Certificate(cert).checkPrivateKey(key.parsed)) {
    return findings.problem(settings.key.where, 'expected the key of the certificate beside it, got another one');
  }
  const context = findWorkingContext(settings, { cert, key: key.pem, ...(ca !== undefined && { ca }) }, findings);
  if (context === undefined) return undefined;
  const { clientAuth, allowedSans } = settings;
  return { context, clientAuth, allowedSans: allowedSans && new Set(allowedSans) };
}

/** OpenSSL refuses at its default level what Go serves, such as RSA keys of 1,024 bits, and has no TLS 1.1 there. */
function findWorkingContext(
  settings: TlsSettings,
  material: SecureContextOptions,
  findings: Findings,
): SecureContextOptions | undefined {
  const options: SecureContextOptions = {
    ...material,
    minVersion: NODE_VERSIONS[settings.minVersion],
    maxVersion: NODE_VERSIONS[settings.maxVersion],
    honorCipherOrder: settings.preferServerSuites,
    ecdhCurve: settings.curves.map((curve) => OPENSSL_CURVES[curve]).join(':') || 'auto',
  };
  const ciphers = opensslCiphersOf(settings);
  const weak = { ...options, ciphers: `${ciphers}:@SECLEVEL=0` };
  if (OLD_VERSIONS.has(settings.minVersion)) return isServable(weak) === undefined ? weak : undefined;
  const refusal = isServable({ ...options, ciphers });
  if (refusal === undefined) return { ...options, ciphers };
  if (isServable(weak) !== undefined) {
    return findings.problem(settings.cert.where, `expected a certificate that can be served, got: ${refusal}`);
  }
  findings.warning(settings.cert.where, `a weak certificate, which clients may refuse: ${refusal}`);
  return weak;
}

/** @returns why it is not, such as "ee key too small"; `undefined` if it is. */
function isServable(options: SecureContextOptions): string | undefined {
  try {
    createSecureContext(options);
    return undefined;
  } catch (error) {
    return (error as { reason?: string }).reason ?? 'OpenSSL refuses it';
  }
}

function opensslCiphersOf({ cipherSuites, minVersion }: TlsSettings): string {
  if (cipherSuites.length === 0) {
    const suites = OLD_VERSIONS.has(minVersion) ? { ...AEAD_SUITES, ...OTHER_SUITES } : AEAD_SUITES;
    return [...TLS13_SUITES, ...Object.values(suites)].join(':');
  }
  const older = cipherSuites.flatMap((name) => AEAD_SUITES[name] ?? OTHER_SUITES[name] ?? []);
  return [...TLS13_SUITES, ...older].join(':');
}

async function readCertificates(source: PemSource, findings: Findings): Promise<string | undefined> {
  const pem = await readPem(source, findings);
  if (pem === undefined) return undefined;
  const { certificates, broken } = findCertificates(pem);
  if (certificates.length > 0 && broken === 0) return certificates.join('\n');
  const got = certificates.length === 0 ? 'none' : 'one that is damaged';
  return findings.problem(source.where, `expected certificates in PEM format${placeOf(source)}, got ${got}`);
}

// As in Go, what is damaged is left out: it lets nobody in.
async function readAuthorities(source: PemSource, findings: Findings): Promise<string[] | undefined> {
  const pem = await readPem(source, findings);
  if (pem === undefined) return undefined;
  const { certificates } = findCertificates(pem);
  const whole = certificates.filter((certificate) => findCertificates(certificate).broken === 0);
  if (whole.length === 0) {
    findings.warning(source.where, `no certificate${placeOf(source)}: no client's certificate can be verified`);
  } else if (whole.length < certificates.length) {
    findings.warning(source.where, `${certificates.length - whole.length} damaged certificates${placeOf(source)}`);
  }
  return whole;
}

async function readKey(source: PemSource, findings: Findings): Promise<{ pem: string; parsed: KeyObject } | undefined> {
  const pem = await readPem(source, findings);
  if (pem === undefined) return undefined;
  const expected = `expected a private key in PEM format, without a passphrase,${placeOf(source)}`;
  try {
    const parsed = createPrivateKey(pem);
    const curve = parsed.asymmetricKeyDetails?.namedCurve;
    const isKnown = KEY_TYPES.has(parsed.asymmetricKeyType) && (curve === undefined || EC_CURVES.has(curve));
    if (isKnown) return { pem, parsed };
    return findings.problem(source.where, `${expected}: RSA, ECDSA with a curve of NIST's, or Ed25519`);
  } catch {
    return findings.problem(source.where, `${expected}, got something else`);
  }
}

function placeOf({ path }: PemSource): string {
  return ` in ${path === undefined ? 'the text' : quotePath(path)}`;
}

async function readPem({ path, text, where }: PemSource, findings: Findings): Promise<string | undefined> {
  if (path === undefined) return text;
  try {
    return (await readTextFile(path, MAX_PEM_BYTES)).text;
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return findings.problem(where, `cannot read ${quotePath(path)}: ${error.message}`);
  }
}
