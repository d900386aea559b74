import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Secret } from '../../src/lib/secret.ts';
import { BALANCES } from '../../src/thedex/answers.ts';
import { openGateway } from '../../src/thedex/client.ts';
import { createSecureContext } from '../../src/thedex/connection.ts';
import { DeadlineError, TheDexError, type Reason } from '../../src/thedex/errors.ts';
import { emptyBody } from '../../src/thedex/signature.ts';
import { balance, closedPort, json, startGateway, startRawGateway } from '../support/gateway.ts';
import { until } from '../support/poll.ts';
import { makeSelfSigned, type SelfSigned } from '../support/self-signed.ts';
import { requireTool } from '../support/tools.ts';

const ONE = json(JSON.stringify([{ BTC: balance('1.5', '0.5', '1.0') }]));
const KEYS = { apiKey: new Secret('test-api-key-1f7d'), secretKey: new Secret('test-secret-key-9b2e') };

interface Route {
  readonly url: URL;
  readonly ca?: string | undefined;
  readonly proxy?: URL | undefined;
}

function open({ url, ca, proxy }: Route) {
  const secureContext = createSecureContext(ca);
  return openGateway({ url, proxy, secureContext, makeBody: emptyBody, userAgent: 'test' });
}

/** Asks once or more often over one set of connections; says `success` or the reason, and the last message. */
async function ask({ url, ca, proxy }: Route, { times = 1, timeoutMs = 3000 } = {}) {
  const gateway = open({ url, ca, proxy });
  let outcome: { result: Reason | 'success'; message: string } = { result: 'success', message: '' };
  try {
    for (let asked = 0; asked < times; asked += 1) {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(new DeadlineError('late')), timeoutMs);
      try {
        await gateway.ask(BALANCES, KEYS, controller.signal);
      } finally {
        clearTimeout(timer);
      }
    }
  } catch (error) {
    if (!(error instanceof TheDexError)) throw error;
    outcome = { result: error.reason, message: error.message };
  } finally {
    gateway.close();
  }
  return outcome;
}

const secured = (url: URL) => new URL(url.href.replace('http:', 'https:'));

