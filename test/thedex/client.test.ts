import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Secret } from '../../src/lib/secret.ts';
import { BALANCES, type Balances } from '../../src/thedex/answers.ts';
import { MAX_ANSWER_BYTES, openGateway, type Gateway } from '../../src/thedex/client.ts';
import {
  CanceledError,
  DeadlineError,
  InvalidResponseError,
  RateLimitedError,
  reasonOf,
  TheDexError,
  type Reason,
} from '../../src/thedex/errors.ts';
import { createNonceBody, emptyBody } from '../../src/thedex/signature.ts';
import {
  balance,
  closedPort,
  json,
  respond,
  startGateway,
  startRawGateway,
  type TestGateway,
} from '../support/gateway.ts';
import { until } from '../support/poll.ts';

const ONE = JSON.stringify([{ BTC: balance('1.5', '0.5', '1.0') }]);
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

const API_KEY = 'test-api-key-1f7d';
const SECRET_KEY = 'test-secret-key-9b2e';
const KEYS = { apiKey: new Secret(API_KEY), secretKey: new Secret(SECRET_KEY) };

const open: Gateway[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

function clientOf(url: URL, makeBody = emptyBody): Gateway {
  const options = { url, proxy: undefined, secureContext: undefined, makeBody, userAgent: 'thedex-exporter/test' };
  const client = openGateway(options);
  open.push(client);
  return client;
}

/** Reads the balances with a deadline, as a scrape does. */
async function read(client: Gateway, timeoutMs = 3000, keys = KEYS): Promise<Balances> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DeadlineError('no answer within the deadline')), timeoutMs);
  try {
    return await client.ask(BALANCES, keys, controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function failureOf(url: URL, timeoutMs?: number): Promise<TheDexError> {
  const error: unknown = await read(clientOf(url), timeoutMs).then(
    () => new Error('the read succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(error, String(error)).to.be.an.instanceOf(TheDexError);
  for (const leak of [API_KEY, SECRET_KEY]) expect(describeError(error)).not.to.include(leak);
  return error as TheDexError;
}

function describeError(error: unknown): string {
  return error instanceof Error ? `${error.stack} ${error.message} ${describeError(error.cause)}` : String(error);
}

describe('a gateway', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startGateway({ answer: json(ONE) });
  });
  afterEach(() => gateway.close());

  describe('sends', () => {
    it('a signed POST of an empty object', async () => {
      await read(clientOf(gateway.url));
      const [request] = gateway.requests;
      expect(request?.path).to.equal('/api/v1/balances');
      expect(request?.body).to.equal('{}');
      expect(request?.headers).to.include({
        'content-type': 'application/json',
        'x-ex-apikey': API_KEY,
        'x-ex-payload': 'e30=',
        'user-agent': 'thedex-exporter/test',
      });
      expect(request?.headers['x-ex-signature']).to.match(/^[0-9a-f]{128}$/);
    });
    it('the older body when asked to, each with its own nonce', async () => {
      const client = clientOf(gateway.url, createNonceBody());
      await read(client);
      await read(client);
      const nonces = gateway.requests.map(({ body, headers }) => {
        expect(Buffer.from(String(headers['x-ex-payload']), 'base64').toString()).to.equal(body);
        return Number((JSON.parse(body) as { nonce: string }).nonce);
      });
      expect(nonces[1]).to.be.greaterThan(nonces[0] ?? 0);
    });
    it('below the path of its URL', async () => {
      await read(clientOf(new URL('/gateway/', gateway.url)));
      expect(gateway.requests[0]?.path).to.equal('/gateway/api/v1/balances');
    });
  });

  for (const encoding of ['gzip', 'x-gzip']) {
    it(`reads a gzipped answer that says ${encoding}`, async () => {
      gateway.answer = respond(200, gzipSync(ONE), { 'Content-Encoding': encoding });
      expect((await read(clientOf(gateway.url))).valid).to.have.length(1);
    });
  }

  describe('refuses what costs more to read than any answer of the API, before it is parsed', () => {
    const LARGE = 128 * 1024;
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const values = (count: number) => `[${'1,'.repeat(count - 1)}1]`;
    const cases: Record<string, [string, string | undefined]> = {
      '32 levels': [nested(32).padEnd(LARGE), undefined],
      '33 levels': [nested(33).padEnd(LARGE), 'nested too deeply'],
      '33 levels in a short answer': [nested(33).padEnd(LARGE - 1), undefined],
      '33 maps': [`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`.padEnd(LARGE), 'nested too deeply'],
      'many maps and lists beside each other': [`[${'{},[],'.repeat(LARGE / 6)}1]`, undefined],
      '180,000 values': [values(180_000), undefined],
      '180,001 values': [values(180_001), 'too many values'],
      '180,000 fields': [`{${'"":1,'.repeat(89_999)}"":1}`, undefined],
      'more fields': [`{${'"":1,'.repeat(90_000)}"":1}`, 'too many values'],
      'signs within a text': [`["${'[{,:'.repeat(LARGE)}"]`, undefined],
      'signs after a quote within a text': [`["\\"${'[{,:'.repeat(LARGE)}"]`, undefined],
      'levels after a text that ends with a backslash': [`["\\\\",${nested(32)}]`.padEnd(LARGE), 'nested too deeply'],
      'a text without an end': [`["${'[{,:'.repeat(LARGE)}`, undefined],
    };
    for (const [name, [body, words]] of Object.entries(cases)) {
      it(`${name}: ${words ?? 'is left to the parser'}`, async () => {
        gateway.answer = respond(200, body);
        const { reason, message } = await failureOf(gateway.url);
        expect(reason).to.equal('invalid_response');
        expect(/nested too deeply|too many values/.exec(message)?.[0], message).to.equal(words);
      });
    }
  });

  describe('gives a status its one reason', () => {
    const statuses: [number, string, Reason][] = [
      [401, '{}', 'auth'],
      [403, '{}', 'auth'],
      [403, '', 'auth'],
      [403, ' <!DOCTYPE html><title>Attention Required</title>', 'client_error'],
      [429, '{}', 'rate_limited'],
      [400, '{"message":"Bad Request"}', 'client_error'],
      [404, 'not found', 'client_error'],
      [418, '', 'client_error'],
      [500, ONE, 'server_error'],
      [503, '{"message":"incorrect signature"}', 'server_error'],
      [599, '', 'server_error'],
      [301, '', 'client_error'],
      [302, '', 'client_error'],
      [307, '', 'client_error'],
      [308, '', 'client_error'],
      [304, '', 'client_error'],
      [204, '', 'invalid_response'],
      [400, '{"message":"incorrect signature, api key or payload header"}', 'auth'],
      [400, '{"status":401,"error":"x"}', 'auth'],
      [422, 'Invalid API key', 'auth'],
      [400, '{"code":"INVALID_SIGNATURE"}', 'auth'],
      [404, '\xff'.repeat(9), 'client_error'],
    ];
    for (const [status, body, reason] of statuses) {
      it(`${status} ${body} is ${reason}`, async () => {
        gateway.answer = respond(status, body, status < 400 && status > 299 ? { Location: 'http://127.0.0.1:1/' } : {});
        expect((await failureOf(gateway.url)).reason).to.equal(reason);
        expect(gateway.requests).to.have.length(1);
      });
    }
    for (const [status, reason] of [
      [401, 'auth'],
      [403, 'auth'],
      [429, 'rate_limited'],
      [500, 'server_error'],
      [302, 'client_error'],
    ] as const) {
      it(`${status} without its body, when that does not come`, async () => {
        gateway.answer = (_request, response) => {
          response.writeHead(status);
          response.write('a');
        };
        expect((await failureOf(gateway.url)).reason).to.equal(reason);
      });
      it(`${status}, although the connection breaks in its body`, async () => {
        gateway.answer = (request, response) => {
          response.writeHead(status, { 'Content-Length': 100 });
          response.write('a', () => request.socket.resetAndDestroy());
        };
        expect((await failureOf(gateway.url)).reason).to.equal(reason);
      });
    }
    it('403 as a bot wall when it comes from one in front of the API', async () => {
      for (const headers of [{ 'cf-mitigated': 'challenge' }, { 'Content-Type': 'text/html; charset=utf-8' }]) {
        gateway.answer = respond(403, '{"message":"invalid api key"}', headers);
        const error = await failureOf(gateway.url);
        expect(error).to.include({ reason: 'client_error', status: 403, botWall: true });
        expect(error.message).to.match(/bot wall.*firewall.*allow-list/);
      }
    });
    it('429 with the time that it asks for', async () => {
      for (const [header, seconds] of [
        ['7', 7],
        ['0', 0],
        ['99999999999999999999999', 3600],
        ['soon', undefined],
        ['-1', undefined],
        ['1.5', undefined],
        [new Date(Date.now() - 10_000).toUTCString(), 0],
        [new Date(Date.now() + 86_400_000).toUTCString(), 3600],
      ] as const) {
        gateway.answer = respond(429, '{}', { 'Retry-After': header });
        const error = await failureOf(gateway.url);
        expect(error).to.be.an.instanceOf(RateLimitedError);
        expect((error as RateLimitedError).retryAfterSeconds, header).to.equal(seconds);
      }
      gateway.answer = respond(429, '{}', { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() });
      expect(await failureOf(gateway.url))
        .to.have.property('retryAfterSeconds')
        .within(50, 60);
    });
  });

  describe('gives an answer with status 200 its one reason', () => {
    const answers: Record<string, [string | Buffer, Reason, Record<string, string>?]> = {
      'nothing at all': ['', 'invalid_response'],
      HTML: ['<html><title>Sign in</title></html>', 'invalid_response', { 'Content-Type': 'text/html' }],
      'truncated JSON': [ONE.slice(0, -5), 'invalid_response'],
      'an error object': ['{"status":400,"error":"Bad Request","message":"nope"}', 'invalid_response'],
      'an error object in a list': ['[{"status":400,"error":"Bad Request","message":"nope"}]', 'invalid_response'],
      'an error object that names the signature': [
        '{"status":400,"message":"incorrect signature, api key or payload header"}',
        'auth',
      ],
      'an error object with status 401': ['{"status":401,"error":"Unauthorized"}', 'auth'],
      'bytes that are not UTF-8': [Buffer.from([0x5b, 0xff, 0x5d]), 'invalid_response'],
      'what is not gzip': ['plain', 'invalid_response', { 'Content-Encoding': 'gzip' }],
      'a compression that was not asked for': [ONE, 'invalid_response', { 'Content-Encoding': 'br' }],
      'a gzip without its checksum': [
        gzipSync(ONE).subarray(0, -8),
        'invalid_response',
        { 'Content-Encoding': 'gzip' },
      ],
      'half of a gzip': [gzipSync(ONE).subarray(0, 25), 'invalid_response', { 'Content-Encoding': 'gzip' }],
      'more than 2 MiB': [Buffer.alloc(MAX_ANSWER_BYTES + 1, ' '), 'invalid_response'],
    };
    for (const [name, [body, reason, headers]] of Object.entries(answers)) {
      it(`${name} is ${reason}`, async () => {
        gateway.answer = respond(200, body, headers);
        expect((await failureOf(gateway.url)).reason).to.equal(reason);
      });
    }
    it('a name in bytes that are not UTF-8 is invalid_response, and no currency', async () => {
      const bytes = Buffer.from(JSON.stringify([{ '\xff': balance('1', '0', '1') }]), 'latin1');
      gateway.answer = respond(200, bytes);
      expect((await failureOf(gateway.url)).message).to.include('not UTF-8');
    });
    it('a gzip that calls itself something else is invalid_response', async () => {
      gateway.answer = respond(200, gzipSync(ONE), { 'Content-Encoding': 'br' });
      expect((await failureOf(gateway.url)).message).to.include('a way that was not asked for');
    });
    it('what is no gzip is told from what is too large', async () => {
      gateway.answer = respond(200, 'plain', { 'Content-Encoding': 'gzip' });
      expect((await failureOf(gateway.url)).message).to.include('no whole gzip');
      gateway.answer = respond(200, gzipSync(' '.repeat(MAX_ANSWER_BYTES + 1)), { 'Content-Encoding': 'gzip' });
      expect((await failureOf(gateway.url)).message).to.include('larger than 2 MiB');
    });
    it('exactly 2 MiB is read', async () => {
      gateway.answer = respond(200, ONE.padEnd(MAX_ANSWER_BYTES, ' '));
      expect((await read(clientOf(gateway.url))).valid).to.have.length(1);
    });
    it('a gzip bomb is invalid_response, cut off before it is blown up', async () => {
      const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024, ' '), { level: 9 });
      expect(bomb.length).to.be.lessThan(MAX_ANSWER_BYTES);
      gateway.answer = respond(200, bomb, { 'Content-Encoding': 'gzip' });
      const before = process.memoryUsage().rss;
      expect((await failureOf(gateway.url)).reason).to.equal('invalid_response');
      expect(process.memoryUsage().rss - before).to.be.lessThan(64 * 1024 * 1024);
    }).timeout(30_000);
  });

  describe('gives a broken connection its one reason', () => {
    it('refused is network', async () => {
      expect((await failureOf(new URL(`http://127.0.0.1:${await closedPort()}`))).reason).to.equal('network');
    });
    it('refused over all addresses of a name is network, and says why', async () => {
      const error = await failureOf(new URL(`http://localhost:${await closedPort()}`));
      expect(error.reason).to.equal('network');
      expect(error.message).to.include('ECONNREFUSED');
    });
    it('an unknown host is network', async () => {
      expect((await failureOf(new URL('http://gateway.invalid'))).reason).to.equal('network');
    });
    const faults: Record<string, [(socket: import('node:net').Socket) => void, Reason]> = {
      'reset before an answer': [(socket) => socket.resetAndDestroy(), 'network'],
      'closed before an answer': [(socket) => socket.end(), 'network'],
      'closed within the headers': [(socket) => socket.end('HTTP/1.1 200 OK\r\nConte'), 'network'],
      'closed in mid-body': [(socket) => socket.end(`${HEAD}Content-Length: 100\r\n\r\n[{`), 'network'],
      'reset in mid-body': [
        (socket) => socket.write(`${HEAD}Content-Length: 100\r\n\r\n[{`, () => socket.resetAndDestroy()),
        'network',
      ],
      'closed within a chunk': [(socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n50\r\n[{`), 'network'],
      'closed between chunks': [
        (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n`),
        'network',
      ],
      'silent before the headers': [() => {}, 'timeout'],
      'silent within the headers': [(socket) => socket.write('HTTP/1.1 200 OK\r\n'), 'timeout'],
      'silent after the headers': [(socket) => socket.write(`${HEAD}Content-Length: 100\r\n\r\n`), 'timeout'],
      'with a broken chunk': [
        (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\nxyz\r\n`),
        'invalid_response',
      ],
      'with a broken chunk later': [
        (socket) =>
          socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n`, () =>
            setImmediate(() => socket.write('not a size\r\n')),
          ),
        'invalid_response',
      ],
      'an upgrade': [
        (socket) =>
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n'),
        'invalid_response',
      ],
      'an upgrade to nothing': [
        (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
        'invalid_response',
      ],
      'not HTTP': [(socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 'invalid_response'],
      'with endless headers': [
        (socket) => socket.end(`HTTP/1.1 200 OK\r\n${'X: 1234567890\r\n'.repeat(10_000)}\r\n`),
        'invalid_response',
      ],
    };
    for (const [name, [talk, reason]] of Object.entries(faults)) {
      it(`${name} is ${reason}`, async () => {
        const raw = await startRawGateway(talk);
        try {
          expect((await failureOf(raw.url, reason === 'timeout' ? 150 : 3000)).reason).to.equal(reason);
        } finally {
          await raw.close();
        }
      });
    }
    it('dripping bytes is timeout', async () => {
      const timers: NodeJS.Timeout[] = [];
      const raw = await startRawGateway((socket) => {
        socket.write(`${HEAD}Content-Length: 1000000\r\n\r\n`);
        timers.push(setInterval(() => socket.write(' '), 5));
      });
      try {
        expect((await failureOf(raw.url, 150)).reason).to.equal('timeout');
      } finally {
        for (const timer of timers) clearInterval(timer);
        await raw.close();
      }
    });
  });

  describe('on a connection that the gateway closed while it was idle', () => {
    it('sends the request once more, signed anew', async () => {
      const client = clientOf(gateway.url, createNonceBody());
      await read(client);
      let killed = 0;
      gateway.answer = (request, response, body) => {
        if (killed > 0) return json(ONE)(request, response, body);
        killed += 1;
        request.socket.resetAndDestroy();
      };
      expect((await read(client)).valid).to.have.length(1);
      expect(new Set(gateway.requests.map(({ body }) => body)).size).to.equal(3);
    });
    it('begins a fresh one, although another is idle too, which may be as dead', async () => {
      const client = clientOf(gateway.url);
      await Promise.all([read(client), read(client)]);
      const old = new Set(gateway.sockets);
      expect(old.size).to.equal(2);
      gateway.answer = (request, response, body) => {
        if (old.has(request.socket)) request.socket.resetAndDestroy();
        else json(ONE)(request, response, body);
      };
      expect((await read(client)).valid).to.have.length(1);
    });
    it('begins a fresh one, although others fall idle at that moment', async () => {
      const client = clientOf(gateway.url);
      const used = new Set<Socket>();
      gateway.answer = (request, response, body) => {
        // Every connection serves one request, and loses the next.
        if (used.has(request.socket)) request.socket.resetAndDestroy();
        else json(ONE)(request, response, body);
        used.add(request.socket);
      };
      const reader = async () => {
        for (let reads = 0; reads < 60; reads += 1) expect((await read(client)).valid).to.have.length(1);
      };
      await Promise.all(Array.from({ length: 10 }, reader));
    });
    it('does so only once', async () => {
      const client = clientOf(gateway.url);
      await read(client);
      gateway.answer = (request) => request.socket.resetAndDestroy();
      expect(reasonOf(await read(client).catch((error: unknown) => error))).to.equal('network');
      expect(gateway.requests).to.have.length(3);
    });
    it('does not once a byte of an answer has come', async () => {
      const client = clientOf(gateway.url);
      await read(client);
      gateway.answer = (request) => request.socket.end('HTTP/1.1 2');
      expect(reasonOf(await read(client).catch((error: unknown) => error))).to.equal('network');
      expect(gateway.requests).to.have.length(2);
    });
    it('does not on a fresh connection', async () => {
      gateway.answer = (request) => request.socket.resetAndDestroy();
      expect((await failureOf(gateway.url)).reason).to.equal('network');
      expect(gateway.requests).to.have.length(1);
    });
  });

  it('keeps what a gateway echoes out of its errors', async () => {
    const echoes = [
      `{"message":"invalid api key ${API_KEY}"}`,
      API_KEY,
      `{"${SECRET_KEY}": 1}`,
      `{"error":"${SECRET_KEY}"}`,
    ];
    for (const status of [200, 400, 401, 500]) {
      for (const echo of echoes) {
        gateway.answer = respond(status, echo, { 'X-Echo': API_KEY });
        await failureOf(gateway.url);
      }
    }
  });

  it('takes a header that Node refuses to send for a defect, not for the network', async () => {
    const keys = { ...KEYS, apiKey: new Secret('two\nlines') };
    const error: unknown = await read(clientOf(gateway.url), 3000, keys).catch((thrown: unknown) => thrown);
    expect(reasonOf(error)).to.equal('internal');
    expect(gateway.requests).to.have.length(0);
  });

  describe('says why it ended early', () => {
    for (const reason of [new DeadlineError('late'), new CanceledError('nobody waits')]) {
      it(`with the very ${reason.name} of the signal`, async () => {
        const controller = new AbortController();
        gateway.answer = () => controller.abort(reason);
        const error: unknown = await clientOf(gateway.url)
          .ask(BALANCES, KEYS, controller.signal)
          .catch((thrown: unknown) => thrown);
        expect(error).to.equal(reason);
        await until('the end of the connection', () => gateway.sockets[0]?.destroyed === true, 1000);
      });
    }
    it('before it began', async () => {
      const reason = new CanceledError('nobody waits');
      const asked = clientOf(gateway.url).ask(BALANCES, KEYS, AbortSignal.abort(reason));
      expect(await asked.catch((thrown: unknown) => thrown)).to.equal(reason);
      expect(gateway.requests).to.have.length(0);
    });
  });

  describe('tells what the answer said', () => {
    const said: [number, string, string[]][] = [
      [400, '{"message":"Nonce is too small"}', ['nonce']],
      [401, '{"error":"TIMESTAMP_EXPIRED"}', ['timestamp']],
      [403, '{"error":"no permission for this"}', ['permission']],
      [429, 'Rate limit exceeded', ['rate limit']],
      [503, '<h1>Down for maintenance</h1>', ['maintenance']],
      [200, '{"message":"merchant suspended, bad nonce"}', ['nonce', 'suspended']],
      [500, '{"timestamp":"2026-11-27T02:00:00Z","status":500,"error":"Internal Server Error"}', []],
      [418, `{"message":"${'x'.repeat(5000)} nonce"}`, []],
    ];
    for (const [status, body, words] of said) {
      it(`${status} ${body.slice(0, 60)}: ${words.join(' and ') || 'nothing'}`, async () => {
        gateway.answer = respond(status, body);
        expect(await failureOf(gateway.url)).to.deep.include({ status, said: words });
      });
    }
  });

  it('withholds a name that holds a key or the signature, and takes the others', async () => {
    const fields = balance('1', '0', '1');
    gateway.answer = (request, response) => {
      const signature = String(request.headers['x-ex-signature']);
      const names = [`A${API_KEY}`, SECRET_KEY, `${signature}Z`, 'BTC', '__proto__'];
      const entries = names.map((name) => `{${JSON.stringify(name)}: ${JSON.stringify(fields)}}`);
      response.end(`[${entries.join(',')}]`);
    };
    const { valid, invalid } = await read(clientOf(gateway.url));
    expect(valid.map(({ currency }) => currency)).to.deep.equal(['BTC', '__proto__']);
    expect(invalid).to.have.length(3);
    expect(JSON.stringify(invalid)).not.to.match(/test-|[0-9a-f]{128}/);
  });

  it('counts the entries of an answer whose every balance is invalid', async () => {
    gateway.answer = json('[{"A":{"totalBalance":null}},{"B":{"totalBalance":"x"}}]');
    const error = await failureOf(gateway.url);
    expect(error).to.be.an.instanceOf(InvalidResponseError).with.property('invalidEntries', 2);
    expect(error.status).to.equal(200);
  });

  describe('that answers more than it was asked', () => {
    const answerOf = (currency: string) => {
      const body = JSON.stringify([{ [currency]: balance('1', '0', '1') }]);
      return `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`;
    };
    const ways: Record<string, (socket: import('node:net').Socket) => void> = {
      'in one piece': (socket) => socket.write(answerOf('A') + answerOf('WRONG')),
      'a little later': (socket) => {
        socket.write(answerOf('A'));
        setImmediate(() => socket.write(answerOf('WRONG')));
      },
      'in two halves': (socket) => {
        const wrong = answerOf('WRONG');
        socket.write(answerOf('A') + wrong.slice(0, 20));
        setImmediate(() => socket.write(wrong.slice(20)));
      },
    };
    for (const [way, talk] of Object.entries(ways)) {
      it(`${way} is never taken for an answer to the next request`, async () => {
        const connections = new Set<import('node:net').Socket>();
        const raw = await startRawGateway((socket) => {
          connections.add(socket);
          talk(socket);
        });
        const client = clientOf(raw.url);
        try {
          expect((await read(client)).valid.map(({ currency }) => currency)).to.deep.equal(['A']);
          const [first] = connections;
          await until('the end of the connection', () => first?.destroyed === true, 2000);
          expect((await read(client)).valid.map(({ currency }) => currency)).to.deep.equal(['A']);
          expect(connections.size).to.equal(2);
        } finally {
          await raw.close();
        }
      });
    }
  });

  it('keeps its connection after a failure whose body came whole', async () => {
    const client = clientOf(gateway.url);
    for (const status of [401, 500, 404, 200]) {
      gateway.answer = respond(status, '{"message":"no"}');
      await read(client).catch(() => {});
    }
    expect(gateway.sockets).to.have.length(1);
  });

  it('closes the connection of an answer that it does not read', async () => {
    gateway.answer = (_request, response) => {
      response.writeHead(500);
      response.write('a');
    };
    expect((await failureOf(gateway.url)).reason).to.equal('server_error');
    await until('the end of the connection', () => gateway.sockets[0]?.destroyed === true, 1000);
  });

  it('is not held up by an answer that it does not want to its end', async () => {
    const client = clientOf(gateway.url);
    for (const status of [500, 302, 404]) {
      gateway.answer = respond(status, Buffer.alloc(1_000_000), { Location: '/' });
      await read(client).catch(() => {});
    }
    gateway.answer = json(ONE);
    expect((await read(client)).valid).to.have.length(1);
  });
});
