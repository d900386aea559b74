import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import Koa from 'koa';
import { requirePassword } from '../../src/web/basic-auth.ts';
import { MAX_WAIT_MS, ThreadHasher, type Comparison, type Hasher } from '../../src/web/passwords/hasher.ts';
import { PasswordCheck } from '../../src/web/passwords/password-check.ts';
import { MAX_WAITING_PER_CLIENT } from '../../src/web/passwords/waiting-room.ts';
import { setSecurityHeaders } from '../../src/web/security-headers.ts';
import { until } from '../support/poll.ts';

const LOWEST_COST = 4;
/** A hash of this cost takes tenths of a second. */
const SLOW_COST = 12;
const SLOW_HASH = `$2b$${SLOW_COST}$${'.'.repeat(53)}`;

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Counts the comparisons; the real ones, unless they are held back. */
class CountingHasher implements Hasher {
  readonly comparisons: Comparison[] = [];
  readonly #hasher = new ThreadHasher();

  compare(comparison: Comparison, client: string): Promise<boolean | undefined> {
    this.comparisons.push(comparison);
    return this.#hasher.compare(comparison, client);
  }
}

describe('basic authentication', () => {
  const servers: http.Server[] = [];
  const hash = hashSync('right', LOWEST_COST);
  let hasher: CountingHasher;

  beforeEach(() => {
    hasher = new CountingHasher();
  });

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(users: Readonly<Record<string, string>>, by: Hasher = hasher): Promise<string> {
    const app = new Koa();
    // What fails is asserted by its answer; without a listener, Koa would print it.
    app.on('error', () => {});
    app.use(setSecurityHeaders({}));
    app.use(requirePassword(new PasswordCheck(new Map(Object.entries(users)), by)));
    app.use((ctx) => {
      ctx.body = 'page';
    });
    const handle = app.callback();
    const server = http.createServer((request, response) => void handle(request, response));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('lets the right password through and refuses everything else with a challenge', async () => {
    const url = await serve({ prometheus: hash });
    expect((await get(url, basic('prometheus', 'right'))).body).to.equal('page');
    for (const authorization of [
      undefined,
      basic('prometheus', 'wrong'),
      basic('prometheus', ''),
      basic('', 'right'),
      basic('Prometheus', 'right'),
      basic('__proto__', 'right'),
      basic('constructor', 'right'),
      'Basic',
      'Basic cHJvbWV0aGV1cw==',
      'Basic cHJvb*ethV1czpyaWdodA==',
      `Bearer ${basic('prometheus', 'right').slice(6)}`,
    ]) {
      const { status, headers, body } = await get(url, authorization);
      expect(status, authorization).to.equal(401);
      expect(headers['www-authenticate']).to.equal('Basic realm="thedex-exporter", charset="UTF-8"');
      expect(headers['content-security-policy']).to.contain("default-src 'none'");
      expect(body).to.equal('Unauthorized\n');
    }
  });

  it('accepts hashes of all three marks, colons and letters of all languages in passwords', async () => {
    const password = 'pass:wörd:密码';
    const made = hashSync(password, LOWEST_COST).slice(3);
    const url = await serve({ a: `$2a${made}`, b: `$2b${made}`, y: `$2y${made}` });
    for (const user of ['a', 'b', 'y']) expect((await get(url, basic(user, password))).status, user).to.equal(200);
  });

  it('takes the name of the scheme in any case', async () => {
    const url = await serve({ prometheus: hash });
    expect((await get(url, basic('prometheus', 'right').replace('Basic', 'bAsIc'))).status).to.equal(200);
  });

  it('asks for no password on the health pages, and on these alone', async () => {
    const url = await serve({ prometheus: hash });
    for (const path of ['/-/healthy', '/-/ready', '/-/healthy?any=thing']) {
      expect((await get(`${url}${path}`)).status, path).to.equal(200);
    }
    for (const path of [
      '/',
      '/metrics',
      '/-/reload',
      '/-/healthy/',
      '/-/Ready',
      '//-/healthy',
      '/metrics?/-/healthy',
    ]) {
      expect((await get(`${url}${path}`)).status, path).to.equal(401);
    }
  });

  it('refuses passwords of more than 72 bytes, of which bcrypt would look at no more than the beginning', async () => {
    const longest = 'ä'.repeat(36);
    const url = await serve({ prometheus: hashSync(longest, LOWEST_COST) });
    expect((await get(url, basic('prometheus', longest))).status).to.equal(200);
    expect((await get(url, basic('prometheus', `${longest}x`))).status).to.equal(401);
  });

  it('hashes a password once, right or wrong, however many ask at once', async () => {
    const url = await serve({ prometheus: hash });
    for (const password of ['right', 'wrong']) {
      const first = await Promise.all(Array.from({ length: 30 }, () => get(url, basic('prometheus', password))));
      const again = await get(url, basic('prometheus', password));
      const expected = password === 'right' ? 200 : 401;
      expect(
        [...first, again].every(({ status }) => status === expected),
        password,
      ).to.equal(true);
    }
    expect(hasher.comparisons).to.deep.equal([
      { password: 'right', hash },
      { password: 'wrong', hash },
    ]);
  });

  it('never forgets a right password for all the wrong ones', async () => {
    const url = await serve({ prometheus: hash });
    await get(url, basic('prometheus', 'right'));
    for (let guess = 0; guess < 250; guess += 1) await get(url, basic('prometheus', `guess ${guess}`));
    const count = hasher.comparisons.length;
    expect((await get(url, basic('prometheus', 'right'))).status).to.equal(200);
    expect(hasher.comparisons.length).to.equal(count);
    // The first guesses are forgotten: what is remembered is bounded.
    await get(url, basic('prometheus', 'guess 0'));
    expect(hasher.comparisons.length).to.equal(count + 1);
  });

  it('confuses neither users nor the ends of names and passwords', async () => {
    const url = await serve({ ab: hashSync('c', LOWEST_COST), a: hash });
    expect((await get(url, basic('ab', 'c'))).status).to.equal(200);
    expect((await get(url, basic('a', 'bc'))).status).to.equal(401);
    expect((await get(url, basic('a', 'c'))).status).to.equal(401);
    expect((await get(url, basic('ab', 'right'))).status).to.equal(401);
  });

  it('takes as long for an unknown user as for the one whose hash costs most', async () => {
    const url = await serve({ cheap: hash, dear: hashSync('x', 6) });
    await get(url, basic('nobody', 'guess'));
    await get(url, basic('dear', 'guess'));
    const [unknown, known] = hasher.comparisons;
    expect(unknown?.hash).to.match(/^\$2b\$06\$[./A-Za-z0-9]{53}$/);
    expect(known?.hash.slice(4, 6)).to.equal('06');
    await get(url, basic('nobody', 'guess'));
    expect(hasher.comparisons.length).to.equal(2);
  });

  it('lets no unknown user in, not even by a hash that fits', async () => {
    const url = await serve({ prometheus: hash }, { compare: () => Promise.resolve(true) });
    expect((await get(url, basic('nobody', 'right'))).status).to.equal(401);
  });

  it('remembers the right password of each user, however many there are', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `user ${index}`);
    const url = await serve(Object.fromEntries(names.map((name) => [name, hash])));
    for (const name of [...names, ...names]) {
      expect((await get(url, basic(name, 'right'))).status, name).to.equal(200);
    }
    expect(hasher.comparisons.length).to.equal(names.length);
  });

  it('answers who is known quickly while guesses are hashed, and turns guesses away when too many wait', async function () {
    this.timeout(60_000);
    const url = await serve({ prometheus: hash, dear: SLOW_HASH });
    expect((await get(url, basic('prometheus', 'right'))).status).to.equal(200);
    const count = MAX_WAITING_PER_CLIENT * 2;
    const guesses = Array.from({ length: count }, (_, guess) => get(url, basic('dear', `guess ${guess}`)));
    let settled = 0;
    for (const guess of guesses) void guess.then(() => (settled += 1));
    // All but those that wait and the one whose turn it is, and these at once.
    await until('guesses are turned away', () => settled >= MAX_WAITING_PER_CLIENT - 1, MAX_WAIT_MS / 2);
    const times: number[] = [];
    while (settled < guesses.length && times.length < 200) {
      const startedAt = performance.now();
      expect((await get(url, basic('prometheus', 'right'))).status).to.equal(200);
      times.push(performance.now() - startedAt);
    }
    expect(times.length).to.equal(200);
    // On the main thread, each would have waited for a good part of a hash.
    expect(times.toSorted((a, b) => a - b)[100]).to.be.lessThan(50);
    const answers = await Promise.all(guesses);
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.length).to.be.within(MAX_WAITING_PER_CLIENT - 1, count - 1);
    expect(busy.every(({ headers }) => headers['retry-after'] === '1')).to.equal(true);
    expect(answers.filter(({ status }) => status === 401).length).to.equal(answers.length - busy.length);
  });

  it('lets a right password in that comes for the first time while others guess without a pause', async function () {
    this.timeout(60_000);
    const url = await serve({ prometheus: hashSync('right', 10) });
    const end = new AbortController();
    let guesses = 0;
    const guessers = Array.from({ length: 20 }, async () => {
      while (!end.signal.aborted) {
        guesses += 1;
        expect((await get(url, basic('prometheus', `guess ${guesses}`))).status).not.to.equal(200);
      }
    });
    try {
      await until('guesses', () => guesses > guessers.length);
      // In a queue that the guessers keep full, hardly any of these would find a place; each waits for some seconds here.
      const outcomes: number[] = [];
      while (outcomes.at(-1) !== 200 && outcomes.length < 8) {
        outcomes.push((await get(url, basic('prometheus', 'right'))).status);
      }
      expect(outcomes.at(-1)).to.equal(200);
    } finally {
      end.abort();
      await Promise.all(guessers);
    }
  });

  it('answers 500, with its headers, when a comparison fails, and goes on', async () => {
    let isBroken = true;
    const url = await serve(
      { prometheus: hash },
      {
        compare: (...words) => (isBroken ? Promise.reject(new Error('broken')) : hasher.compare(...words)),
      },
    );
    const { status, headers } = await get(url, basic('prometheus', 'right'));
    expect(status).to.equal(500);
    expect(headers['x-content-type-options']).to.equal('nosniff');
    isBroken = false;
    expect((await get(url, basic('prometheus', 'right'))).status).to.equal(200);
  });
});

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function get(url: string, authorization?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // The path as it is written, which the URL class would tidy.
    const { hostname, port, origin } = new URL(url);
    const headers = authorization === undefined ? {} : { authorization };
    const options = { hostname, port, path: url.slice(origin.length) || '/', headers, agent: false as const };
    http
      .get(options, (response: IncomingMessage) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      })
      .once('error', reject);
  });
}
