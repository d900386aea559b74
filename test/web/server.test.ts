import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ListenAddress } from '../../src/config/settings.ts';
import { CLIENT_LIMITS, startServers, type ClientLimits, type Servers } from '../../src/web/server.ts';
import type { WebConfigInForce } from '../../src/web/web-config.ts';
import { until } from '../support/poll.ts';
import { makeSelfSigned } from '../support/self-signed.ts';
import { requireIpv6, requireTool } from '../support/tools.ts';
import { recordLog } from './record-log.ts';

const NOBODY = 65_534;

/** Runs something as somebody whom permissions bind; the superuser they do not. */
async function withoutPrivileges<T>(run: () => Promise<T>): Promise<T> {
  const user = process.geteuid?.() ?? NOBODY;
  if (user === 0) process.seteuid?.(NOBODY);
  try {
    return await run();
  } finally {
    if (user === 0) process.seteuid?.(user);
  }
}

const LOOPBACK: ListenAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };

describe('startServers', () => {
  let servers: Servers | undefined;
  let folder: string;
  let handler: http.RequestListener;
  let web: Pick<WebConfigInForce, 'tls' | 'refresh'> | undefined;
  let limits: ClientLimits;
  let isAsked: boolean;
  beforeEach(async () => {
    isAsked = false;
    web = undefined;
    limits = CLIENT_LIMITS;
    folder = await mkdtemp(join(tmpdir(), 'thedex-listen-'));
    handler = (_request, response) => response.end('hello');
  });
  afterEach(async () => {
    await servers?.drain(0);
    servers = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  async function start(addresses: readonly ListenAddress[]): Promise<readonly string[]> {
    const common = { systemdSocket: false, web, longestScrapeMs: 1000, limits, log: recordLog().log };
    servers = await startServers({
      ...common,
      addresses,
      handler: (request, response) => {
        isAsked = true;
        handler(request, response);
      },
    });
    return servers.addresses;
  }
  async function startOne(address: ListenAddress): Promise<string> {
    const [bound = ''] = await start([address]);
    return bound;
  }
  const refusal = (addresses: readonly ListenAddress[]) =>
    start(addresses).then(
      () => 'it listens',
      (error: Error) => error.message,
    );

  function get(target: string | { socketPath: string }): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = http.get(target, (response) => {
        response.setEncoding('utf8');
        let body = '';
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve(body));
      });
      request.on('error', reject);
    });
  }
  function connect(bound: string): net.Socket {
    return net.connect(Number(new URL(bound).port), '127.0.0.1');
  }
  /** What comes until the server ends the connection. */
  function raw(bound: string, text: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(bound).once('connect', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
      socket.on('error', () => resolve(answer));
      socket.on('close', () => resolve(answer));
    });
  }
  /** Milliseconds that draining takes beside a connection on which nothing is asked. */
  async function drainBeside(socket: net.Socket): Promise<number> {
    const ended = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
    const begun = Date.now();
    await servers?.drain(8000);
    await ended;
    return Date.now() - begun;
  }

  it('listens on several addresses at once, and says which', async function () {
    requireIpv6(this);
    const path = join(folder, 'exporter.sock');
    const addresses = await start([LOOPBACK, { kind: 'tcp', host: '::1', port: 0 }, { kind: 'unix', path }]);
    expect(addresses[0]).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(addresses[1]).to.match(/^http:\/\/\[::1\]:\d+$/);
    expect(addresses[2]).to.equal(`unix://${path}`);
    for (const address of addresses.slice(0, 2)) expect(await get(address)).to.equal('hello');
    expect(await get({ socketPath: path })).to.equal('hello');
  });
  it('listens on all addresses, of IPv4 and IPv6, where no host is given', async function () {
    requireIpv6(this);
    const { port } = new URL(await startOne({ kind: 'tcp', host: '', port: 0 }));
    expect(await get(`http://127.0.0.1:${port}`)).to.equal('hello');
    expect(await get(`http://[::1]:${port}`)).to.equal('hello');
  });

  it('tells in one line that a port is taken, and listens on none then', async () => {
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
    const { port } = other.address() as AddressInfo;
    const path = join(folder, 'first.sock');
    expect(
      await refusal([
        { kind: 'unix', path },
        { kind: 'tcp', host: '127.0.0.1', port },
      ]),
    ).to.equal(`--web.listen-address: cannot listen on 127.0.0.1:${port}: the address is in use by another process`);
    expect(await stat(path).catch(() => 'gone')).to.equal('gone');
    other.close();
  });
  it('tells that a host is not of this machine', async () => {
    expect(await refusal([{ kind: 'tcp', host: '192.0.2.1', port: 1 }])).to.match(/this machine has no such address$/);
  });

  describe('on a socket file', () => {
    it('gives it mode 0660, and removes it at the end', async () => {
      const path = join(folder, 'a.sock');
      await start([{ kind: 'unix', path }]);
      expect(((await stat(path)).mode & 0o777).toString(8)).to.equal('660');
      await servers?.drain(0);
      expect(await stat(path).catch(() => 'gone')).to.equal('gone');
    });
    it('replaces that of a dead process', async () => {
      const path = join(folder, 'stale.sock');
      const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
      const child = spawn(process.execPath, ['-e', script]);
      await new Promise((resolve) => child.once('exit', resolve));
      expect((await stat(path)).isSocket()).to.equal(true);
      await start([{ kind: 'unix', path }]);
      expect(await get({ socketPath: path })).to.equal('hello');
    });
    it('refuses that of a living process, and leaves it alone', async () => {
      const path = join(folder, 'live.sock');
      const other = http.createServer((_request, response) => response.end('other'));
      await new Promise<void>((resolve) => other.listen(path, () => resolve()));
      expect(await refusal([{ kind: 'unix', path }])).to.equal(
        `--web.listen-address: cannot listen on unix://${path}: the address is in use by another process`,
      );
      expect(await get({ socketPath: path })).to.equal('other');
      await new Promise((resolve) => other.close(resolve));
    });
    it('refuses a file that is no socket, and leaves it alone', async () => {
      const path = join(folder, 'notes.txt');
      await writeFile(path, 'precious');
      expect(await refusal([{ kind: 'unix', path }])).to.match(/a file that is no socket stands there$/);
      expect((await stat(path)).size).to.equal(8);
    });
    it('refuses a link, whatever it leads to', async () => {
      const path = join(folder, 'link.sock');
      await symlink(join(folder, 'nothing'), path);
      expect(await refusal([{ kind: 'unix', path }])).to.match(/a file that is no socket stands there$/);
    });
    it('leaves that of its successor alone, who comes while it drains', async () => {
      const path = join(folder, 'handover.sock');
      handler = () => {};
      await start([{ kind: 'unix', path }]);
      const last = get({ socketPath: path }).catch(() => 'ended');
      await until('the request', () => isAsked);
      const drained = servers?.drain(300);
      handler = (_request, response) => response.end('successor');
      await start([{ kind: 'unix', path }]);
      await drained;
      expect(await last).to.equal('ended');
      expect(await get({ socketPath: path })).to.equal('successor');
    });
    it('refuses that of one who listens and is too busy to answer', async () => {
      const path = join(folder, 'busy.sock');
      const script = `require('net').createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => process.kill(process.pid, 'SIGSTOP'))`;
      const child = spawn(process.execPath, ['-e', script]);
      const waiting: net.Socket[] = [];
      try {
        await until('the socket file', () => stat(path).then(Boolean, () => false));
        // The queue is full when a connection is turned away.
        let isFull = false;
        while (!isFull) {
          const socket = net.connect(path);
          waiting.push(socket);
          isFull = await new Promise<boolean>((resolve) => {
            socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
          });
        }
        expect(await refusal([{ kind: 'unix', path }])).to.match(/the address is in use by another process$/);
        expect((await stat(path)).isSocket()).to.equal(true);
      } finally {
        child.kill('SIGKILL');
        for (const socket of waiting) socket.destroy();
      }
    });
    it('refuses that to which it may not connect, and leaves it alone', async () => {
      const path = join(folder, 'guarded.sock');
      const other = net.createServer();
      await new Promise<void>((resolve) => other.listen(path, () => resolve()));
      await chmod(path, 0);
      expect(await withoutPrivileges(() => refusal([{ kind: 'unix', path }]))).to.equal(
        `--web.listen-address: cannot listen on unix://${path}: permission denied`,
      );
      expect((await stat(path)).isSocket()).to.equal(true);
      await new Promise((resolve) => other.close(resolve));
    });
    it('refuses a folder in which it may not write', async () => {
      await chmod(folder, 0o555);
      const path = join(folder, 'a.sock');
      expect(await withoutPrivileges(() => refusal([{ kind: 'unix', path }]))).to.match(/: permission denied$/);
      await chmod(folder, 0o755);
    });
    it('refuses a socket of another kind', async function () {
      const path = join(folder, 'datagrams.sock');
      const bind = `import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(${JSON.stringify(path)})`;
      const child = spawn(requireTool(this, 'python3'), ['-c', `${bind}; input()`]);
      await until('the socket file', () => stat(path).then(Boolean, () => false));
      expect(await refusal([{ kind: 'unix', path }])).to.match(/a socket of another kind stands there$/);
      child.kill('SIGKILL');
    });
    it('refuses a path through a file', async () => {
      await writeFile(join(folder, 'file'), '');
      expect(await refusal([{ kind: 'unix', path: join(folder, 'file', 'a.sock') }])).to.match(
        /a part of the path is not a folder$/,
      );
    });
    it('refuses a folder that does not exist', async () => {
      expect(await refusal([{ kind: 'unix', path: join(folder, 'no', 'x.sock') }])).to.match(
        /the folder does not exist$/,
      );
    });
  });

  it('survives junk on the socket', async () => {
    const bound = await startOne(LOOPBACK);
    for (const junk of [
      '\u0000\u0001\u0002\r\n\r\n',
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      '\u0016\u0003\u0001\u0000\u00a5\u0001',
      'GET / HTTP/1.1\r\n: x\r\n\r\n',
    ]) {
      expect(await raw(bound, junk)).to.match(/^(HTTP\/1\.1 400 Bad Request|$)/);
    }
    expect(await raw(bound, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).to.match(
      /^HTTP\/1\.1 431 /,
    );
    expect(await get(bound)).to.equal('hello');
  });

  describe('with clients that take their time', () => {
    beforeEach(() => {
      limits = { ...CLIENT_LIMITS, headersMs: 300, checkEveryMs: 50 };
    });

    it('ends connections on which nothing is asked', async () => {
      expect(await raw(await startOne(LOOPBACK), '')).to.match(/^HTTP\/1\.1 408 |^$/);
      expect(isAsked).to.equal(false);
    });
    it('waits no longer for the end of headers', async () => {
      expect(await raw(await startOne(LOOPBACK), 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')).to.match(/^HTTP\/1\.1 408 /);
      expect(isAsked).to.equal(false);
    });
    it('waits no longer for the end of a body', async () => {
      limits = { ...limits, requestMs: 350 };
      handler = (request) => request.resume();
      const head = 'POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n';
      expect(await raw(await startOne(LOOPBACK), `${head}a`)).to.match(/^HTTP\/1\.1 408 /);
    });
    it('ends connections on which nothing of an answer is taken', async () => {
      limits = { ...limits, slowReaderMs: -500 };
      let hasEnded = false;
      handler = (_request, response) => {
        response.once('close', () => (hasEnded = true));
        response.end(Buffer.alloc(64 * 1024 * 1024));
      };
      const socket = connect(await startOne(LOOPBACK)).on('error', () => {});
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.pause();
      await until('its end', () => hasEnded);
      socket.destroy();
    });
  });

  it('gives clients time that Prometheus never needs, and never for ever', () => {
    expect(CLIENT_LIMITS.headersMs).to.be.within(5_000, 15_000);
    expect(CLIENT_LIMITS.requestMs).to.be.within(CLIENT_LIMITS.headersMs, 30_000);
    // Intervals of a minute are usual, and of two the longest that Prometheus' staleness allows for.
    expect(CLIENT_LIMITS.keepAliveMs).to.be.within(90_000, 300_000);
    expect(CLIENT_LIMITS.slowReaderMs).to.be.within(10_000, 60_000);
    expect(CLIENT_LIMITS.maxConnections).to.be.within(200, 2_000);
  });

  describe('when it drains', () => {
    const untilRefused = (bound: string) =>
      until('the end of listening', async () => (await get(bound).catch(() => 'refused')) === 'refused');

    it('answers what is under way, however long it takes, and takes nothing more', async () => {
      handler = (_request, response) => setTimeout(() => response.end('late'), 600);
      const bound = await startOne(LOOPBACK);
      const answer = get(bound);
      await until('the request', () => isAsked);
      const drained = servers?.drain(5000);
      await untilRefused(bound);
      expect(await answer).to.equal('late');
      await drained;
    });
    it('ends what is left after the time given', async () => {
      handler = () => {};
      const answer = get(await startOne(LOOPBACK)).then(
        () => 'answered',
        () => 'ended',
      );
      await servers?.drain(50);
      expect(await answer).to.equal('ended');
    });
    it('sends an answer that is under way to its last byte, on a connection that would be kept', async () => {
      const bytes = 8 * 1024 * 1024;
      handler = (_request, response) => response.end(Buffer.alloc(bytes, 'x'));
      const bound = await startOne(LOOPBACK);
      const agent = new http.Agent({ keepAlive: true });
      const received = await new Promise<number>((resolve, reject) => {
        http
          .get(bound, { agent }, (response) => {
            let count = 0;
            void servers?.drain(5000);
            response.on('data', (chunk: Buffer) => (count += chunk.length));
            response.on('end', () => resolve(count));
            response.on('error', reject);
          })
          .on('error', reject);
      });
      expect(received).to.equal(bytes);
      agent.destroy();
    });
    it('answers what is asked on a connection that has just come', async () => {
      const bound = await startOne(LOOPBACK);
      const socket = connect(bound);
      await new Promise((resolve) => socket.once('connect', resolve));
      const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
      const drained = servers?.drain(5000);
      await untilRefused(bound);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      expect(await answer).to.match(/^HTTP\/1\.1 200 OK/);
      await drained;
    });
    it('does not wait for connections on which nothing was asked', async () => {
      const socket = connect(await startOne(LOOPBACK));
      await new Promise((resolve) => socket.once('connect', resolve));
      expect(await drainBeside(socket)).to.be.lessThan(3000);
    });
    it('does not wait for connections that never say hello to TLS', async function () {
      const pair = makeSelfSigned(requireTool(this, 'openssl'), { names: 'IP:127.0.0.1', days: 1 });
      web = {
        tls: { context: pair, clientAuth: 'NoClientCert', allowedSans: undefined },
        refresh: () => Promise.resolve(),
      };
      const socket = connect(await startOne(LOOPBACK));
      await new Promise((resolve) => socket.once('connect', resolve));
      expect(await drainBeside(socket)).to.be.lessThan(3000);
    });
    it('does not wait for connections that are idle', async () => {
      const bound = await startOne(LOOPBACK);
      const agent = new http.Agent({ keepAlive: true });
      await new Promise<void>((resolve) => {
        http.get(bound, { agent }, (response) => response.resume().on('end', () => resolve()));
      });
      const begun = Date.now();
      await servers?.drain(5000);
      expect(Date.now() - begun).to.be.lessThan(2000);
      agent.destroy();
    });
  });
});
