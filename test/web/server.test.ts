import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ListenAddress } from '../../src/config/settings.ts';
import { startServers, type Servers } from '../../src/web/server.ts';
import { systemdDescriptors } from '../../src/web/systemd.ts';
import { until } from '../support/poll.ts';

const LOOPBACK: ListenAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };

describe('startServers', () => {
  let servers: Servers | undefined;
  let folder: string;
  let handler: http.RequestListener;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thedex-listen-'));
    handler = (_request, response) => response.end('hello');
  });
  afterEach(async () => {
    await servers?.drain(0);
    servers = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  async function start(addresses: readonly ListenAddress[]): Promise<readonly string[]> {
    const common = { systemdSocket: false, createTlsServer: undefined, longestScrapeMs: 1000 };
    servers = await startServers({ ...common, addresses, handler: (request, response) => handler(request, response) });
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
  function raw(bound: string, text: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = net.connect(Number(new URL(bound).port), '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
      socket.on('error', () => resolve(answer));
      socket.on('close', () => resolve(answer));
    });
  }

  it('listens on several addresses at once, and says which', async () => {
    const path = join(folder, 'exporter.sock');
    const addresses = await start([LOOPBACK, { kind: 'tcp', host: '::1', port: 0 }, { kind: 'unix', path }]);
    expect(addresses[0]).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(addresses[1]).to.match(/^http:\/\/\[::1\]:\d+$/);
    expect(addresses[2]).to.equal(`unix:${path}`);
    for (const address of addresses.slice(0, 2)) expect(await get(address)).to.equal('hello');
    expect(await get({ socketPath: path })).to.equal('hello');
  });
  it('listens on all addresses, of IPv4 and IPv6, where no host is given', async () => {
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

  describe('when it drains', () => {
    it('answers what is under way, and takes nothing more', async () => {
      const release: (() => void)[] = [];
      handler = (_request, response) => release.push(() => response.end('late'));
      const bound = await startOne(LOOPBACK);
      const answer = get(bound);
      await until('the request', () => release.length === 1);
      const drained = servers?.drain(5000);
      await until(
        'the end of listening',
        async () =>
          (await get(bound).then(
            () => 'answered',
            () => 'refused',
          )) === 'refused',
      );
      release[0]?.();
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

describe('systemdDescriptors', () => {
  it('are those from 3 on', () =>
    expect(systemdDescriptors({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7)).to.deep.equal([3, 4]));
  for (const env of [
    {},
    { LISTEN_PID: '8', LISTEN_FDS: '1' },
    { LISTEN_PID: '7', LISTEN_FDS: '0' },
    { LISTEN_PID: '7', LISTEN_FDS: 'x' },
    { LISTEN_FDS: '1' },
  ]) {
    it(`are a mistake with ${JSON.stringify(env)}`, () =>
      expect(() => systemdDescriptors(env, 7)).to.throw('--web.systemd-socket: expected sockets'));
  }
});
