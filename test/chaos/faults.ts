import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { drawInteger, type Random } from '../../src/sandbox/random.ts';

/** What a fault is given to play with. */
export interface Exchange {
  readonly socket: Socket;
  readonly random: Random;
  /** The good body that this request would be answered with. */
  readonly body: string;
  /** The key and the signature of the request, for answers that echo them. */
  readonly apiKey: string;
  readonly signature: string;
  /** Calls back later, unless the socket is gone by then. */
  readonly later: (ms: number, act: () => void) => void;
  /** The last byte of the answer is given to the system. */
  readonly written: () => void;
  /** The answer has been handed over wholly; the connection may serve another request. */
  readonly done: () => void;
}

/** One way in which the gateway behaves. */
export interface Fault {
  readonly name: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  /** What a scrape may say of it: `success`, or reasons of `thedex_scrape_error`. A stall is always a `timeout`, too. */
  readonly expected: readonly string[];
  /** How long it may keep its answer back, in milliseconds; a scrape that is given less may run into its deadline. */
  readonly delayMs?: number;
  readonly play: (exchange: Exchange) => void;
}

const CRLF = '\r\n';
/** What TLS sends as one record, and loopback as one packet. */
const ONE_PIECE_BYTES = 16_000;
/** Just above the 2 MiB that the exporter reads. */
const OVERSIZE_BYTES = 2 * 1024 * 1024 + 1024;

