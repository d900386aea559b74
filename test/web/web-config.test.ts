import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import Koa from 'koa';
import { ConfigurationError, Findings } from '../../src/config/configuration-error.ts';
import { CIPHER_SUITES, CLIENT_AUTH_TYPES } from '../../src/web/tls-material.ts';
import { setDefaultHeaders } from '../../src/web/app.ts';
import { LOOK_EVERY_MS, openWebConfig, type WebConfigInForce } from '../../src/web/web-config.ts';
import { readWebConfig, type WebConfig } from '../../src/web/web-config-file.ts';
import { makeAuthority } from '../support/client-certificates.ts';
import { useScratch } from '../support/scratch.ts';
import { requireTool } from '../support/tools.ts';
import { recordLog } from './record-log.ts';

const FIXTURES = fileURLToPath(new URL('web-config', import.meta.url));
const IN_PEM = 'a path to a file in PEM format';
const NO_KEY = 'expected a private key in PEM format, without a passphrase, in DIR/server.crt, got something else';
const NO_HASH = 'expected a bcrypt hash that begins with $2a$, $2b$ or $2y$, got another text';
const VERIFYING = 'VerifyClientCertIfGiven or RequireAndVerifyClientCert';
const SECTIONS = 'tls_server_config, http_server_config, rate_limit, basic_auth_users';
const HEADERS =
  'Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection';

