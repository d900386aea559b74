import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import { failureOf, type Snapshot } from '../../src/scrape/snapshot.ts';
import { createFactory, createTestAccount, patient } from '../support/account.ts';
import { balance, json, startGateway, startRawGateway } from '../support/gateway.ts';
import { makeSelfSigned, type SelfSigned } from '../support/self-signed.ts';
import { requireTool } from '../support/tools.ts';

const ONE = json(JSON.stringify([{ BTC: balance('1.5', '0.5', '1.0') }]));

describe('a gateway behind TLS', () => {
  let openssl: string;
  before(function () {
    openssl = requireTool(this, 'openssl');
  });
  const made = (names = 'IP:127.0.0.1', days = 2) => makeSelfSigned(openssl, { names, days });

  async function scrape(tls: SelfSigned, ca?: string): Promise<{ snapshot: Snapshot; log: string }> {
    const gateway = await startGateway({ answer: ONE, tls });
    const factory = createFactory();
    try {
      const snapshot = await createTestAccount(gateway.url, { ca }, factory).scrape(2000, patient());
      return { snapshot, log: factory.lines.join('') };
    } finally {
      await gateway.close();
    }
  }

  it('is read when its certificate is trusted besides the usual ones', async () => {
    const tls = made();
    expect(failureOf((await scrape(tls, tls.cert)).snapshot)).to.equal(undefined);
  });
  it('is tls when its certificate is self-signed', async () => {
    const { snapshot, log } = await scrape(made());
    expect(failureOf(snapshot)).to.equal('tls');
    expect(log).to.include('DEPTH_ZERO_SELF_SIGNED_CERT');
  });
  it('is tls when its certificate has expired', async () => {
    const tls = made('IP:127.0.0.1', -1);
    const { snapshot, log } = await scrape(tls, tls.cert);
    expect(failureOf(snapshot)).to.equal('tls');
    expect(log).to.include('CERT_HAS_EXPIRED');
  });
  it('is tls when its certificate is for another name', async () => {
    const tls = made('DNS:other.example');
    const { snapshot, log } = await scrape(tls, tls.cert);
    expect(failureOf(snapshot)).to.equal('tls');
    expect(log).to.include('ERR_TLS_CERT_ALTNAME_INVALID');
  });
  it('is tls when what answers there speaks none', async () => {
    const raw = await startRawGateway((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const url = new URL(raw.url.href.replace('http:', 'https:'));
    const snapshot = await createTestAccount(url).scrape(2000, patient());
    await raw.close();
    expect(failureOf(snapshot)).to.equal('tls');
  });
  it('is network when the connection ends during the handshake', async () => {
    const raw = await startRawGateway((socket) => socket.destroy());
    const url = new URL(raw.url.href.replace('http:', 'https:'));
    const snapshot = await createTestAccount(url).scrape(2000, patient());
    await raw.close();
    expect(failureOf(snapshot)).to.equal('network');
  });
  it('is timeout when it is silent during the handshake', async () => {
    const raw = await startRawGateway(() => {});
    const url = new URL(raw.url.href.replace('http:', 'https:'));
    const snapshot = await createTestAccount(url).scrape(100, patient());
    await raw.close();
    expect(failureOf(snapshot)).to.equal('timeout');
  });

  describe('and a proxy', () => {
    interface Proxy {
      readonly url: URL;
      readonly asked: { target: string; authorization: string | undefined }[];
      close(): Promise<void>;
    }
    /** A real CONNECT proxy; it refuses with `status` unless that is 200. */
    async function startProxy(status = 200): Promise<Proxy> {
      const asked: Proxy['asked'] = [];
      const sockets: Socket[] = [];
      const server = http.createServer((_request, response) => response.writeHead(405).end());
      server.on('connect', (request, socket: Socket, head) => {
        asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
        sockets.push(socket);
        socket.on('error', () => {});
        if (status !== 200) {
          socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 7\r\n\r\nrefused`);
          return;
        }
        const port = Number((request.url ?? '').split(':').at(-1));
        const upstream = net.connect(port, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          upstream.write(head);
          upstream.pipe(socket).pipe(upstream);
        });
        upstream.on('error', () => socket.destroy());
        sockets.push(upstream);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
      return {
        url: new URL(`http://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`),
        asked,
        close: () => {
          for (const socket of sockets) socket.destroy();
          return new Promise((resolve) => server.close(() => resolve()));
        },
      };
    }

    it('is read through its tunnel, which is kept open', async () => {
      const tls = made();
      const gateway = await startGateway({ answer: ONE, tls });
      const proxy = await startProxy();
      const account = createTestAccount(gateway.url, { ca: tls.cert }, createFactory({ proxyFor: () => proxy.url }));
      expect(failureOf(await account.scrape(2000, patient()))).to.equal(undefined);
      expect(failureOf(await account.scrape(2000, patient()))).to.equal(undefined);
      await account.close();
      await Promise.all([proxy.close(), gateway.close()]);
      const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
      expect(proxy.asked).to.deep.equal([{ target: `127.0.0.1:${gateway.port}`, authorization }]);
    });
    for (const status of [403, 407, 502]) {
      it(`is network when the proxy refuses with ${status}`, async () => {
        const proxy = await startProxy(status);
        const factory = createFactory({ proxyFor: () => proxy.url });
        const snapshot = await createTestAccount(new URL('https://gateway.example'), {}, factory).scrape(
          2000,
          patient(),
        );
        await proxy.close();
        expect(failureOf(snapshot)).to.equal('network');
        expect(factory.lines.join('')).to.include(`${status}`).and.not.include('p@ss').and.not.include('p%40ss');
      });
    }
    it('is timeout when the proxy is silent', async () => {
      const raw = await startRawGateway(() => {});
      const factory = createFactory({ proxyFor: () => raw.url });
      const snapshot = await createTestAccount(new URL('https://gateway.example'), {}, factory).scrape(100, patient());
      await raw.close();
      expect(failureOf(snapshot)).to.equal('timeout');
    });
  });
});
