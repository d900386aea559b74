import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SelfSigned } from './self-signed.ts';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const DAYS = '2';

/** An authority of a test's own that signs certificates, those of clients and those of servers. */
export interface TestAuthority {
  /** Its own certificate, as PEM text. */
  readonly cert: string;
  /** Makes a key and a certificate for a name. */
  issue(name: string): SelfSigned;
}

/** Makes an authority with openssl. */
export function makeAuthority(openssl: string, name = 'test authority'): TestAuthority {
  const own = inFolder(openssl, (run, file) => {
    run(
      'req',
      '-x509',
      ...NEW_KEY,
      '-keyout',
      file('key'),
      '-out',
      file('cert'),
      '-subj',
      `/CN=${name}`,
      '-days',
      DAYS,
    );
  });
  const issue = (subject: string): SelfSigned =>
    inFolder(openssl, (run, file) => {
      writeFileSync(file('ca.key'), own.key);
      writeFileSync(file('ca.cert'), own.cert);
      writeFileSync(file('extensions'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=clientAuth,serverAuth\n');
      run('req', ...NEW_KEY, '-keyout', file('key'), '-out', file('request'), '-subj', `/CN=${subject}`);
      const authority = ['-CA', file('ca.cert'), '-CAkey', file('ca.key'), '-CAcreateserial'];
      const signing = ['-in', file('request'), '-out', file('cert'), '-extfile', file('extensions'), '-days', DAYS];
      run('x509', '-req', ...signing, ...authority);
    });
  return { cert: own.cert, issue };
}

type Run = (...args: string[]) => void;

// What is made lies as `key` and `cert` in a folder that goes at once.
function inFolder(openssl: string, make: (run: Run, file: (name: string) => string) => void): SelfSigned {
  const folder = mkdtempSync(join(tmpdir(), 'thedex-authority-'));
  const file = (name: string) => join(folder, name);
  try {
    make((...args) => void execFileSync(openssl, args, { stdio: 'pipe' }), file);
    return { key: readFileSync(file('key'), 'utf8'), cert: readFileSync(file('cert'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
