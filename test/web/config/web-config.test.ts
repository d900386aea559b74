import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { ConfigurationError } from '../../../src/config/configuration-error.ts';
import { openWebConfig } from '../../../src/process/web-config.ts';
import { CLIENT_AUTH_TYPES } from '../../../src/web/config/tls-config.ts';
import { readWebConfig } from '../../../src/web/config/web-config.ts';
import { makeAuthority } from '../../support/client-certificates.ts';
import { useScratch } from '../../support/scratch.ts';
import { requireTool } from '../../support/tools.ts';
import { recordLog } from './record-log.ts';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));
const IN_PEM = 'a path to a file in PEM format';
const NO_KEY = 'expected a private key in PEM format, without a passphrase, in DIR/server.crt, got something else';
const NO_HASH = 'expected a bcrypt hash that begins with $2a$, $2b$ or $2y$, got another text';
const VERIFYING = 'VerifyClientCertIfGiven or RequireAndVerifyClientCert';
const SECTIONS = 'tls_server_config, http_server_config, basic_auth_users';
const HEADERS =
  'Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection';

/** Everything that is said of each bad fixture: after the path of the file, with `DIR` for its folder. */
const PROBLEMS: Readonly<Record<string, readonly string[]>> = {
  'cert-file-absent': ['2: tls_server_config.cert_file: cannot read DIR/absent.crt: there is no such file'],
  'cert-file-holds-key': [
    '2: tls_server_config.cert_file: expected certificates in PEM format in DIR/server.key, got none',
  ],
  'client-auth-type-unknown': [
    `4: tls_server_config.client_auth_type: expected one of ${CLIENT_AUTH_TYPES.join(', ')}, got "RequireAndVerify"`,
  ],
  'client-ca-absent': ['5: tls_server_config.client_ca_file: cannot read DIR/absent.crt: there is no such file'],
  'client-ca-with-NoClientCert': [
    `5: tls_server_config.client_ca_file: expected client_auth_type to be ${VERIFYING} beside it`,
  ],
  'client-ca-without-policy': [
    `4: tls_server_config.client_ca_file: expected client_auth_type to be ${VERIFYING} beside it`,
  ],
  'duplicate-key': ['4: tls_server_config.key_file: this key stands here twice'],
  'duplicate-user': ['3: basic_auth_users.prometheus: this key stands here twice'],
  'hash-cost-too-low': ['2: basic_auth_users.prometheus: expected a bcrypt cost of 4 to 16, got 03'],
  'hash-plain-password': [`2: basic_auth_users.prometheus: ${NO_HASH}`],
  'hash-too-short': [`2: basic_auth_users.prometheus: ${NO_HASH}`],
  'header-in-small-letters': [
    '3: http_server_config.headers.x-frame-options: unknown key: did you mean X-Frame-Options?',
  ],
  'header-unknown': [`3: http_server_config.headers.Server: unknown key: expected ${HEADERS}`],
  'header-value-unknown': [
    '3: http_server_config.headers.X-Frame-Options: expected deny or sameorigin, got "DENY"',
    '4: http_server_config.headers.X-Content-Type-Options: expected nosniff, got "sniff"',
  ],
  'key-file-holds-certificate': [`3: tls_server_config.key_file: ${NO_KEY}`],
  'key-of-another-certificate': [
    '3: tls_server_config.key_file: expected the key of the certificate in cert_file, got another one',
  ],
  'no-cert-file': [`1: tls_server_config: expected cert_file, ${IN_PEM}`],
  'no-key-file': [`1: tls_server_config: expected key_file, ${IN_PEM}`],
  'not-a-mapping': [`1: expected a mapping with ${SECTIONS}, got a list`],
  'not-yaml': ['2: not valid YAML: the indentation does not fit'],
  'unknown-key': ['4: tls_server_config.cert_fiel: unknown key: did you mean cert_file?'],
  'unknown-section': [`1: tls_config: unknown key: expected ${SECTIONS}`],
  'users-are-a-list': ['1: basic_auth_users: expected a mapping of names to bcrypt hashes, got a list'],
  'version-ssl': ['4: tls_server_config.min_version: expected one of TLS10, TLS11, TLS12, TLS13, got "SSL30"'],
  'version-unknown': ['4: tls_server_config.min_version: expected one of TLS10, TLS11, TLS12, TLS13, got "TLS1.2"'],
};

/** The same for those that promtool lets pass. */
const STRICTER: Readonly<Record<string, readonly string[]>> = {
  'cipher-suites': ['4: tls_server_config.cipher_suites: this key is not supported'],
  'client-ca-holds-none': [
    '5: tls_server_config.client_ca_file: expected certificates in PEM format in DIR/server.key, got none',
  ],
  'curve-preferences': [
    '4: tls_server_config.prefer_server_cipher_suites: this key is not supported',
    '5: tls_server_config.curve_preferences: this key is not supported',
  ],
  'hash-cost-too-high': ['2: basic_auth_users.prometheus: expected a bcrypt cost of 4 to 16, got 17'],
  'header-empty': [
    '3: http_server_config.headers.Content-Security-Policy: expected a text that can stand in a header, got ""',
  ],
  http2: ['2: http_server_config.http2: HTTP/2 is not supported: expected false, got a boolean'],
  'min-above-max': [
    '4: tls_server_config.max_version: expected a max_version of at least the min_version, TLS12, got TLS11',
  ],
  'section-empty': ['1: basic_auth_users: expected a mapping of names to bcrypt hashes, got nothing'],
  'user-with-colon': ['2: basic_auth_users."prometheus:main": expected a name without colons, at least one letter'],
  'verify-without-ca': ['1: tls_server_config: expected client_ca_file, which RequireAndVerifyClientCert needs'],
};