describe('a gateway behind TLS', () => {
  let openssl: string;
  before(function () {
    openssl = requireTool(this, 'openssl');
  });

  it('ends a tunnel that is not made in time, also where the connection before it was spoilt', async () => {
    const tls = made();
    const server = await startGateway({ answer: ONE, tls });
    const clients: Socket[] = [];
    // The first tunnel is made, and nothing is said to whoever wants another.
    const proxy = net.createServer((socket) => {
      clients.push(socket.setNoDelay(true));
      socket.on('error', () => {});
      const isFirst = clients.length === 1;
      socket.once('data', () => {
        if (!isFirst) return;
        const onward = net.connect(server.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
        onward.on('error', () => {});
        onward.pipe(socket).pipe(onward);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const gateway = open({ url: server.url, ca: tls.cert, proxy: new URL(`http://127.0.0.1:${port}`) });
    const controller = new AbortController();
    try {
      await gateway.ask(BALANCES, KEYS, controller.signal);
      await new Promise((resolve) => setImmediate(resolve));
      clients[0]?.write('nothing of TLS');
      const second = gateway.ask(BALANCES, KEYS, controller.signal).catch((error: unknown) => error);
      await until('the second tunnel', () => clients.length > 1);
      controller.abort(new DeadlineError('late'));
      expect(await second).to.be.instanceOf(DeadlineError);
      await until('the end of the connection', () => clients.every((socket) => socket.destroyed));
    } finally {
      gateway.close();
      for (const socket of clients) socket.destroy();
      proxy.close();
      await server.close();
    }
  });

  const made = (names = 'IP:127.0.0.1', days = 2) => makeSelfSigned(openssl, { names, days });

  async function askSecured(tls: SelfSigned, ca?: string) {
    const gateway = await startGateway({ answer: ONE, tls });
    try {
      return await ask({ url: gateway.url, ...(ca === undefined ? {} : { ca }) });
    } finally {
      await gateway.close();
    }
  }

  it('is read when its certificate is trusted besides the usual ones', async () => {
    const tls = made();
    expect(await askSecured(tls, tls.cert)).to.include({ result: 'success' });
  });
  it('is read when its certificate is one of several in the bundle', async () => {
    const tls = made();
    expect(await askSecured(tls, [rootCertificates[0], tls.cert, rootCertificates[1]].join('\n'))).to.include({
      result: 'success',
    });
  });
  it('is tls when its certificate is self-signed', async () => {
    const { result, message } = await askSecured(made());
    expect(result).to.equal('tls');
    expect(message).to.include('DEPTH_ZERO_SELF_SIGNED_CERT');
  });
  it('is tls when its certificate has expired', async () => {
    const tls = made('IP:127.0.0.1', -1);
    const { result, message } = await askSecured(tls, tls.cert);
    expect(result).to.equal('tls');
    expect(message).to.include('CERT_HAS_EXPIRED');
  });
  it('is tls when its certificate is for another name', async () => {
    const tls = made('DNS:other.example');
    const { result, message } = await askSecured(tls, tls.cert);
    expect(result).to.equal('tls');
    expect(message).to.include('ERR_TLS_CERT_ALTNAME_INVALID');
  });
  it('is read over one connection, and resumes its session on the next', async () => {
    const tls = made();
    const gateway = await startGateway({ answer: ONE, tls });
    const reused: boolean[] = [];
    gateway.answer = (request, response, body) => {
      reused.push((request.socket as unknown as { isSessionReused(): boolean }).isSessionReused());
      if (reused.length === 2) response.setHeader('Connection', 'close');
      ONE(request, response, body);
    };
    expect(await ask({ url: gateway.url, ca: tls.cert }, { times: 3 })).to.include({ result: 'success' });
    expect(gateway.sockets).to.have.length(2);
    expect(reused).to.deep.equal([false, false, true]);
    await gateway.close();
  });

  it('is asked once more when it says goodbye on the kept connection instead of answering', async () => {
    const tls = made();
    const gateway = await startGateway({ answer: ONE, tls });
    gateway.answer = (request, response, body) => {
      if (gateway.requests.length === 2) request.socket.end();
      else ONE(request, response, body);
    };
    expect(await ask({ url: gateway.url, ca: tls.cert }, { times: 2 })).to.include({ result: 'success' });
    expect(gateway.requests).to.have.length(3);
    await gateway.close();
  });

  it('keeps the trust of NODE_EXTRA_CA_CERTS beside that of its own bundle', async () => {
    const tls = made();
    const gateway = await startGateway({ answer: ONE, tls });
    const file = join(mkdtempSync(join(tmpdir(), 'thedex-extra-')), 'extra.pem');
    writeFileSync(file, tls.cert);
    const script = `
      const { createSecureContext } = await import('./src/thedex/connection.ts');
      const socket = (await import('node:tls')).connect({
        host: '127.0.0.1', port: ${gateway.port}, secureContext: createSecureContext(${JSON.stringify(rootCertificates[0])}),
      });
      socket.once('error', (error) => console.log(error.code));
      socket.once('secureConnect', () => { console.log('secure'); socket.destroy(); });
    `;
    const connect = async (extra: Record<string, string>) => {
      const { NODE_EXTRA_CA_CERTS: _extra, SSL_CERT_FILE: _file, SSL_CERT_DIR: _dir, ...clean } = process.env;
      const options = { env: { ...clean, NODE_OPTIONS: '', ...extra } };
      const flags = ['--import', 'tsx', '--input-type=module', '-e', script];
      return (await promisify(execFile)(process.execPath, flags, options)).stdout.trim();
    };
    try {
      expect(await connect({})).to.equal('DEPTH_ZERO_SELF_SIGNED_CERT');
      expect(await connect({ NODE_EXTRA_CA_CERTS: file })).to.equal('secure');
      expect(await connect({ SSL_CERT_FILE: file, NODE_OPTIONS: '--use-openssl-ca' })).to.equal('secure');
      expect(await connect({ NODE_EXTRA_CA_CERTS: join(file, 'missing') })).to.equal('DEPTH_ZERO_SELF_SIGNED_CERT');
    } finally {
      rmSync(dirname(file), { recursive: true });
      await gateway.close();
    }
  }).timeout(30_000);

  const handshakes: Record<string, [(socket: Socket) => void, Reason]> = {
    'what answers there speaks none': [(socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'tls'],
    'the handshake is refused': [(socket) => socket.end(Buffer.from('15030100020228', 'hex')), 'tls'],
    'the connection ends during the handshake': [(socket) => socket.destroy(), 'network'],
    'it is silent during the handshake': [() => {}, 'timeout'],
  };
  for (const [name, [talk, reason]] of Object.entries(handshakes)) {
    it(`is ${reason} when ${name}, and leaves no connection open`, async () => {
      const sockets: Socket[] = [];
      const raw = await startRawGateway((socket) => {
        sockets.push(socket);
        talk(socket);
      });
      const { result } = await ask({ url: secured(raw.url) }, { timeoutMs: reason === 'timeout' ? 150 : 3000 });
      expect(result).to.equal(reason);
      await until('the end of the connection', () =>
        sockets.every((socket) => socket.readableEnded || socket.destroyed),
      );
      await raw.close();
    });
  }

  describe('and a proxy', () => {
    for (const scheme of ['http', 'https'] as const) {
      it(`is read through a tunnel of an ${scheme}: proxy, which is kept open`, async () => {
        const tls = made();
        const gateway = await startGateway({ answer: ONE, tls });
        const proxy = await startProxy({ tls: scheme === 'https' ? tls : undefined });
        const outcome = await ask({ url: gateway.url, ca: tls.cert, proxy: proxy.url('user:p%40ss@') }, { times: 3 });
        await Promise.all([proxy.close(), gateway.close()]);
        expect(outcome).to.include({ result: 'success' });
        expect(proxy.asked).to.deep.equal([{ target: `127.0.0.1:${gateway.port}`, authorization: basic('user:p@ss') }]);
      });
    }
    it('is tls when the certificate behind the tunnel is not trusted', async () => {
      const gateway = await startGateway({ answer: ONE, tls: made() });
      const proxy = await startProxy();
      const { result, message } = await ask({ url: gateway.url, proxy: proxy.url() });
      await Promise.all([proxy.close(), gateway.close()]);
      expect(result).to.equal('tls');
      expect(message).to.include('DEPTH_ZERO_SELF_SIGNED_CERT').and.include(proxy.url().host);
    });
    it('is network when the proxy itself is not trusted', async () => {
      const proxy = await startProxy({ tls: made() });
      const { result, message } = await ask({ url: new URL('https://gateway.example'), proxy: proxy.url() });
      await proxy.close();
      expect(result).to.equal('network');
      expect(message).to.include('DEPTH_ZERO_SELF_SIGNED_CERT').and.include(proxy.url().host);
    });
  });
});

/** What goes wrong with a proxy, whatever it is asked for. */
describe('a proxy', () => {
  const SECURE = new URL('https://gateway.example');
  const PLAIN = new URL('http://gateway.example');

  for (const status of [302, 403, 407, 502]) {
    it(`that refuses a tunnel with ${status} is network, and is named without its password`, async () => {
      const proxy = await startProxy({ status });
      const { result, message } = await ask({ url: SECURE, proxy: proxy.url('user:p%40ss@') });
      await proxy.close();
      expect(result).to.equal('network');
      expect(message).to.include(`${status}`).and.include(proxy.url().host);
      expect(message).not.to.match(/p@ss|p%40ss|user/);
    });
  }
  it('that wants a password for a plain gateway is network', async () => {
    const proxy = await startProxy({ status: 407 });
    const { result, message } = await ask({ url: PLAIN, proxy: proxy.url() });
    await proxy.close();
    expect(result).to.equal('network');
    expect(message).to.include('407').and.include(proxy.url().host);
  });

  it('that says at length that it wants a password is not listened to', async () => {
    const sockets: Socket[] = [];
    const raw = await startRawGateway((socket) => {
      sockets.push(socket);
      socket.write(`HTTP/1.1 407 No\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(100_000)}`);
    });
    const gateway = open({ url: PLAIN, proxy: raw.url });
    const error = await gateway.ask(BALANCES, KEYS, AbortSignal.timeout(10_000)).catch((caught: unknown) => caught);
    expect((error as TheDexError).reason).to.equal('network');
    await until('the end of the connection', () => sockets.every((socket) => socket.destroyed));
    gateway.close();
    await raw.close();
  });

  const faults: Record<string, (socket: Socket) => void> = {
    'is not one': (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    'closes the connection': (socket) => socket.end(),
    'resets the connection': (socket) => socket.resetAndDestroy(),
    'breaks off within its answer': (socket) => socket.end('HTTP/1.1 200 Connection est'),
    'sends endless headers': (socket) => socket.end(`HTTP/1.1 200 OK\r\n${'X: 1234567890\r\n'.repeat(10_000)}\r\n`),
  };
  for (const [name, talk] of Object.entries(faults)) {
    for (const url of [SECURE, PLAIN]) {
      it(`that ${name} is network for an ${url.protocol} gateway, and named`, async () => {
        const raw = await startRawGateway(talk);
        const { result, message } = await ask({ url, proxy: raw.url });
        await raw.close();
        expect(result).to.equal('network');
        expect(message).to.include(raw.url.host);
      });
    }
  }
  for (const url of [SECURE, PLAIN]) {
    it(`that is not there is network for an ${url.protocol} gateway, and named`, async () => {
      const proxy = new URL(`http://user:secret@127.0.0.1:${await closedPort()}`);
      const { result, message } = await ask({ url, proxy });
      expect(result).to.equal('network');
      expect(message).to.include('ECONNREFUSED').and.include(proxy.host).and.not.include('secret');
    });
    it(`that should speak TLS and does not is network for an ${url.protocol} gateway`, async () => {
      const raw = await startRawGateway((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      const { result, message } = await ask({ url, proxy: secured(raw.url) });
      await raw.close();
      expect(result).to.equal('network');
      expect(message).to.include(raw.url.host);
    });
    it(`that is silent is timeout for an ${url.protocol} gateway, and no connection to it stays`, async () => {
      const sockets: Socket[] = [];
      const raw = await startRawGateway((socket) => sockets.push(socket));
      const { result } = await ask({ url, proxy: raw.url }, { timeoutMs: 150 });
      expect(result).to.equal('timeout');
      await until('the end of the connection', () => sockets.length > 0 && sockets.every((socket) => socket.destroyed));
      await raw.close();
    });
  }

  it('is told the whole address of a plain gateway', async () => {
    const gateway = await startGateway({ answer: ONE });
    const proxy = await startProxy();
    const outcome = await ask({ url: gateway.url, proxy: proxy.url('user:p%40ss@') }, { times: 2 });
    await Promise.all([proxy.close(), gateway.close()]);
    expect(outcome).to.include({ result: 'success' });
    const asked = { target: `${gateway.url.origin}/api/v1/balances`, authorization: basic('user:p@ss') };
    expect(proxy.asked).to.deep.equal([asked, asked]);
    expect(gateway.requests[0]?.headers).not.to.have.property('proxy-authorization');
  });
  for (const [userinfo, credentials] of [
    ['user:100%@', 'user:100%'],
    ['us%C3%A9r:%25@', 'usér:%'],
    ['user@', 'user:'],
  ] as const) {
    it(`may have the password and name ${userinfo}`, async () => {
      const proxy = await startProxy({ status: 403 });
      await ask({ url: SECURE, proxy: proxy.url(userinfo) });
      await proxy.close();
      expect(proxy.asked[0]?.authorization).to.equal(basic(credentials));
    });
  }
});

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

interface Proxy {
  readonly asked: { target: string; authorization: string | undefined }[];
  url(userinfo?: string): URL;
  close(): Promise<void>;
}

/** A real proxy for tunnels and for plain requests; it refuses with `status` unless that is 200. */
async function startProxy({
  status = 200,
  tls,
}: { status?: number; tls?: SelfSigned | undefined } = {}): Promise<Proxy> {
  const asked: Proxy['asked'] = [];
  const sockets = new Set<Socket>();
  const note = (request: IncomingMessage) =>
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
  const forward = (request: IncomingMessage, response: ServerResponse) => {
    note(request);
    if (status !== 200) {
      response.writeHead(status).end('refused');
      return;
    }
    const { 'proxy-authorization': _own, ...headers } = request.headers;
    const onward = http.request(
      request.url ?? '',
      { method: request.method ?? 'GET', headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  };
  const server = tls === undefined ? http.createServer(forward) : https.createServer(tls, forward);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    note(request);
    socket.on('error', () => {});
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 7\r\n\r\nrefused`);
      return;
    }
    const upstream = net.connect(Number((request.url ?? '').split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    sockets.add(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    url: (userinfo = '') => new URL(`${tls === undefined ? 'http' : 'https'}://${userinfo}127.0.0.1:${port}`),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

describe('an answer that nobody asked for', () => {
  const answerOf = (amount: string): string => {
    const body = JSON.stringify([{ BTC: balance(amount, '0', amount) }]);
    return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };

  /** Asks twice, with something in between, a gateway that numbers its answers; returns the totals that were understood. */
  async function askTwice(first: string, between: (socket: Socket) => void): Promise<(string | undefined)[]> {
    const sockets: Socket[] = [];
    const server = net.createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', () => socket.write(sockets.length === 1 && socket.bytesWritten === 0 ? first : answerOf('2')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const gateway = open({ url });
    try {
      const signal = AbortSignal.timeout(10_000);
      const totals: (string | undefined)[] = [];
      totals.push((await gateway.ask(BALANCES, KEYS, signal)).valid[0]?.total);
      // Until the connection waits for its next request.
      await new Promise((resolve) => setImmediate(resolve));
      between(sockets[0] as Socket);
      totals.push((await gateway.ask(BALANCES, KEYS, signal)).valid[0]?.total);
      return totals;
    } finally {
      gateway.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it('is not taken for the next one when it comes with the one before', async () => {
    expect(await askTwice(answerOf('1') + answerOf('666'), () => {})).to.deep.equal(['1', '2']);
  });

  it('is not taken for the next one when it has come on the idle connection, read or not', async () => {
    // Nothing is read between this and the next request: the answer lies in the kernel when the connection is chosen.
    expect(await askTwice(answerOf('1'), (socket) => socket.write(answerOf('666')))).to.deep.equal(['1', '2']);
  });
});