/** Everything that is said of each bad fixture: after the path of the file, with `DIR` for its folder. */
const PROBLEMS: Readonly<Record<string, readonly string[]>> = {
  'cipher-suite-insecure': [
    `4: tls_server_config.cipher_suites[0]: expected one of ${CIPHER_SUITES.join(', ')}, got "TLS_RSA_WITH_RC4_128_SHA"`,
  ],
  'curve-unknown': [
    '4: tls_server_config.curve_preferences[0]: expected one of CurveP256, CurveP384, CurveP521, X25519, got "P256"',
  ],
  'hash-empty': [
    '2: basic_auth_users.prometheus: expected a bcrypt hash that begins with $2a$, $2b$ or $2y$, got an empty text',
  ],
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
  'hash-cost-too-low': ['2: basic_auth_users.prometheus: expected a bcrypt cost of 4 to 16, got 3'],
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
    '3: tls_server_config.key_file: expected the key of the certificate beside it, got another one',
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

/** The same for those that are open where they look closed, although promtool lets them pass. */
const STRICTER: Readonly<Record<string, readonly string[]>> = {
  'tls-without-certificate': [
    `1: tls_server_config: expected cert_file, ${IN_PEM}`,
    `1: tls_server_config: expected key_file, ${IN_PEM}`,
  ],
  'verify-without-ca': ['1: tls_server_config: expected client_ca_file, which RequireAndVerifyClientCert needs'],
};

/** The same for keys that promtool 2.42 does not know. */
const NEWER_BAD: Readonly<Record<string, readonly string[]>> = {
  'client-allowed-sans-unverified': [
    '1: tls_server_config: expected client_auth_type to be RequireAndVerifyClientCert beside client_allowed_sans',
  ],
  'rate-limit-negative': ['1: rate_limit.interval: expected a duration such as 1s or 1m30s, got "-1s"'],
  'rate-limit-without-unit': ['1: rate_limit.interval: expected a duration such as 1s or 1m30s, got "5"'],
};

/** What is said of good ones that hardly do what was meant. */
const WARNINGS: Readonly<Record<string, readonly string[]>> = {
  'client-ca-holds-none': [
    "5: tls_server_config.client_ca_file: no certificate in DIR/server.key: no client's certificate can be verified",
  ],
  'client-ca-not-verified': [
    `5: tls_server_config.client_ca_file: RequireAnyClientCert does not verify certificates: ${VERIFYING} would`,
  ],
  'hash-cost-too-high': [
    '2: basic_auth_users.prometheus: every password is refused: a check at a bcrypt cost of 17 takes too long',
  ],
  'hash-of-an-unknown-mark': ['4: basic_auth_users.cut: every password is refused: the hash is not whole'],
  http2: ['2: http_server_config.http2: HTTP/2 is not offered: clients fall back to HTTP/1.1'],
  'min-above-max': ['1: tls_server_config: nobody can connect: max_version TLS11 is below min_version TLS12'],
  'rate-limit-without-interval': ['1: rate_limit: without an interval, the rate of requests is not limited'],
  'user-with-colon': ['2: basic_auth_users."prometheus:main": nobody can be this user: a name cannot have a colon'],
};

describe('the web configuration', () => {
  const scratch = useScratch();
  const { log, lines } = recordLog();
  const opened: WebConfigInForce[] = [];
  const options = { log, routePrefix: '' };

  beforeEach(() => {
    lines.length = 0;
  });
  afterEach(() => {
    for (const web of opened.splice(0)) web.close();
  });

  before(function () {
    this.timeout(60_000);
    const authority = makeAuthority(requireTool(this, 'openssl'));
    const server = authority.issue('server');
    for (const folder of ['good', 'bad', 'stricter', 'newer', 'newer-bad']) {
      cpSync(join(FIXTURES, folder), join(scratch.path, folder), { recursive: true });
      writeFileSync(join(scratch.path, folder, 'server.crt'), server.cert);
      writeFileSync(join(scratch.path, folder, 'server.key'), server.key);
      writeFileSync(join(scratch.path, folder, 'other.key'), authority.issue('other').key);
      writeFileSync(join(scratch.path, folder, 'ca.crt'), authority.cert);
      writeFileSync(join(scratch.path, folder, 'both.pem'), server.cert + server.key);
    }
    const written = join(scratch.path, 'newer', 'cert-and-key-written-here.yml');
    const indent = (pem: string) => pem.trim().replaceAll('\n', '\n    ');
    const text = readFileSync(written, 'utf8').replace('CERT', indent(server.cert)).replace('KEY', indent(server.key));
    writeFileSync(written, text);
  });

  async function problemsOf(folder: string, name: string): Promise<readonly string[]> {
    const file = join(scratch.path, folder, name);
    try {
      opened.push(await openWebConfig(file, options));
      return [];
    } catch (error) {
      return problemsOfError(error).map((line) => {
        expect(line.startsWith(`${file}:`), line).to.equal(true);
        return line.slice(file.length + 1).replaceAll(join(scratch.path, folder), 'DIR');
      });
    }
  }

  for (const folder of ['good', 'newer']) {
    for (const name of fixturesIn(folder)) {
      it(`accepts ${folder}/${name}, and says what it hardly does`, async () => {
        expect(await problemsOf(folder, name)).to.deep.equal([]);
        const prefix = `${join(scratch.path, folder, name)}:`;
        const said = lines.map(({ message }) =>
          message.replace(prefix, '').replaceAll(join(scratch.path, folder), 'DIR'),
        );
        expect(said).to.deep.equal(WARNINGS[name.replace('.yml', '')] ?? []);
      });
    }
  }

  for (const [folder, expected] of Object.entries({ bad: PROBLEMS, stricter: STRICTER, 'newer-bad': NEWER_BAD })) {
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

  async function read(folder: string, name: string): Promise<WebConfig> {
    const findings = new Findings();
    const config = await readWebConfig(join(FIXTURES, folder, name), findings);
    findings.throwIfAny();
    return config ?? expect.fail('nothing was read');
  }

  it('reads what is written, with defaults', async () => {
    const { tls, users, headers, rateLimit } = await read('good', 'tls.yml');
    expect(tls?.cert.path).to.equal(join(FIXTURES, 'good', 'server.crt'));
    expect(tls?.key.path).to.equal(join(FIXTURES, 'good', 'server.key'));
    expect(tls).to.deep.include({
      clientCa: undefined,
      clientAuth: 'NoClientCert',
      allowedSans: undefined,
      minVersion: 'TLS12',
      maxVersion: 'TLS13',
      cipherSuites: [],
      curves: [],
      preferServerSuites: true,
    });
    expect([users.size, headers, rateLimit]).to.deep.equal([0, {}, undefined]);
    expect((await read('good', 'tls-nothing-but-empty.yml')).tls).to.equal(undefined);
    expect((await read('newer', 'rate-limit.yml')).rateLimit).to.deep.equal({ burst: 20, intervalMs: 90_000 });
    expect((await read('newer', 'rate-limit-nanoseconds.yml')).rateLimit).to.deep.equal({
      burst: 1,
      intervalMs: 1_000,
    });
  });

  it('takes a number for a header as it is written, lines as one, and any name for a user', async () => {
    expect((await read('good', 'headers.yml')).headers['X-XSS-Protection']).to.equal('0');
    expect((await read('good', 'headers-of-several-lines.yml')).headers).to.deep.equal({
      'Content-Security-Policy': "default-src 'none'; style-src 'self' 'unsafe-inline'",
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    });
    const { users } = await read('good', 'users.yml');
    expect([...users.keys()]).to.deep.equal(['prometheus', 'second', 'third user', '__proto__']);
  });

  it('names a file that cannot be read', async () => {
    const path = join(scratch.path, 'absent.yml');
    const error = await openWebConfig(path, options).catch((caught: unknown) => caught);
    expect(problemsOfError(error)).to.deep.equal([`--web.config.file: cannot read ${path}: there is no such file`]);
  });

  it('never shows a hash, a password or a key', async () => {
    for (const folder of ['bad', 'stricter', 'newer-bad']) {
      for (const name of fixturesIn(folder)) {
        const said = (await problemsOf(folder, name)).join('\n');
        expect(said, name).not.to.match(/abcdefgh|hunter2|BEGIN|PRIVATE KEY-/);
      }
    }
  });
});

describe('a web configuration in force', () => {
  const scratch = useScratch();
  const { log, lines } = recordLog();
  const hashOf = (password: string) => hashSync(password, 4);
  let clockMs = 0;
  let web: WebConfigInForce;
  let server: http.Server;

  async function serve(text: string, routePrefix = ''): Promise<void> {
    lines.length = 0;
    web = await openWebConfig(scratch.write('web.yml', text), { log, routePrefix, now: () => clockMs });
    const app = new Koa();
    app.use(setDefaultHeaders);
    for (const guard of web.guards) app.use(guard);
    app.use((ctx) => {
      ctx.body = 'page';
    });
    const handle = app.callback();
    server = http.createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  }
  afterEach(() => {
    web.close();
    server.closeAllConnections();
    server.close();
  });

  function change(text: string): void {
    scratch.write('web.yml', text);
    clockMs += LOOK_EVERY_MS;
  }
  function ask(path = '/', password?: string): Promise<http.IncomingMessage> {
    const auth = password === undefined ? {} : { auth: `prometheus:${password}` };
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      http
        .get({ host: '127.0.0.1', port, path, agent: false, ...auth }, (response) => resolve(response.resume()))
        .once('error', reject);
    });
  }
  const statusOf = async (path?: string, password?: string) => (await ask(path, password)).statusCode;

  it('stops taking a revoked password at the first request after ten seconds', async () => {
    await serve(`basic_auth_users: {prometheus: "${hashOf('old')}"}`);
    expect(await statusOf('/', 'old')).to.equal(200);
    change(`basic_auth_users: {prometheus: "${hashOf('new')}"}`);
    clockMs -= 1;
    expect(await statusOf('/', 'old')).to.equal(200);
    clockMs += 1;
    expect(await statusOf('/', 'old')).to.equal(401);
    expect(await statusOf('/', 'new')).to.equal(200);
    expect(lines.map(({ message }) => message)).to.deep.equal(['Web configuration reloaded']);
  });

  it('stays what it was while the file is broken, and says so once', async () => {
    await serve(`basic_auth_users: {prometheus: "${hashOf('old')}"}`);
    change('basic_auth_users: {prometheus: hunter2}');
    for (let count = 0; count < 3; count += 1) {
      expect(await statusOf('/', 'old')).to.equal(200);
      expect(await statusOf('/', 'hunter2')).to.equal(401);
      clockMs += LOOK_EVERY_MS;
    }
    expect(lines.map(({ level, message }) => `${level}: ${message}`)).to.deep.equal([
      'error: Web configuration not reloaded, the old one stays in force',
    ]);
    expect(JSON.stringify(lines)).not.to.contain('hunter2');
    change('');
    expect(await statusOf('/')).to.equal(200);
  });

  it('takes new headers', async () => {
    await serve('');
    expect((await ask()).headers['x-frame-options']).to.equal('DENY');
    change('http_server_config: {headers: {X-Frame-Options: sameorigin}}');
    expect((await ask()).headers['x-frame-options']).to.equal('sameorigin');
  });

  it('is reloaded in two steps, the second of which cannot fail', async () => {
    await serve(`basic_auth_users: {prometheus: "${hashOf('old')}"}`);
    change(`basic_auth_users: {prometheus: "${hashOf('new')}"}`);
    clockMs -= LOOK_EVERY_MS;
    const putInForce = await web.prepareReload();
    expect(await statusOf('/', 'old')).to.equal(200);
    putInForce();
    expect(await statusOf('/', 'old')).to.equal(401);
    scratch.write('web.yml', 'basic_auth_users: []\n: ');
    expect(await web.prepareReload().catch((error: Error) => error.name)).to.equal('ConfigurationError');
    expect(await statusOf('/', 'new')).to.equal(200);
  });

  it('limits the rate of requests, but for the health pages below the route prefix', async () => {
    await serve('rate_limit: {burst: 2, interval: 10s}', '/x');
    const statuses = [await statusOf('/x/'), await statusOf('/x/'), await statusOf('/x/')];
    expect(statuses).to.deep.equal([200, 200, 429]);
    expect(await statusOf('/x/-/healthy')).to.equal(200);
    expect((await ask('/-/healthy')).headers['retry-after']).to.equal('10');
    clockMs += 9_000;
    expect(await statusOf('/x/')).to.equal(429);
    clockMs += 1_000;
    expect([await statusOf('/x/'), await statusOf('/x/')]).to.deep.equal([200, 429]);
  });

  it('asks for no password on the health pages below the route prefix alone', async () => {
    await serve(`basic_auth_users: {prometheus: "${hashOf('right')}"}`, '/x');
    expect([await statusOf('/x/-/healthy'), await statusOf('/x/-/ready')]).to.deep.equal([200, 200]);
    expect([await statusOf('/-/healthy'), await statusOf('/x/metrics')]).to.deep.equal([401, 401]);
  });

  it('tells what it is, without secrets', async () => {
    const hash = hashOf('right');
    await serve(`basic_auth_users: {prometheus: "${hash}"}\nrate_limit: {burst: 2, interval: 10s}`);
    expect(web.summary).to.deep.equal({ tls: 'off', password_users: 1, rate_limit: '2 and one each 10000 ms' });
  });
});

function problemsOfError(error: unknown): readonly string[] {
  if (error instanceof ConfigurationError) return error.problems;
  throw error;
}

function fixturesIn(folder: string): string[] {
  return readdirSync(join(FIXTURES, folder)).toSorted();
}