describe('the web configuration', () => {
  const scratch = useScratch();
  const { log, lines } = recordLog();

  before(function () {
    const authority = makeAuthority(requireTool(this, 'openssl'));
    const server = authority.issue('server');
    for (const folder of ['good', 'bad', 'stricter']) {
      cpSync(join(FIXTURES, folder), join(scratch.path, folder), { recursive: true });
      writeFileSync(join(scratch.path, folder, 'server.crt'), server.cert);
      writeFileSync(join(scratch.path, folder, 'server.key'), server.key);
      writeFileSync(join(scratch.path, folder, 'other.key'), authority.issue('other').key);
      writeFileSync(join(scratch.path, folder, 'ca.crt'), authority.cert);
    }
  });

  async function problemsOf(folder: string, name: string): Promise<readonly string[]> {
    const file = join(scratch.path, folder, name);
    try {
      await openWebConfig(file, log);
      return [];
    } catch (error) {
      return problemsOfError(error).map((line) => {
        expect(line.startsWith(`${file}:`), line).to.equal(true);
        return line.slice(file.length + 1).replaceAll(join(scratch.path, folder), 'DIR');
      });
    }
  }

  for (const name of fixturesIn('good')) {
    it(`accepts ${name}`, async () => {
      expect(await problemsOf('good', name)).to.deep.equal([]);
    });
  }

  for (const [folder, expected] of Object.entries({ bad: PROBLEMS, stricter: STRICTER })) {
    for (const name of fixturesIn(folder)) {
      it(`refuses ${folder}/${name}, with file, line and key`, async () => {
        expect(await problemsOf(folder, name)).to.deep.equal(expected[name.replace('.yml', '')]);
      });
    }
  }

  it('agrees with promtool on what is good and what is bad, and where it is stricter', function () {
    this.timeout(60_000);
    const promtool = requireTool(this, 'promtool');
    const accepts = (folder: string) =>
      fixturesIn(folder).filter((name) => {
        const { status } = spawnSync(promtool, ['check', 'web-config', join(scratch.path, folder, name)]);
        return status === 0;
      });
    expect(accepts('good')).to.deep.equal(fixturesIn('good'));
    expect(accepts('bad')).to.deep.equal([]);
    expect(accepts('stricter')).to.deep.equal(fixturesIn('stricter'));
  });

  it('reads what is written, with defaults', async () => {
    const { tls, users, headers } = await readWebConfig(join(FIXTURES, 'good', 'tls.yml'));
    expect(tls?.cert.path).to.equal(join(FIXTURES, 'good', 'server.crt'));
    expect(tls?.key.path).to.equal(join(FIXTURES, 'good', 'server.key'));
    expect(tls).to.include({
      clientCa: undefined,
      clientAuth: 'NoClientCert',
      minVersion: 'TLS12',
      maxVersion: 'TLS13',
    });
    expect(users.size).to.equal(0);
    expect(headers).to.deep.equal({});
  });

  it('takes a number for a header as it is written, and any name for a user', async () => {
    const { headers } = await readWebConfig(join(FIXTURES, 'good', 'headers.yml'));
    expect(headers['X-XSS-Protection']).to.equal('0');
    const { users } = await readWebConfig(join(FIXTURES, 'good', 'users.yml'));
    expect([...users.keys()]).to.deep.equal(['prometheus', 'second', 'third user', '__proto__']);
  });

  it('warns of a client CA that nothing is held against', async () => {
    lines.length = 0;
    await openWebConfig(join(scratch.path, 'good', 'client-ca-not-verified.yml'), log);
    expect(lines.map(({ message }) => message)).to.deep.equal([
      `${join(scratch.path, 'good', 'client-ca-not-verified.yml')}:5: tls_server_config.client_ca_file: ` +
        `RequireAnyClientCert does not verify certificates: ${VERIFYING} would`,
    ]);
  });

  it('names a file that cannot be read', async () => {
    const path = join(scratch.path, 'absent.yml');
    const error = await openWebConfig(path, log).catch((caught: unknown) => caught);
    expect(problemsOfError(error)).to.deep.equal([`--web.config.file: cannot read ${path}: there is no such file`]);
  });

  it('never shows a hash, a password or a key', async () => {
    for (const folder of ['bad', 'stricter']) {
      for (const name of fixturesIn(folder)) {
        const said = (await problemsOf(folder, name)).join('\n');
        expect(said, name).not.to.match(/abcdefgh|hunter2|BEGIN|PRIVATE KEY-/);
      }
    }
  });
});

// By its name: what is imported on demand has classes of its own when it is run from its source.
function problemsOfError(error: unknown): readonly string[] {
  if ((error as Error).name !== 'ConfigurationError') throw error;
  return (error as ConfigurationError).problems;
}

function fixturesIn(folder: string): string[] {
  return readdirSync(join(FIXTURES, folder)).toSorted();
}
