import { renameSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { TlsRenewal } from '../../src/web/config/renewal.ts';
import type { ClientAuthType, TlsConfig } from '../../src/web/config/tls-config.ts';
import { createTlsServer } from '../../src/web/config/tls.ts';
import { makeAuthority, type TestAuthority } from '../support/client-certificates.ts';
import { useScratch } from '../support/scratch.ts';
import type { SelfSigned } from '../support/self-signed.ts';
import { requireTool } from '../support/tools.ts';
import { recordLog } from './config/record-log.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: exporter\r\n\r\n';
const PADDED_BYTES = 4_000;
// Old versions of TLS need it on the client's side too.
const ANY_VERSION = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

describe('the TLS server', () => {
  const scratch = useScratch();
  const { log, lines } = recordLog();
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  let clockMs = 0;
  let served = 0;
  let files = 0;
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
    served = 0;
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  function configure(overrides: Partial<TlsConfig> = {}): TlsConfig {
    files += 1;
    const file = (name: string, content: string) => {
      const path = scratch.write(`${files}-${name}`, content);
      return { path, where: `web.yml:1: tls_server_config.${name}` };
    };
    return {
      cert: file('cert_file', first.cert),
      key: file('key_file', first.key),
      clientCa: file('client_ca_file', authority.cert),
      clientAuth: 'NoClientCert',
      minVersion: 'TLS12',
      maxVersion: 'TLS13',
      ...overrides,
    };
  }

  async function serve(config: TlsConfig): Promise<number> {
    const renewal = new TlsRenewal(config, log, () => clockMs);
    const server = createTlsServer({ clientAuth: config.clientAuth, renewal, log }, {}, (_, response) => {
      served += 1;
      response.end('hello');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return (server.address() as AddressInfo).port;
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

  async function nameServed(port: number, options: ConnectionOptions = {}): Promise<string> {
    const socket = connect(port, options);
    expect(await ask(socket)).to.equal('answer');
    return String(socket.getPeerX509Certificate()?.subject);
  }

  async function replace(config: TlsConfig, { key, cert }: Partial<SelfSigned>): Promise<void> {
    if (cert !== undefined) renameSync(scratch.write('next', cert), config.cert.path);
    if (key !== undefined) renameSync(scratch.write('next', key), config.key.path);
    clockMs += 1_000;
  }

  describe('asks of clients what client_auth_type says', () => {
    const expected: Readonly<Record<ClientAuthType, readonly [none: string, any: string, verified: string]>> = {
      NoClientCert: ['answer', 'answer', 'answer'],
      RequestClientCert: ['answer', 'answer', 'answer'],
      RequireAnyClientCert: ['refusal', 'answer', 'answer'],
      VerifyClientCertIfGiven: ['answer', 'refusal', 'answer'],
      RequireAndVerifyClientCert: ['refusal', 'refusal', 'answer'],
    };
    for (const maxVersion of ['TLS12', 'TLS13'] as const) {
      for (const [clientAuth, outcomes] of Object.entries(expected) as [ClientAuthType, readonly string[]][]) {
        it(`${clientAuth} by ${maxVersion}`, async () => {
          const port = await serve(configure({ clientAuth, maxVersion }));
          const found = [];
          for (const presented of [{}, stranger, client]) found.push(await ask(connect(port, presented)));
          expect(found).to.deep.equal(outcomes);
          expect(served).to.equal(outcomes.filter((outcome) => outcome === 'answer').length);
        });
      }
    }
  });

  it('asks for no certificate with NoClientCert, and for one with RequestClientCert', async () => {
    for (const clientAuth of ['NoClientCert', 'RequestClientCert'] as const) {
      const config = configure({ clientAuth });
      const renewal = new TlsRenewal(config, log, () => clockMs);
      const presented = new Promise<boolean>((resolve) => {
        const server = createTlsServer({ clientAuth, renewal, log }, {}, (request, response) => {
          resolve((request.socket as TLSSocket).getPeerX509Certificate() !== undefined);
          response.end();
        });
        servers.push(server);
        server.listen(0, '127.0.0.1', () => void ask(connect((server.address() as AddressInfo).port, client)));
      });
      expect(await presented).to.equal(clientAuth === 'RequestClientCert');
    }
  });

  for (const version of ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const) {
    it(`speaks ${version} alone if told so`, async () => {
      const port = await serve(configure({ minVersion: version, maxVersion: version }));
      const names = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
      for (const [offered, name] of Object.entries(names)) {
        const socket = connect(port, { ...ANY_VERSION, minVersion: name, maxVersion: name });
        expect(await ask(socket), offered).to.equal(offered === version ? 'answer' : 'refusal');
      }
    });
  }

  it('takes new files at the next connection, also without SNI, and leaves open ones alone', async () => {
    const config = configure();
    const port = await serve(config);
    const open = connect(port);
    expect(await ask(open)).to.equal('answer');
    expect(await nameServed(port)).to.equal('CN=first');
    await replace(config, second);
    expect(await nameServed(port)).to.equal('CN=second');
    expect(await nameServed(port, { servername: 'exporter.example' })).to.equal('CN=second');
    expect(await ask(open)).to.equal('answer');
    expect(lines.map(({ level, message }) => [level, message])).to.deep.equal([['info', 'The TLS files were renewed']]);
  });

  it('looks at the files at most once a second', async () => {
    const config = configure();
    const port = await serve(config);
    await replace(config, second);
    clockMs -= 1;
    expect(await nameServed(port)).to.equal('CN=first');
    clockMs += 1;
    expect(await nameServed(port)).to.equal('CN=second');
  });

  it('sees files that are overwritten in place with others of the same size', async () => {
    const config = configure();
    const overwrite = ({ cert, key }: SelfSigned) => {
      writeFileSync(config.cert.path, cert.padEnd(PADDED_BYTES, '\n'));
      writeFileSync(config.key.path, key.padEnd(PADDED_BYTES, '\n'));
    };
    overwrite(first);
    const port = await serve(config);
    overwrite(second);
    clockMs += 1_000;
    expect(await nameServed(port)).to.equal('CN=second');
  });

  it('keeps the old pair while the new one is broken, says so once, and takes it when it is whole', async () => {
    const config = configure();
    const port = await serve(config);
    await replace(config, { cert: second.cert });
    for (let connections = 0; connections < 3; connections += 1) {
      clockMs += 1_000;
      expect(await nameServed(port)).to.equal('CN=first');
    }
    expect(lines).to.deep.equal([
      {
        level: 'error',
        message: 'The TLS files that changed cannot be used, the old ones stay in force',
        fields: {
          problems:
            'web.yml:1: tls_server_config.key_file: expected the key of the certificate in cert_file, got another one',
        },
      },
    ]);
    await replace(config, { key: second.key });
    expect(await nameServed(port)).to.equal('CN=second');
  });

  it('takes a new client CA, to which no session of the old one gets around', async () => {
    const config = configure({ clientAuth: 'RequireAndVerifyClientCert' });
    const port = await serve(config);
    const socket = connect(port, client);
    const session = new Promise<Buffer>((resolve) => socket.once('session', resolve));
    expect(await ask(socket)).to.equal('answer');
    expect(await ask(connect(port, { ...client, session: await session }))).to.equal('answer');
    renameSync(scratch.write('next', stranger.cert), config.clientCa?.path ?? '');
    clockMs += 1_000;
    expect(await ask(connect(port, { ...client, session: await session }))).to.equal('refusal');
    expect(await ask(connect(port, client))).to.equal('refusal');
  });

  it('ends connections that speak no TLS, and goes on', async () => {
    const port = await serve(configure());
    for (const words of [REQUEST, '\u0016\u0003\u0001\u0000\u0005hello', '\u0000'.repeat(100)]) {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(words));
      sockets.push(socket);
      let answer = '';
      socket.on('data', (data) => (answer += data.toString('latin1'))).on('error', () => {});
      await new Promise((resolve) => socket.once('close', resolve));
      // An alert of TLS, if anything.
      expect(answer).not.to.match(/^HTTP/);
    }
    expect(served).to.equal(0);
    expect(await nameServed(port)).to.equal('CN=first');
  });

  it('lets several servers share the files and tell of a broken pair once', async () => {
    const config = configure();
    const renewal = new TlsRenewal(config, log, () => clockMs);
    const ports = [];
    for (let count = 0; count < 2; count += 1) {
      const server = createTlsServer({ clientAuth: 'NoClientCert', renewal, log }, {}, (_, response) => {
        response.end();
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
      ports.push((server.address() as AddressInfo).port);
    }
    await replace(config, { cert: 'nothing' });
    for (const port of ports) expect(await nameServed(port)).to.equal('CN=first');
    expect(lines.length).to.equal(1);
    await replace(config, second);
    for (const port of ports) expect(await nameServed(port)).to.equal('CN=second');
  });

  it('tells of failed handshakes at level debug only', async () => {
    const port = await serve(configure({ clientAuth: 'RequireAnyClientCert' }));
    expect(await ask(connect(port))).to.equal('refusal');
    expect(lines.map(({ level }) => level)).to.deep.equal(['debug']);
  });
});
