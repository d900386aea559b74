import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync, statSync, type BigIntStats } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Findings } from '../../config/configuration-error.ts';
import { quotePath } from '../../config/quote.ts';
import { explainReadError, UnreadableFileError } from '../../config/read-file.ts';
import type { NamedFile, TlsConfig, TlsVersion } from './tls-config.ts';

/** What is needed to shake hands, from files that belong together. */
export type TlsMaterial = Readonly<SecureContextOptions>;

/** Far more than a chain of certificates or a bundle of authorities needs. */
const MAX_PEM_BYTES = 1_048_576;

const NODE_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
// OpenSSL does TLS 1.0 and 1.1 at no higher security level than this.
const OLD_CIPHERS = 'DEFAULT@SECLEVEL=0';
const OLD_VERSIONS: ReadonlySet<TlsVersion> = new Set(['TLS10', 'TLS11']);

// Go, and so promtool, knows no others.
const KEY_TYPES: ReadonlySet<string | undefined> = new Set(['rsa', 'ec', 'ed25519']);
const EC_CURVES: ReadonlySet<string | undefined> = new Set(['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1']);

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Reads certificate, key and client CA, and sees whether they fit together. It waits for the disk, because a
 * connection that has just come cannot wait otherwise.
 *
 * @returns `undefined` if something is wrong, which is noted with the place that names the file
 */
export function loadTlsFiles(tls: TlsConfig, findings: Findings): TlsMaterial | undefined {
  const cert = readCertificates(tls.cert, findings);
  const key = readKey(tls.key, findings);
  const ca = tls.clientCa && readCertificates(tls.clientCa, findings);
  if (cert === undefined || key === undefined || (tls.clientCa && ca === undefined)) return undefined;
  if (!new X509Certificate(cert).checkPrivateKey(key.parsed)) {
    return findings.problem(tls.key.where, 'expected the key of the certificate in cert_file, got another one');
  }
  const material: TlsMaterial = {
    cert,
    key: key.pem,
    ...(ca !== undefined && { ca }),
    minVersion: NODE_VERSIONS[tls.minVersion],
    maxVersion: NODE_VERSIONS[tls.maxVersion],
    ...(OLD_VERSIONS.has(tls.minVersion) && { ciphers: OLD_CIPHERS }),
  };
  try {
    createSecureContext(material);
    return material;
  } catch (error) {
    // OpenSSL names what it misses, such as "ee key too small".
    const reason = (error as { reason?: string }).reason ?? 'OpenSSL refuses it';
    return findings.problem(tls.cert.where, `expected a certificate that can be served, got: ${reason}`);
  }
}

/** Changes whenever one of the files does: renewed, overwritten, or another one put in its place. */
export function fingerprintTlsFiles({ cert, key, clientCa }: TlsConfig): string {
  return [cert, key, ...(clientCa ? [clientCa] : [])].map(({ path }) => fingerprint(path)).join();
}

function fingerprint(path: string): string {
  try {
    const { mtimeNs, ctimeNs, size, ino, dev } = statSync(path, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino, dev].join(':');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}

function readCertificates(file: NamedFile, findings: Findings): string | undefined {
  const pem = readPem(file, findings);
  if (pem === undefined) return undefined;
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length > 0 && certificates.every(isCertificate)) return certificates.join('\n');
  const got = certificates.length === 0 ? 'none' : 'one that is damaged';
  return findings.problem(file.where, `expected certificates in PEM format in ${quotePath(file.path)}, got ${got}`);
}

function isCertificate(pem: string): boolean {
  try {
    void new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function readKey(file: NamedFile, findings: Findings): { pem: string; parsed: KeyObject } | undefined {
  const pem = readPem(file, findings);
  if (pem === undefined) return undefined;
  const expected = `expected a private key in PEM format, without a passphrase, in ${quotePath(file.path)}`;
  try {
    const parsed = createPrivateKey(pem);
    const curve = parsed.asymmetricKeyDetails?.namedCurve;
    const isKnown = KEY_TYPES.has(parsed.asymmetricKeyType) && (curve === undefined || EC_CURVES.has(curve));
    if (isKnown) return { pem, parsed };
    return findings.problem(file.where, `${expected}: RSA, ECDSA with a curve of NIST's, or Ed25519`);
  } catch {
    return findings.problem(file.where, `${expected}, got something else`);
  }
}

function readPem({ path, where }: NamedFile, findings: Findings): string | undefined {
  try {
    // Opening a pipe would wait for its writer.
    assertFile(statSync(path, { bigint: true }));
    return readFileSync(path, 'utf8');
  } catch (error) {
    return findings.problem(where, `cannot read ${quotePath(path)}: ${explainReadError(error).message}`);
  }
}

function assertFile(file: BigIntStats): void {
  if (!file.isFile()) throw new UnreadableFileError('it is not a regular file', true);
  if (file.size > MAX_PEM_BYTES) throw new UnreadableFileError('it is larger than 1 MiB', true);
}