/** An answer as bytes. */
export function answerBytes(status: string, headers: readonly string[], body: string | Buffer): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const head = [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${bytes.length}`, '', ''].join(CRLF);
  return Buffer.concat([Buffer.from(head), bytes]);
}

const JSON_TYPE = 'Content-Type: application/json';

function good(body: string): Buffer {
  return answerBytes('200 OK', [JSON_TYPE], body);
}

// Node resets plain connections only; one with TLS is cut off instead.
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

function send({ socket, written, done }: Exchange, bytes: Buffer): void {
  written();
  // To a peer that has gone nothing is handed over.
  socket.write(bytes, (error) => {
    if (!error) done();
  });
}

function withStatus(
  name: string,
  line: string,
  expected: string,
  extra: { headers?: string[]; body?: string } = {},
): Fault {
  const { headers = [JSON_TYPE], body = '{"message":"no"}' } = extra;
  return {
    name,
    weight: 2,
    expected: [expected],
    play: (exchange) => send(exchange, answerBytes(line, headers, body)),
  };
}

function withBody(
  name: string,
  expected: string,
  make: (exchange: Exchange) => string | Buffer,
  headers = [JSON_TYPE],
): Fault {
  return {
    name,
    weight: 2,
    expected: [expected],
    play: (exchange) => send(exchange, answerBytes('200 OK', headers, make(exchange))),
  };
}

/** Plays a part of a good answer, ending anywhere, and then does something to the connection. */
function brokenOff(name: string, expected: readonly string[], end: (exchange: Exchange) => void): Fault {
  return {
    name,
    weight: 5,
    expected,
    play: (exchange) => {
      const bytes = good(exchange.body);
      const cut = drawInteger(exchange.random, 0, bytes.length - 1);
      exchange.socket.write(bytes.subarray(0, cut), () => end(exchange));
    },
  };
}

function chunked(text: string, pieces: number): string {
  const size = Math.max(1, Math.ceil(text.length / pieces));
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += size) {
    const part = text.slice(at, at + size);
    parts.push(`${Buffer.byteLength(part).toString(16)}${CRLF}${part}${CRLF}`);
  }
  return parts.join('');
}

const CHUNKED_HEAD = ['HTTP/1.1 200 OK', JSON_TYPE, 'Transfer-Encoding: chunked', '', ''].join(CRLF);

/** Answers that hold balances, in every way that HTTP and the API allow. */
export const GOOD: readonly Fault[] = [
  { name: 'good', weight: 30, expected: ['success'], play: (exchange) => send(exchange, good(exchange.body)) },
  {
    name: 'good, compressed',
    weight: 8,
    expected: ['success'],
    play: (exchange) =>
      send(exchange, answerBytes('200 OK', [JSON_TYPE, 'Content-Encoding: gzip'], gzipSync(exchange.body))),
  },
  {
    name: 'good, in chunks',
    weight: 8,
    expected: ['success'],
    play: (exchange) => send(exchange, Buffer.from(`${CHUNKED_HEAD}${chunked(exchange.body, 7)}0${CRLF}${CRLF}`)),
  },
  {
    name: 'good, ended by the end of the connection',
    weight: 5,
    expected: ['success'],
    play: ({ socket, body: text, written, done }) => {
      written();
      done();
      socket.end([`HTTP/1.1 200 OK`, JSON_TYPE, 'Connection: close', '', text].join(CRLF));
    },
  },
  {
    name: 'good, and the idle connection is closed soon after',
    weight: 8,
    expected: ['success'],
    play: (exchange) => {
      send(exchange, good(exchange.body));
      exchange.later(drawInteger(exchange.random, 0, 60), () => exchange.socket.end());
    },
  },
  {
    name: 'good, and the idle connection is reset soon after',
    weight: 5,
    expected: ['success'],
    play: (exchange) => {
      send(exchange, good(exchange.body));
      exchange.later(drawInteger(exchange.random, 0, 60), () => reset(exchange.socket));
    },
  },
  {
    name: 'good, late',
    weight: 10,
    delayMs: 400,
    expected: ['success'],
    play: (exchange) => exchange.later(drawInteger(exchange.random, 1, 400), () => send(exchange, good(exchange.body))),
  },
  {
    name: 'good, in single bytes and larger pieces',
    weight: 5,
    delayMs: 400,
    expected: ['success'],
    play: (exchange) => {
      const bytes = good(exchange.body);
      const cut = drawInteger(exchange.random, 1, Math.min(200, bytes.length - 1));
      exchange.socket.setNoDelay(true);
      for (let at = 0; at < cut; at += 1) exchange.socket.write(bytes.subarray(at, at + 1));
      exchange.later(drawInteger(exchange.random, 1, 200), () => send(exchange, bytes.subarray(cut)));
    },
  },
  {
    name: 'good, after a 100 Continue',
    weight: 2,
    expected: ['success'],
    play: (exchange) =>
      send(exchange, Buffer.concat([Buffer.from(`HTTP/1.1 100 Continue${CRLF}${CRLF}`), good(exchange.body)])),
  },
  {
    name: 'good, and a second answer that nobody asked for',
    weight: 4,
    expected: ['success'],
    // In one piece: what comes after the next request was sent is its answer, as far as HTTP can tell.
    play: (exchange) => {
      const forged = exchange.body.replaceAll(/"(\d+)(\.\d+)"/g, '"13$2"');
      const both = Buffer.concat([good(exchange.body), good(forged)]);
      send(exchange, both.length <= ONE_PIECE_BYTES ? both : good(exchange.body));
    },
  },
];

/** Everything else. */
export const BAD: readonly Fault[] = [
  brokenOff('reset in the middle', ['network'], ({ socket }) => reset(socket)),
  brokenOff('closed in the middle', ['network', 'invalid_response'], ({ socket }) => socket.end()),
  brokenOff('silent from the middle on', ['timeout'], () => {}),
  {
    name: 'reset before a byte',
    weight: 3,
    expected: ['network'],
    play: ({ socket }) => reset(socket),
  },
  { name: 'closed before a byte', weight: 3, expected: ['network'], play: ({ socket }) => void socket.end() },
  { name: 'silent', weight: 4, expected: ['timeout'], play: () => {} },
  {
    name: 'a drop of the answer now and then',
    weight: 3,
    expected: ['timeout'],
    play: (exchange) => {
      const bytes = good(exchange.body);
      let at = 0;
      const drop = (): void => {
        exchange.socket.write(bytes.subarray(at, at + 1));
        at += 1;
        if (at < bytes.length - 1) exchange.later(150, drop);
      };
      drop();
    },
  },
  withStatus('301', '301 Moved Permanently', 'client_error', { headers: [JSON_TYPE, 'Location: http://127.0.0.1:9/'] }),
  withStatus('302 to itself', '302 Found', 'client_error', { headers: [JSON_TYPE, 'Location: /api/v1/balances'] }),
  withStatus('304', '304 Not Modified', 'client_error', { body: '' }),
  withStatus('400', '400 Bad Request', 'client_error'),
  withStatus('400 that speaks of the signature', '400 Bad Request', 'auth', {
    body: '{"message":"Incorrect signature"}',
  }),
  withStatus('401', '401 Unauthorized', 'auth'),
  withStatus('401 with balances in its body', '401 Unauthorized', 'auth', {
    body: '{"C0_X":{"totalBalance":"1","holdBalance":"0","availableBalance":"1"}}',
  }),
  withStatus('403', '403 Forbidden', 'auth'),
  withStatus('403 as a page', '403 Forbidden', 'client_error', {
    headers: ['Content-Type: text/html'],
    body: '<html>Just a moment...</html>',
  }),
  withStatus('403 with cf-mitigated', '403 Forbidden', 'client_error', {
    headers: [JSON_TYPE, 'cf-mitigated: challenge'],
  }),
  withStatus('404', '404 Not Found', 'client_error'),
  withStatus('429', '429 Too Many Requests', 'rate_limited'),
  withStatus('429 for a second', '429 Too Many Requests', 'rate_limited', { headers: [JSON_TYPE, 'Retry-After: 1'] }),
  withStatus('500', '500 Internal Server Error', 'server_error'),
  withStatus('502 as a page', '502 Bad Gateway', 'server_error', {
    headers: ['Content-Type: text/html'],
    body: '<html>bad gateway</html>',
  }),
  withStatus('503', '503 Service Unavailable', 'server_error', { headers: [JSON_TYPE, 'Retry-After: 1'] }),
  withBody('an empty body', 'invalid_response', () => ''),
  withBody('a page', 'invalid_response', () => '<html>maintenance</html>', ['Content-Type: text/html']),
  withBody('half of the JSON', 'invalid_response', ({ body: text }) => text.slice(0, text.length >> 1)),
  withBody('null', 'invalid_response', () => 'null'),
  withBody('a number', 'invalid_response', () => '42'),
  withBody('a text', 'invalid_response', () => '"USDT_TRON"'),
  withBody('an error object', 'invalid_response', () => '{"status":400,"error":"Bad Request","message":"no"}'),
  withBody(
    'an error object that names the key',
    'auth',
    ({ apiKey }) => `{"status":401,"message":"invalid api key ${apiKey}"}`,
  ),
  withBody('only invalid balances', 'invalid_response', () => '{"A_X":{"totalBalance":"NaN"},"B_X":null}'),
  withBody(
    'key and signature as names of currencies',
    'invalid_response',
    ({ apiKey, signature }) =>
      `{"${apiKey}":{"totalBalance":"1","holdBalance":"0","availableBalance":"1"},"${signature}":{"totalBalance":"1","holdBalance":"0","availableBalance":"1"}}`,
  ),
  withBody(
    'a long digit',
    'invalid_response',
    () => `{"A_X":{"totalBalance":"${'9'.repeat(40_000)}x","holdBalance":"0","availableBalance":"0"}}`,
  ),
  withBody('deep lists', 'invalid_response', () => `${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  withBody('no UTF-8', 'invalid_response', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  withBody('no gzip though it says so', 'invalid_response', () => 'not gzip', [JSON_TYPE, 'Content-Encoding: gzip']),
  withBody(
    'half of the gzip',
    'invalid_response',
    ({ body: text }) => {
      const bytes = gzipSync(text);
      return bytes.subarray(0, bytes.length >> 1);
    },
    [JSON_TYPE, 'Content-Encoding: gzip'],
  ),
  withBody('too much', 'invalid_response', () => `[${'1,'.repeat(OVERSIZE_BYTES >> 1)}1]`),
  withBody('a bomb', 'invalid_response', () => gzipSync(`"${' '.repeat(64 * 1024 * 1024)}"`, { level: 9 }), [
    JSON_TYPE,
    'Content-Encoding: gzip',
  ]),
  {
    name: 'chunks with a broken length',
    weight: 2,
    expected: ['invalid_response'],
    play: ({ socket }) => void socket.end(`${CHUNKED_HEAD}zz${CRLF}[]${CRLF}0${CRLF}${CRLF}`),
  },
  {
    name: 'chunks without an end',
    weight: 2,
    expected: ['network', 'invalid_response'],
    play: ({ socket, body: text }) => void socket.end(`${CHUNKED_HEAD}${chunked(text, 3)}`),
  },
  {
    name: 'another protocol',
    weight: 2,
    expected: ['invalid_response'],
    play: ({ socket }) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
  },
  {
    name: 'an unexpected 101',
    weight: 2,
    expected: ['invalid_response'],
    play: ({ socket }) =>
      void socket.write(`HTTP/1.1 101 Switching Protocols${CRLF}Upgrade: h2c${CRLF}Connection: Upgrade${CRLF}${CRLF}`),
  },
  {
    name: 'a head without an end',
    weight: 1,
    expected: ['invalid_response', 'network'],
    play: ({ socket }) => void socket.write(`HTTP/1.1 200 OK${CRLF}X-Long: ${'x'.repeat(100_000)}${CRLF}`),
  },
];

/** Draws one of the list by its weight. */
export function drawFault(random: Random, faults: readonly Fault[]): Fault {
  let left = random() * faults.reduce((sum, { weight }) => sum + weight, 0);
  for (const fault of faults) {
    left -= fault.weight;
    if (left < 0) return fault;
  }
  return faults.at(-1) as Fault;
}
