import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and the certificate that it signed for itself, as PEM text. */
export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

/**
 * Makes a self-signed certificate with openssl.
 * @param days how long it is valid; negative for one that has expired.
 */
export function makeSelfSigned(openssl: string, { names, days }: { names: string; days: number }): SelfSigned {
  const folder = mkdtempSync(join(tmpdir(), 'thedex-cert-'));
  const file = (name: string) => join(folder, name);
  const run = (...args: string[]) => execFileSync(openssl, args, { stdio: 'pipe' });
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key.pem')];
    run('req', ...key, '-out', file('request.pem'), '-subj', '/CN=test gateway');
    writeFileSync(file('extensions'), `subjectAltName=${names}`);
    const signing = ['-req', '-in', file('request.pem'), '-signkey', file('key.pem'), '-extfile', file('extensions')];
    run('x509', ...signing, '-days', String(days), '-out', file('cert.pem'));
    return { key: readFileSync(file('key.pem'), 'utf8'), cert: readFileSync(file('cert.pem'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
