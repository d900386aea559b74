import { createHmac, randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Context, Middleware } from 'koa';

const CHALLENGE = 'Basic realm="thedex-exporter", charset="UTF-8"';
/** Whoever is turned away has waited for seconds already, or sends passwords by the hundred. */
const RETRY_AFTER_SECONDS = 1;

const CREDENTIALS = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** bcrypt looks at no byte beyond this; what follows could be anything. */
const MAX_PASSWORD_BYTES = 72;

/** Verdicts of either kind, and more only if there are more users; each takes about a hundred bytes. */
const MIN_VERDICTS = 100;

/** Half of the time that Prometheus usually gives a scrape, so that it is told why rather than left without an answer. */
export const MAX_WAIT_MS = 5_000;
/** How many comparisons of one client wait at most; at bcrypt's usual cost, their turns take some seconds. */
export const MAX_WAITING_PER_CLIENT = 100;
const MAX_WAITING = 1_000;

// Beside this file both in the source and in the built program.
const WORKER = new URL('./password-worker.js', import.meta.url);

/** Names to bcrypt hashes; `undefined` for a user whom every password is refused. */
export type Users = ReadonlyMap<string, string | undefined>;

/** A password and the bcrypt hash that it may belong to. */
export interface Comparison {
  readonly password: string;
  readonly hash: string;
  /** A wrong password takes as long as with a hash of this cost. */
  readonly highestCost: number;
}

/** Compares passwords with hashes, one at a time: on a machine with few cores, scrapes need the others. */
export interface Comparer {
  /**
   * @param client who asks, such as a network address; clients take turns
   * @returns `undefined` if too many wait, at once or after some seconds
   */
  compare(comparison: Comparison, client: string): Promise<boolean | undefined>;
  close(): void;
}

/** Lets only those through who name a user and the right password by basic authentication (RFC 7617). */
export function requirePassword(passwords: Passwords, exempt: ReadonlySet<string>): Middleware {
  return async (ctx, next) => {
    const verdict = passwords.isOff || exempt.has(ctx.path) ? true : await judge(passwords, ctx);
    if (verdict === true) {
      await next();
    } else if (verdict === false) {
      ctx.status = 401;
      ctx.set('WWW-Authenticate', CHALLENGE);
      ctx.body = 'Unauthorized\n';
    } else {
      ctx.status = 503;
      ctx.set('Retry-After', String(RETRY_AFTER_SECONDS));
      ctx.body = 'Too many passwords wait to be checked\n';
    }
  };
}

async function judge(passwords: Passwords, ctx: Context): Promise<boolean | undefined> {
  const encoded = CREDENTIALS.exec(ctx.get('Authorization'))?.[1];
  if (encoded === undefined) return false;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return false;
  // Without an address: by a socket file, whose clients are all of this machine.
  const client = ctx.socket.remoteAddress ?? '';
  return passwords.check(text.slice(0, colon), text.slice(colon + 1), client);
}

/**
 * Checks users' passwords so that neither a scrape costs a hash each time nor a guess tells who is a user. It remembers
 * which passwords were right and which wrong, and none of the passwords. Right and wrong ones have places of their own:
 * guesses, however many, never drive out what scrapes rely on.
 */
export class Passwords {
  readonly #startComparer: () => Comparer;
  readonly #secret = randomBytes(32);
  readonly #right = new Set<string>();
  readonly #wrong = new Set<string>();
  readonly #underWay = new Map<string, Promise<boolean | undefined>>();
  #comparer: Comparer | undefined;
  #users: Users = new Map();
  #highestCost = 0;

  constructor(startComparer: () => Comparer = () => new ThreadComparer()) {
    this.#startComparer = startComparer;
  }

  /** Whether no password is asked for. */
  get isOff(): boolean {
    return this.#users.size === 0;
  }

  /** Puts users in force, from the next check on. The first ones start a thread, so that no scrape waits for its start. */
  setUsers(users: Users): void {
    this.#users = users;
    this.#highestCost = Math.max(0, ...[...users.values()].map((hash) => costOf(hash ?? '')));
    if (users.size > 0) this.#comparer ??= this.#startComparer();
  }

  /**
   * Verdicts that are known are given at once, also while others are worked out.
   *
   * @returns `undefined` where too many passwords wait to be checked
   */
  async check(user: string, password: string, client: string): Promise<boolean | undefined> {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES || this.#highestCost === 0) return false;
    const known = this.#users.get(user);
    // Nobody's hash: the verdict on an unknown user does not depend on it.
    const hash = known ?? `$2b$${String(this.#highestCost).padStart(2, '0')}$${'.'.repeat(53)}`;
    const key = this.#keyOf(user, hash, password);
    const isRight = this.#recall(key) ?? (await this.#compareOnce(key, { password, hash }, client));
    return isRight && known !== undefined;
  }

