import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ListenAddress } from '../../src/config/settings.ts';
import { MAX_LINES } from '../../src/web/bounded-log.ts';
import { arrivalOf, MAX_WAITING_REQUESTS, type Arrival } from '../../src/web/connections.ts';
import { CLIENT_LIMITS, startServers, type ClientLimits, type Servers } from '../../src/web/server.ts';
import { until } from '../support/poll.ts';
import { requireTool } from '../support/tools.ts';
import { recordLog } from './record-log.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const REFUSED = 'Connection closed: too many requests without waiting for answers';
const CROWDED = 'Too many connections: closed the longest idle one of the client that has most';

interface Seen {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly arrival: Arrival;
}

describe('connections', () => {
  const { log, lines } = recordLog();
  const sockets: Socket[] = [];
  let folder: string;
  let servers: Servers | undefined;
  /** Every request that the handler saw. */
  let seen: Seen[];
  /** What the handler does with one; nothing leaves it unanswered. */
  let answer: (response: ServerResponse, request: IncomingMessage) => void;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'thedex-connections-'));
    lines.length = 0;
    seen = [];
    answer = (response, { url }) => response.end(`answer ${url}`);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await servers?.drain(0);
    servers = undefined;
    rmSync(folder, { recursive: true });
  });

  async function start(limits: Partial<ClientLimits> = {}, address?: ListenAddress): Promise<number> {
    servers = await startServers({
      handler: (request, response) => {
        seen.push({ request, response, arrival: arrivalOf(request) });
        answer(response, request);
      },
      addresses: [address ?? { kind: 'tcp', host: '127.0.0.1', port: 0 }],
      systemdSocket: false,
      web: undefined,
      longestScrapeMs: 5_000,
      log,
      limits: { ...CLIENT_LIMITS, ...limits },
    });
    return Number(new URL(servers.addresses[0] ?? '').port);
  }

  function connect(port: number, from = '127.0.0.1'): Promise<Socket> {
    const socket = net.connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true });
    sockets.push(socket.on('error', () => {}));
    return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
  }

  /** What comes until the server closes. */
  function readAll(socket: Socket): Promise<string> {
    let text = '';
    socket.on('data', (data) => (text += data.toString('latin1')));
    return new Promise((resolve) => {
      socket.once('end', () => {
        socket.end();
        resolve(text);
      });
      socket.once('close', () => resolve(text));
    });
  }

  function get(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      http
        .get({ port, host: '127.0.0.1', agent: false }, (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
          response.once('end', () => resolve(body));
        })
        .once('error', reject);
    });
  }

  describe('that pipeline', () => {
    it('have one request in the handler at a time, and their answers in order', async () => {
      answer = () => {};
      const socket = await connect(await start());
      let text = '';
      socket.on('data', (data) => (text += data.toString()));
      socket.write([1, 2, 3].map((count) => `GET /${count} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
      for (const count of [1, 2, 3]) {
        await until(`request ${count}`, () => seen.length >= count);
        expect(seen.length).to.equal(count);
        seen.at(-1)?.response.end(`answer ${count}\n`);
      }
      await until('the answers', () => (text.match(/answer \d/g) ?? []).length === 3);
      expect(text.match(/answer \d/g)).to.deep.equal(['answer 1', 'answer 2', 'answer 3']);
    });

    it('tell of each request when it came, not when its turn came', async () => {
      answer = () => {};
      const socket = await connect(await start());
      socket.write(GET + GET);
      await until('the first', () => seen.length === 1);
      const before = performance.now();
      seen[0]?.response.end();
      await until('the second', () => seen.length === 2);
      expect(seen[1]?.arrival.atMs).to.be.lessThan(before);
    });

    it(`are worked off up to ${MAX_WAITING_REQUESTS} requests`, async () => {
      const socket = await connect(await start());
      const text = readAll(socket);
      socket.write(GET.repeat(MAX_WAITING_REQUESTS) + GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      expect((await text).match(/answer \//g)?.length).to.equal(MAX_WAITING_REQUESTS + 1);
    });

    it('are closed beyond that, with a reason, a line in the log and no hold of the event loop', async () => {
      answer = () => {};
      const socket = await connect(await start());
      const text = readAll(socket);
      const before = process.memoryUsage().rss;
      // No hold can be longer than all that was computed; its time on a clock is a matter of what else the machine does.
      const cpuBefore = process.cpuUsage();
      socket.write(GET.repeat(2_300));
      expect(await text).to.match(
        /^HTTP\/1\.1 429 Too Many Requests\r\nConnection: close\r\n.*waiting for their answers/s,
      );
      const { user, system } = process.cpuUsage(cpuBefore);
      expect((user + system) / 1e6).to.be.lessThan(1);
      expect((process.memoryUsage().rss - before) / 2 ** 20).to.be.lessThan(100);
      expect(seen.length).to.equal(1);
      await until('the hang-up', () => seen[0]?.arrival.gone.aborted === true);
      expect(lines).to.deep.equal([{ level: 'warn', message: REFUSED, fields: { client: '127.0.0.1' } }]);
    });

    it('leave nothing behind for others when they hang up', async () => {
      answer = () => {};
      const port = await start();
      const socket = await connect(port);
      socket.write(GET.repeat(90));
      await until('the first', () => seen.length === 1);
      socket.resetAndDestroy();
      await until('the hang-up', () => seen[0]?.arrival.gone.aborted === true);
      answer = (response) => response.end('others');
      expect(await get(port)).to.equal('others');
      expect(seen.length).to.equal(2);
    });
  });

  describe('that hang up', () => {
    for (const [how, hangUp] of [
      ['by a reset', (socket: Socket) => socket.resetAndDestroy()],
      ['by closing both halves', (socket: Socket) => socket.destroy()],
    ] as const) {
      it(`abort what they waited for, ${how}`, async () => {
        answer = () => {};
        const socket = await connect(await start());
        socket.write(GET);
        await until('the request', () => seen.length === 1);
        expect(seen[0]?.arrival.gone.aborted).to.equal(false);
        hangUp(socket);
        await until('the hang-up', () => seen[0]?.arrival.gone.aborted === true, 2_000);
      });
    }

    it('abort nothing once they were answered', async () => {
      const socket = await connect(await start());
      socket.write(GET);
      await new Promise((resolve) => socket.once('data', resolve));
      socket.destroy();
      await servers?.drain(1_000);
      expect(seen[0]?.arrival.gone.aborted).to.equal(false);
    });
  });

  describe('that half-close', () => {
    it('are answered', async () => {
      const socket = await connect(await start());
      const text = readAll(socket);
      socket.end(GET);
      expect(await text).to.match(/^HTTP\/1\.1 200 OK\r\n.*answer \/$/s);
    });

    it('are answered late, after an interim response', async () => {
      answer = () => {};
      const socket = await connect(await start());
      const text = readAll(socket);
      socket.end(GET);
      await until('the interim response', () => socket.bytesRead > 0);
      // Long enough for more than one look whether the client is still there.
      const firstLook = socket.bytesRead;
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
      expect(socket.bytesRead).to.equal(firstLook);
      expect(seen[0]?.arrival.gone.aborted).to.equal(false);
      seen[0]?.response.end('late');
      expect(await text).to.match(/^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 200 OK\r\n.*late$/s);
    });

    it('are answered without one by HTTP/1.0', async () => {
      answer = (response) => setTimeout(() => response.end('late'), 250);
      const socket = await connect(await start());
      const text = readAll(socket);
      socket.end('GET / HTTP/1.0\r\n\r\n');
      expect(await text).to.match(/^HTTP\/1\.1 200 OK\r\n.*late$/s);
    });

    it('are answered, each request that they sent before', async () => {
      const socket = await connect(await start());
      const text = readAll(socket);
      socket.end(GET.repeat(3));
      expect((await text).match(/answer \//g)?.length).to.equal(3);
    });

    for (const [tool, words] of [
      ['nc', ['-N']],
      ['busybox', ['nc']],
    ] as const) {
      it(`are answered, such as ${tool} ${words.join(' ')}`, async function () {
        const path = requireTool(this, tool);
        const port = await start();
        const child = spawn(path, [...words, '127.0.0.1', String(port)], { stdio: ['pipe', 'pipe', 'ignore'] });
        child.stdin.end(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
        await new Promise((resolve) => child.once('close', resolve));
        expect(text).to.match(/^HTTP\/1\.1 200 OK\r\n.*answer \/$/s);
      });
    }
  });

  describe('that are too many', () => {
    it('cost the client its longest idle ones that has most, and nobody else', async () => {
      const port = await start({ maxConnections: 20 });
      const prometheus = await connect(port, '127.0.0.2');
      const ended: number[] = [];
      for (let index = 0; index < 40; index += 1) {
        const socket = await connect(port);
        socket.resume().once('close', () => ended.push(index));
        socket.once('end', () => socket.destroy());
      }
      await until('the ends', () => ended.length === 21);
      expect(ended.toSorted((a, b) => a - b)).to.deep.equal(Array.from({ length: 21 }, (_, index) => index));
      const data = new Promise<string>((resolve) => prometheus.once('data', (chunk) => resolve(chunk.toString())));
      prometheus.write(GET);
      expect(await data).to.contain('answer /');
      expect(lines.length).to.equal(MAX_LINES);
      expect(lines[0]).to.deep.equal({
        level: 'warn',
        message: CROWDED,
        fields: { client: '127.0.0.1', connections: 20, limit: 20, newcomer: '127.0.0.1' },
      });
    });

    it('never cost anybody one on which an answer is under way', async () => {
      answer = () => {};
      const port = await start({ maxConnections: 3 });
      const first = await connect(port);
      first.write(GET);
      await until('the request', () => seen.length === 1);
      for (let count = 0; count < 5; count += 1) await connect(port);
      await until('the line', () => lines.length >= 3);
      seen[0]?.response.end('still here');
      const data = await new Promise<Buffer>((resolve) => first.once('data', resolve));
      expect(data.toString()).to.contain('still here');
    });

    it('leave descriptors for everything else, where there are few', async function () {
      this.timeout(30_000);
      const program = `
        import { startServers } from './src/web/server.ts';
        const handler = (_request, response) => response.end('here');
        const addresses = [{ kind: 'tcp', host: '127.0.0.1', port: 0 }];
        const log = { warn() {} };
        const servers = await startServers({ handler, addresses, systemdSocket: false, web: undefined, longestScrapeMs: 1000, log });
        console.log(new URL(servers.addresses[0]).port);
      `;
      const words = [
        '-c',
        'ulimit -n 120; exec "$@"',
        'sh',
        process.execPath,
        '--import=tsx',
        '--input-type=module',
        '-e',
      ];
      const child = spawn('sh', [...words, program], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const port = Number(
          await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data)))),
        );
        for (let count = 0; count < 150; count += 1) await connect(port, '127.0.0.2');
        for (let count = 0; count < 5; count += 1) expect(await get(port)).to.equal('here');
      } finally {
        child.kill('SIGKILL');
      }
    });

    it('are bounded on a socket file too, where all are of one client', async () => {
      const path = join(folder, 'crowd.sock');
      await start({ maxConnections: 5 }, { kind: 'unix', path });
      for (let count = 0; count < 10; count += 1) {
        const socket = net.connect(path);
        sockets.push(socket.on('error', () => {}));
        await new Promise((resolve) => socket.once('connect', resolve));
      }
      await until('the lines', () => lines.length === 5);
      expect(lines[0]?.fields).to.include({ client: 'socket file', connections: 6 });
      const body = await new Promise<string>((resolve) => {
        http.get({ socketPath: path, agent: false }, (response) =>
          response.once('data', (data) => resolve(String(data))),
        );
      });
      expect(body).to.equal('answer /');
    });
  });
});
