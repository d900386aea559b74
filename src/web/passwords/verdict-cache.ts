import { createHmac, randomBytes } from 'node:crypto';

/** Of either kind, and more only if there are more users; each takes about a hundred bytes. */
const MIN_VERDICTS = 100;

/** What a verdict was given on. */
export interface Attempt {
  readonly user: string;
  readonly password: string;
  readonly hash: string;
}

/**
 * Remembers which passwords were right and which wrong, and none of the passwords. Right and wrong ones have places of
 * their own: guesses, however many, never drive out what scrapes rely on.
 */
export class VerdictCache {
  readonly #secret = randomBytes(32);
  readonly #max: number;
  readonly #right = new Set<string>();
  readonly #wrong = new Set<string>();

  /** @param users how many there are: each one's right password has a place */
  constructor(users: number) {
    this.#max = Math.max(users, MIN_VERDICTS);
  }

  /** What stands for an attempt, in this process only; two attempts that differ in anything have two keys. */
  keyOf({ user, password, hash }: Attempt): string {
    const hmac = createHmac('sha256', this.#secret);
    // With its length before each field, no field can run into the next.
    for (const field of [user, hash, password]) hmac.update(`${Buffer.byteLength(field)}:`).update(field);
    return hmac.digest('base64');
  }

  /** Whether the password is right, if that is known. */
  get(key: string): boolean | undefined {
    const verdicts = this.#right.has(key) ? this.#right : this.#wrong;
    if (!verdicts.delete(key)) return undefined;
    // The one that was asked for last is forgotten last.
    verdicts.add(key);
    return verdicts === this.#right;
  }

  set(key: string, isRight: boolean): void {
    const verdicts = isRight ? this.#right : this.#wrong;
    verdicts.add(key);
    const [oldest] = verdicts;
    if (verdicts.size > this.#max && oldest !== undefined) verdicts.delete(oldest);
  }
}