  close(): void {
    this.#comparer?.close();
  }

  /** What stands for an attempt, in this process only; two attempts that differ in anything have two keys. */
  #keyOf(...fields: readonly string[]): string {
    const hmac = createHmac('sha256', this.#secret);
    // With its length before each field, no field can run into the next.
    for (const field of fields) hmac.update(`${Buffer.byteLength(field)}:`).update(field);
    return hmac.digest('base64');
  }

  #recall(key: string): boolean | undefined {
    const verdicts = this.#right.has(key) ? this.#right : this.#wrong;
    if (!verdicts.delete(key)) return undefined;
    // The one that was asked for last is forgotten last.
    verdicts.add(key);
    return verdicts === this.#right;
  }

  #remember(key: string, isRight: boolean): void {
    const verdicts = isRight ? this.#right : this.#wrong;
    verdicts.add(key);
    const [oldest] = verdicts;
    if (verdicts.size > Math.max(this.#users.size, MIN_VERDICTS) && oldest !== undefined) verdicts.delete(oldest);
  }

  // A Prometheus that scrapes many accounts at once sends the same password many times before the first verdict.
  async #compareOnce(
    key: string,
    comparison: Omit<Comparison, 'highestCost'>,
    client: string,
  ): Promise<boolean | undefined> {
    const verdict =
      this.#underWay.get(key) ??
      this.#comparer?.compare({ ...comparison, highestCost: this.#highestCost }, client) ??
      Promise.resolve(undefined);
    this.#underWay.set(key, verdict);
    try {
      const isRight = await verdict;
      if (isRight !== undefined) this.#remember(key, isRight);
      return isRight;
    } finally {
      this.#underWay.delete(key);
    }
  }
}

function costOf(hash: string): number {
  return Number(hash.slice(4, 6));
}

interface Job {
  readonly comparison: Comparison;
  readonly resolve: (isRight: boolean | undefined) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Compares on a thread of its own, which starts at once and never keeps the process alive. */
export class ThreadComparer implements Comparer {
  readonly #waiting = new Map<string, Job[]>();
  readonly #maxWaitMs: number;
  #size = 0;
  #running: Job | undefined;
  #worker: Worker | undefined;

  constructor(maxWaitMs: number = MAX_WAIT_MS) {
    this.#maxWaitMs = maxWaitMs;
    this.#worker = this.#startWorker();
  }

  compare(comparison: Comparison, client: string): Promise<boolean | undefined> {
    const jobs = this.#waiting.get(client) ?? [];
    if (this.#size >= MAX_WAITING || jobs.length >= MAX_WAITING_PER_CLIENT) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#leave(job, client), this.#maxWaitMs).unref();
      const job: Job = { comparison, resolve, reject, timer };
      this.#waiting.set(client, [...jobs, job]);
      this.#size += 1;
      this.#runNext();
    });
  }

  close(): void {
    void this.#worker?.terminate();
  }

  #leave(job: Job, client: string): void {
    const jobs = (this.#waiting.get(client) ?? []).filter((each) => each !== job);
    if (jobs.length > 0) this.#waiting.set(client, jobs);
    else this.#waiting.delete(client);
    this.#size -= 1;
    job.resolve(undefined);
  }

  #runNext(): void {
    if (this.#running !== undefined) return;
    const [turn] = this.#waiting;
    if (turn === undefined) return;
    const [client, [job, ...others]] = turn;
    // Behind all others that wait, so that no client's guesses take the turns of another.
    this.#waiting.delete(client);
    if (others.length > 0) this.#waiting.set(client, others);
    if (job === undefined) return;
    this.#size -= 1;
    this.#running = job;
    clearTimeout(job.timer);
    this.#worker ??= this.#startWorker();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(job.comparison);
  }

  #startWorker(): Worker {
    // The environment may hold an API key, which this thread has no need of.
    const worker = new Worker(WORKER, { env: {} });
    // A thread that is told so before it runs forgets it.
    worker.once('online', () => worker.unref());
    worker.on('message', (isRight: boolean) => this.#finish((job) => job.resolve(isRight)));
    worker.on('error', (error: Error) => {
      this.#worker = undefined;
      this.#finish((job) => job.reject(error));
    });
    return worker;
  }

  #finish(settle: (job: Job) => void): void {
    const job = this.#running;
    this.#running = undefined;
    if (job !== undefined) settle(job);
    this.#runNext();
  }
}
