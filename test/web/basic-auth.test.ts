import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import Koa from 'koa';
import {
  MAX_WAITING_PER_CLIENT,
  MAX_WAIT_MS,
  Passwords,
  requirePassword,
  ThreadComparer,
  type Comparer,
  type Comparison,
} from '../../src/web/basic-auth.ts';
import { setDefaultHeaders } from '../../src/web/app.ts';
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

/** Counts the comparisons, which are real. */
class CountingComparer implements Comparer {
  readonly comparisons: Comparison[] = [];
  readonly #comparer = new ThreadComparer();

  compare(comparison: Comparison, client: string): Promise<boolean | undefined> {
    this.comparisons.push(comparison);
    return this.#comparer.compare(comparison, client);
  }

  close(): void {
    this.#comparer.close();
  }
}

const EXEMPT = new Set(['/-/healthy', '/-/ready']);

describe('basic authentication', () => {
  const servers: http.Server[] = [];
  const hash = hashSync('right', LOWEST_COST);
  let comparer: CountingComparer;
  let passwords: Passwords;

  beforeEach(() => {
    comparer = new CountingComparer();
  });

  afterEach(() => {
    comparer.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(users: Readonly<Record<string, string>>, by: Comparer = comparer): Promise<string> {
    const app = new Koa();
    // What fails is asserted by its answer; without a listener, Koa would print it.
    app.on('error', () => {});
    app.use(setDefaultHeaders);
    passwords = new Passwords(() => by);
    passwords.setUsers(new Map(Object.entries(users)));
    app.use(requirePassword(passwords, EXEMPT));
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
    expect(comparer.comparisons).to.deep.equal([
      { password: 'right', hash, highestCost: LOWEST_COST },
      { password: 'wrong', hash, highestCost: LOWEST_COST },
    ]);
  });

  it('never forgets a right password for all the wrong ones', async function () {
    this.timeout(60_000);
    const url = await serve({ prometheus: hash });
    await get(url, basic('prometheus', 'right'));
    for (let guess = 0; guess < 250; guess += 1) await get(url, basic('prometheus', `guess ${guess}`));
    const count = comparer.comparisons.length;
    expect((await get(url, basic('prometheus', 'right'))).status).to.equal(200);
    expect(comparer.comparisons.length).to.equal(count);
    // The first guesses are forgotten: what is remembered is bounded.
    await get(url, basic('prometheus', 'guess 0'));
    expect(comparer.comparisons.length).to.equal(count + 1);
  });

  it('confuses neither users nor the ends of names and passwords', async () => {
    const url = await serve({ ab: hashSync('c', LOWEST_COST), a: hash });
    expect((await get(url, basic('ab', 'c'))).status).to.equal(200);
    expect((await get(url, basic('a', 'bc'))).status).to.equal(401);
    expect((await get(url, basic('a', 'c'))).status).to.equal(401);
    expect((await get(url, basic('ab', 'right'))).status).to.equal(401);
  });

  it('takes as long for an unknown user as for each known one, however much their hashes cost', async function () {
    this.timeout(60_000);
    const url = await serve({ cheap: hash, dear: hashSync('x', 9) });
    const users = ['nobody', 'cheap', 'dear'] as const;
    const shortest = { nobody: Infinity, cheap: Infinity, dear: Infinity };
    // In turn, so that what slows the machine down slows all of them down; the first round warms up.
    for (let guess = 0; guess < 10; guess += 1) {
      for (const user of users) {
        const startedAt = performance.now();
        await get(url, basic(user, `guess ${guess}`));
        if (guess > 0) shortest[user] = Math.min(shortest[user], performance.now() - startedAt);
      }
    }
    // Without the same work for each, the cheap one would take a thirtieth.
    for (const user of ['cheap', 'dear'] as const) {
      expect(shortest[user] / shortest.nobody, user).to.be.within(0.6, 1.7);
    }
  });

  it('knows at once that a password was revoked, and a new one', async () => {
    const url = await serve({ prometheus: hash });
    expect((await get(url, basic('prometheus', 'right'))).status).to.equal(200);
    passwords.setUsers(new Map([['prometheus', hashSync('new', LOWEST_COST)]]));
    expect((await get(url, basic('prometheus', 'right'))).status).to.equal(401);
    expect((await get(url, basic('prometheus', 'new'))).status).to.equal(200);
    passwords.setUsers(new Map());
    expect((await get(url)).status).to.equal(200);
  });

  it('refuses every password of a user without a hash that could fit', async () => {
    const url = await serve({});
    passwords.setUsers(new Map([['prometheus', undefined]]));
    expect((await get(url, basic('prometheus', ''))).status).to.equal(401);
    expect((await get(url)).status).to.equal(401);
  });

  it('lets no unknown user in, not even by a hash that fits', async () => {
    const url = await serve({ prometheus: hash }, { compare: () => Promise.resolve(true), close: () => {} });
    expect((await get(url, basic('nobody', 'right'))).status).to.equal(401);
  });

  it('remembers the right password of each user, however many there are', async function () {
    this.timeout(60_000);
    const names = Array.from({ length: 150 }, (_, index) => `user ${index}`);
    const url = await serve(Object.fromEntries(names.map((name) => [name, hash])));
    for (const name of [...names, ...names]) {
      expect((await get(url, basic(name, 'right'))).status, name).to.equal(200);
    }
    expect(comparer.comparisons.length).to.equal(names.length);
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
        compare: (...words) => (isBroken ? Promise.reject(new Error('broken')) : comparer.compare(...words)),
        close: () => {},
      },
    );
    const { status, headers } = await get(url, basic('prometheus', 'right'));
    expect(status).to.equal(500);
    expect(headers['x-content-type-options']).to.equal('nosniff');
    isBroken = false;
    expect((await get(url, basic('prometheus', 'right'))).status).to.equal(200);
  });
});

