import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import net, { type Socket } from 'node:net';
import { join } from 'node:path';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { arrivalOf } from '../../src/web/connections.ts';
import { MAX_LINES } from '../../src/web/bounded-log.ts';
import { startServers, type Servers } from '../../src/web/server.ts';
import { CIPHER_SUITES, type ClientAuthType } from '../../src/web/tls-material.ts';
import { LOOK_EVERY_MS, openWebConfig, type WebConfigInForce } from '../../src/web/web-config.ts';
import { makeAuthority, type TestAuthority } from '../support/client-certificates.ts';
import { until } from '../support/poll.ts';
import { useScratch } from '../support/scratch.ts';
import type { SelfSigned } from '../support/self-signed.ts';
import { requireTool } from '../support/tools.ts';
import { recordLog } from './record-log.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: exporter\r\n\r\n';
const PADDED_BYTES = 4_000;
// Old versions of TLS need it on the client's side too.
const ANY_VERSION = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
const FAILED = 'TLS handshake failed';
const RELOADED = 'Web configuration reloaded';
const KEPT = 'Web configuration not reloaded, the old one stays in force';

/** A web configuration with its files, and servers that follow it. */
interface Served {
  readonly folder: string;
  readonly web: WebConfigInForce;
  readonly ports: readonly number[];
}