describe('the thread that compares passwords', () => {
  const SLOW = { password: 'x', hash: SLOW_HASH, highestCost: SLOW_COST };
  let thread: ThreadComparer;
  afterEach(() => thread.close());

  it('gives up on who has waited too long, and goes on', async () => {
    thread = new ThreadComparer(20);
    const first = thread.compare(SLOW, 'a');
    expect(await thread.compare(SLOW, 'a')).to.equal(undefined);
    expect(await first).to.equal(false);
    const right = { password: 'z', hash: hashSync('z', LOWEST_COST), highestCost: LOWEST_COST };
    expect(await thread.compare(right, 'a')).to.equal(true);
  });

  it('takes the clients in turn, whoever has more that wait', async () => {
    thread = new ThreadComparer();
    const order: string[] = [];
    const fast = { ...SLOW, hash: `$2b$04$${'.'.repeat(53)}`, highestCost: LOWEST_COST };
    const compare = (client: string) => thread.compare(fast, client).then(() => order.push(client));
    await Promise.all([...Array.from({ length: 20 }, () => compare('guesser')), compare('prometheus')]);
    expect(order.indexOf('prometheus')).to.be.within(1, 2);
  });

  it('lets a bounded number of each client wait, and of all', async () => {
    thread = new ThreadComparer(500);
    const outcomes: Promise<boolean | undefined>[] = [];
    const enter = (client: string) => {
      let isSettled = false;
      const outcome = thread.compare(SLOW, client).finally(() => (isSettled = true));
      outcomes.push(outcome);
      return async () => {
        await Promise.resolve();
        await Promise.resolve();
        await Promise.resolve();
        return isSettled;
      };
    };
    // One of them has its turn at once.
    for (let count = 0; count <= MAX_WAITING_PER_CLIENT; count += 1) expect(await enter('a')()).to.equal(false);
    expect(await enter('a')()).to.equal(true);
    for (let count = 0; count < 900; count += 1) enter(`client ${count}`);
    expect(await enter('late')()).to.equal(true);
    await Promise.all(outcomes);
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