describe('TLS', () => {
  const scratch = useScratch();
  const { log, lines } = recordLog();
  const opened: { servers: Servers; web: WebConfigInForce }[] = [];
  const sockets: Socket[] = [];
  let clockMs = 0;
  let requests: IncomingMessage[] = [];
  let folders = 0;
  let authority: TestAuthority;
  let stranger: SelfSigned;
  let client: SelfSigned;
  let first: SelfSigned;
  let second: SelfSigned;

  before(function () {
    this.timeout(30_000);
    const openssl = requireTool(this, 'openssl');
    authority = makeAuthority(openssl);
    client = authority.issue('client');
    first = authority.issue('first');
    second = authority.issue('second');
    stranger = makeAuthority(openssl, 'another authority').issue('stranger');
  });

  beforeEach(() => {
    lines.length = 0;
    requests = [];
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const { servers, web } of opened.splice(0)) {
      await servers.drain(0);
      web.close();
    }
  });

  async function serve(section: Readonly<Record<string, unknown>> = {}, listeners = 1): Promise<Served> {
    folders += 1;
    const folder = join(scratch.path, String(folders));
    mkdirSync(folder);
    writeFileSync(join(folder, 'cert'), first.cert);
    writeFileSync(join(folder, 'key'), first.key);
    writeFileSync(join(folder, 'ca'), authority.cert);
    writeSection(folder, { cert_file: 'cert', key_file: 'key', ...section });
    const web = await openWebConfig(join(folder, 'web.yml'), { log, routePrefix: '', now: () => clockMs });
    const servers = await startServers({
      handler: (request, response) => {
        requests.push(request);
        response.end('hello');
      },
      addresses: Array.from({ length: listeners }, () => ({ kind: 'tcp', host: '127.0.0.1', port: 0 }) as const),
      systemdSocket: false,
      web,
      longestScrapeMs: 1_000,
      log,
    });
    opened.push({ servers, web });
    return { folder, web, ports: servers.addresses.map((address) => Number(new URL(address).port)) };
  }
  async function serveOne(section: Readonly<Record<string, unknown>> = {}): Promise<number> {
    return (await serve(section)).ports[0] ?? 0;
  }
  function writeSection(folder: string, section: Readonly<Record<string, unknown>> | undefined): void {
    // JSON is YAML.
    const text = section === undefined ? '' : JSON.stringify({ tls_server_config: section });
    writeFileSync(join(folder, 'web.yml'), text);
  }

  function connect(port: number, options: ConnectionOptions = {}): TLSSocket {
    // Without a server name: as Prometheus calls an address.
    const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
    sockets.push(socket);
    return socket;
  }

  /** What a client that connects gets: an answer, or the end of the connection. */
  function ask(socket: TLSSocket): Promise<'answer' | 'refusal'> {
    return new Promise((resolve) => {
      socket.once('error', () => resolve('refusal'));
      socket.once('close', () => resolve('refusal'));
      socket.once('data', (data) => resolve(String(data).startsWith('HTTP/1.1 200') ? 'answer' : 'refusal'));
      socket.write(REQUEST);
    });
  }

  async function nameServed(port = 0, options: ConnectionOptions = {}): Promise<string> {
    const socket = connect(port, options);
    expect(await ask(socket)).to.equal('answer');
    return String(socket.getPeerX509Certificate()?.subject);
  }

  /** What a client that sends some words without TLS gets until the connection ends. */
  function say(port: number, words: string): Promise<string> {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(words, 'latin1'));
    sockets.push(socket);
    let answer = '';
    socket.on('data', (data) => (answer += data.toString('latin1'))).on('error', () => {});
    return new Promise((resolve) => socket.once('close', () => resolve(answer)));
  }

  function replace(folder: string, { key, cert }: Partial<SelfSigned>): void {
    if (cert !== undefined) renameSync(scratch.write('next', cert), join(folder, 'cert'));
    if (key !== undefined) renameSync(scratch.write('next', key), join(folder, 'key'));
    clockMs += LOOK_EVERY_MS;
  }

  const messages = () => lines.map(({ level, message }) => [level, message]);

  describe('asks of clients what client_auth_type says', () => {
    const expected: Readonly<Record<ClientAuthType, readonly [none: string, any: string, verified: string]>> = {
      NoClientCert: ['answer', 'answer', 'answer'],
      RequestClientCert: ['answer', 'answer', 'answer'],
      RequireAnyClientCert: ['refusal', 'answer', 'answer'],
      VerifyClientCertIfGiven: ['answer', 'refusal', 'answer'],
      RequireAndVerifyClientCert: ['refusal', 'refusal', 'answer'],
    };
    for (const maxVersion of ['TLS12', 'TLS13'] as const) {
      for (const [clientAuth, outcomes] of Object.entries(expected)) {
        it(`${clientAuth} by ${maxVersion}`, async () => {
          const ca = clientAuth.includes('Verify') ? { client_ca_file: 'ca' } : {};
          const port = await serveOne({ client_auth_type: clientAuth, max_version: maxVersion, ...ca });
          const found = [];
          for (const presented of [{}, stranger, client]) found.push(await ask(connect(port, presented)));
          expect(found).to.deep.equal(outcomes);
          expect(requests.length).to.equal(outcomes.filter((outcome) => outcome === 'answer').length);
          expect(lines.length).to.equal(outcomes.filter((outcome) => outcome === 'refusal').length);
        });
      }
    }

    it('RequireAnyClientCert by its older name', async () => {
      const port = await serveOne({ client_auth_type: 'RequireClientCert' });
      expect(await ask(connect(port))).to.equal('refusal');
      expect(await ask(connect(port, stranger))).to.equal('answer');
    });

    it('for no certificate with NoClientCert, and for one with RequestClientCert', async () => {
      for (const clientAuth of ['NoClientCert', 'RequestClientCert'] as const) {
        await ask(connect(await serveOne({ client_auth_type: clientAuth }), client));
        const presented = (requests.at(-1)?.socket as TLSSocket | undefined)?.getPeerX509Certificate();
        expect(presented !== undefined, clientAuth).to.equal(clientAuth === 'RequestClientCert');
      }
    });

    it('nobody whom a client CA without certificates could verify', async () => {
      const port = await serveOne({ client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'key' });
      expect(await ask(connect(port, client))).to.equal('refusal');
    });
  });

  for (const [sans, outcome] of [
    [['exporter.example', '127.0.0.1'], 'answer'],
    [['other.example'], 'refusal'],
    [['127.0.0'], 'refusal'],
  ] as const) {
    it(`holds client_allowed_sans ${sans.join(' and ')} against a certificate's names`, async () => {
      const auth = { client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'ca' };
      const port = await serveOne({ ...auth, client_allowed_sans: sans });
      expect(await ask(connect(port, client))).to.equal(outcome);
      expect(await ask(connect(port, stranger))).to.equal('refusal');
    });
  }

  for (const version of ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const) {
    it(`speaks ${version} alone if told so`, async () => {
      const port = await serveOne({ min_version: version, max_version: version });
      const names = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
      for (const [offered, name] of Object.entries(names)) {
        const socket = connect(port, { ...ANY_VERSION, minVersion: name, maxVersion: name });
        expect(await ask(socket), offered).to.equal(offered === version ? 'answer' : 'refusal');
      }
    });
  }

  describe('of version 1.2', () => {
    const tls12 = (ciphers: string, more = {}) => ({ maxVersion: 'TLSv1.2', ciphers, ...more }) as const;

    it('has only suites with forward secrecy and authenticated encryption by default', async () => {
      const port = await serveOne();
      for (const suite of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305']) {
        expect(await ask(connect(port, tls12(suite))), suite).to.equal('answer');
      }
      for (const suite of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'AES128-GCM-SHA256']) {
        expect(await ask(connect(port, tls12(suite))), suite).to.equal('refusal');
      }
    });

    it('has those of cipher_suites, while TLS 1.3 has all of its own, as in Go', async () => {
      const port = await serveOne({
        cipher_suites: ['TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'],
      });
      expect(await ask(connect(port, tls12('ECDHE-ECDSA-AES128-SHA')))).to.equal('answer');
      expect(await ask(connect(port, tls12('ECDHE-ECDSA-AES128-GCM-SHA256')))).to.equal('refusal');
      const strong = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_256_GCM_SHA384' } as const;
      expect(await ask(connect(port, strong))).to.equal('answer');
    });

    it('is not spoken where cipher_suites has only those of TLS 1.3', async () => {
      const port = await serveOne({ cipher_suites: ['TLS_AES_128_GCM_SHA256'] });
      expect(await ask(connect(port, tls12('DEFAULT')))).to.equal('refusal');
      expect(await ask(connect(port))).to.equal('answer');
    });

    it('takes the curves of curve_preferences alone', async () => {
      const port = await serveOne({ curve_preferences: ['CurveP384'] });
      expect(await ask(connect(port, { ecdhCurve: 'P-384' }))).to.equal('answer');
      expect(await ask(connect(port, { ecdhCurve: 'X25519' }))).to.equal('refusal');
    });

    for (const [isServers, chosen] of [
      [true, 'ECDHE-ECDSA-AES256-GCM-SHA384'],
      [false, 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ] as const) {
      it(`takes ${isServers ? 'its own' : "the client's"} favourite suite with prefer_server_cipher_suites: ${isServers}`, async () => {
        const suites = ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'];
        const port = await serveOne({ cipher_suites: suites, prefer_server_cipher_suites: isServers });
        const socket = connect(port, tls12('ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384'));
        expect(await ask(socket)).to.equal('answer');
        expect(socket.getCipher().name).to.equal(chosen);
      });
    }

    it('knows every suite that cipher_suites may name', async () => {
      for (const suite of CIPHER_SUITES) await serveOne({ cipher_suites: [suite] });
    });
  });

  it('takes certificate, key and client CA that are written in the web configuration', async () => {
    const port = await serveOne({
      cert_file: '',
      key_file: '',
      cert: second.cert,
      key: second.key,
      client_ca: authority.cert,
      client_auth_type: 'RequireAndVerifyClientCert',
    });
    expect(await nameServed(port, client)).to.equal('CN=second');
    expect(await ask(connect(port, stranger))).to.equal('refusal');
  });

  describe('follows its files', () => {
    it('at the next connection, also without SNI, and leaves open ones alone', async () => {
      const { folder, ports } = await serve();
      const open = connect(ports[0] ?? 0);
      expect(await ask(open)).to.equal('answer');
      expect(await nameServed(ports[0])).to.equal('CN=first');
      replace(folder, second);
      expect(await nameServed(ports[0])).to.equal('CN=second');
      expect(await nameServed(ports[0], { servername: 'exporter.example' })).to.equal('CN=second');
      expect(await ask(open)).to.equal('answer');
      expect(messages()).to.deep.equal([['info', RELOADED]]);
    });

    it('at most every ten seconds', async () => {
      const { folder, ports } = await serve();
      replace(folder, second);
      clockMs -= 1;
      expect(await nameServed(ports[0])).to.equal('CN=first');
      clockMs += 1;
      expect(await nameServed(ports[0])).to.equal('CN=second');
      expect(LOOK_EVERY_MS).to.equal(10_000);
    });

    it('when they are overwritten in place with others of the same size', async () => {
      const { folder, ports } = await serve();
      const overwrite = ({ cert, key }: SelfSigned) => {
        writeFileSync(join(folder, 'cert'), cert.padEnd(PADDED_BYTES, '\n'));
        writeFileSync(join(folder, 'key'), key.padEnd(PADDED_BYTES, '\n'));
        clockMs += LOOK_EVERY_MS;
      };
      overwrite(first);
      expect(await nameServed(ports[0])).to.equal('CN=first');
      overwrite(second);
      expect(await nameServed(ports[0])).to.equal('CN=second');
    });

    it('and keeps the old pair while the new one is broken, says so once, and takes it when it is whole', async () => {
      const { folder, ports } = await serve();
      replace(folder, { cert: second.cert });
      for (let connections = 0; connections < 3; connections += 1) {
        clockMs += LOOK_EVERY_MS;
        expect(await nameServed(ports[0])).to.equal('CN=first');
      }
      const problems = `${join(folder, 'web.yml')}:1: tls_server_config.key_file: expected the key of the certificate beside it, got another one`;
      expect(lines).to.deep.equal([{ level: 'error', message: KEPT, fields: { problems } }]);
      replace(folder, { key: second.key });
      expect(await nameServed(ports[0])).to.equal('CN=second');
    });

    it('also those that a new web configuration names and that come later', async () => {
      const { folder, ports } = await serve();
      writeSection(folder, { cert_file: 'later.crt', key_file: 'later.key' });
      clockMs += LOOK_EVERY_MS;
      expect(await nameServed(ports[0])).to.equal('CN=first');
      writeFileSync(join(folder, 'later.crt'), second.cert);
      writeFileSync(join(folder, 'later.key'), second.key);
      clockMs += LOOK_EVERY_MS;
      expect(await nameServed(ports[0])).to.equal('CN=second');
      expect(messages()).to.deep.equal([
        ['error', KEPT],
        ['info', RELOADED],
      ]);
    });

    it('with a new client CA, to which no session of the old one gets around', async () => {
      const { folder, ports } = await serve({ client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'ca' });
      const [port = 0] = ports;
      const socket = connect(port, client);
      const session = new Promise<Buffer>((resolve) => socket.once('session', resolve));
      expect(await ask(socket)).to.equal('answer');
      expect(await ask(connect(port, { ...client, session: await session }))).to.equal('answer');
      renameSync(scratch.write('next', stranger.cert), join(folder, 'ca'));
      clockMs += LOOK_EVERY_MS;
      expect(await ask(connect(port, { ...client, session: await session }))).to.equal('refusal');
      expect(await ask(connect(port, client))).to.equal('refusal');
    });

    it('on several listeners, and tells of a broken pair once', async () => {
      const { folder, ports } = await serve({}, 2);
      replace(folder, { cert: 'nothing' });
      for (const port of ports) expect(await nameServed(port)).to.equal('CN=first');
      expect(lines.length).to.equal(1);
      replace(folder, second);
      for (const port of ports) expect(await nameServed(port)).to.equal('CN=second');
    });

    it('to plain HTTP and back', async () => {
      const { folder, ports } = await serve();
      const [port = 0] = ports;
      writeSection(folder, undefined);
      clockMs += LOOK_EVERY_MS;
      expect(await ask(connect(port))).to.equal('refusal');
      const plain = say(port, REQUEST.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      expect(await plain).to.match(/^HTTP\/1\.1 200 OK/);
      writeSection(folder, { cert_file: 'cert', key_file: 'key' });
      clockMs += LOOK_EVERY_MS;
      await opened[0]?.web.refresh();
      expect(await nameServed(port)).to.equal('CN=first');
    });

    it('by a reload at once, or not at all', async () => {
      const { folder, web, ports } = await serve();
      replace(folder, second);
      clockMs -= LOOK_EVERY_MS;
      const putInForce = await web.prepareReload();
      expect(await nameServed(ports[0])).to.equal('CN=first');
      putInForce();
      expect(await nameServed(ports[0])).to.equal('CN=second');
      writeSection(folder, { cert_file: 'cert' });
      const error = await web.prepareReload().catch((caught: unknown) => caught);
      expect((error as Error).name).to.equal('ConfigurationError');
      expect(await nameServed(ports[0])).to.equal('CN=second');
    });
  });

  describe('with clients that speak none', () => {
    it('answers plain HTTP with 400 and one sentence, and goes on', async () => {
      const port = await serveOne();
      expect(await say(port, REQUEST)).to.match(
        /^HTTP\/1\.1 400 Bad Request\r\n.*\r\n\r\nClient sent an HTTP request to an HTTPS server\.\n$/s,
      );
      expect(lines).to.deep.equal([
        { level: 'warn', message: FAILED, fields: { client: '127.0.0.1', reason: 'the client speaks plain HTTP' } },
      ]);
      expect(requests.length).to.equal(0);
      expect(await nameServed(port)).to.equal('CN=first');
    });

    it('ends other connections, and goes on', async () => {
      const port = await serveOne();
      for (const words of ['\u0016\u0003\u0001\u0000\u0005hello', '\u0000'.repeat(100)]) {
        // An alert of TLS, if anything.
        expect(await say(port, words)).not.to.match(/^HTTP/);
      }
      expect(requests.length).to.equal(0);
      expect(await nameServed(port)).to.equal('CN=first');
    });

    it('says nothing of those that only look whether the port is open', async () => {
      const port = await serveOne();
      const socket = net.connect(port, '127.0.0.1', () => socket.end());
      await new Promise((resolve) => socket.once('close', resolve));
      expect(lines).to.deep.equal([]);
    });
  });

  describe('tells of failed handshakes', () => {
    it('with the client and the reason', async () => {
      const port = await serveOne({ client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'ca' });
      await ask(connect(port));
      await ask(connect(port, stranger));
      await ask(connect(port, { ...ANY_VERSION, maxVersion: 'TLSv1.1' }));
      await until('the lines', () => lines.length === 3);
      expect(lines.map(({ level, message, fields }) => [level, message, fields['client']])).to.deep.equal(
        Array.from({ length: 3 }, () => ['warn', FAILED, '127.0.0.1']),
      );
      expect(lines.map(({ fields }) => fields['reason'])).to.deep.equal([
        'the client presented no certificate',
        "the client's certificate is not verified: UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        'unsupported protocol',
      ]);
    });

    it(`in ${MAX_LINES} lines a minute at most`, async () => {
      const port = await serveOne();
      for (let count = 0; count < MAX_LINES + 5; count += 1) await say(port, 'scan\r\n\r\n');
      expect(lines.length).to.equal(MAX_LINES);
    });
  });

  it('sees that a client hangs up while its answer is made', async () => {
    const { web } = await serve();
    let gone: AbortSignal | undefined;
    const servers = await startServers({
      handler: (request) => {
        gone = arrivalOf(request).gone;
      },
      addresses: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
      systemdSocket: false,
      web,
      longestScrapeMs: 1_000,
      log,
    });
    const socket = connect(Number(new URL(servers.addresses[0] ?? '').port));
    socket.write(REQUEST);
    await until('the request', () => gone !== undefined);
    socket.destroy();
    await until('the hang-up', () => gone?.aborted === true);
    await servers.drain(0);
  });
});
