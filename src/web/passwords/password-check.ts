import { ThreadHasher, type Hasher } from './hasher.ts';
import { VerdictCache } from './verdict-cache.ts';

/** What a client says to be somebody. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** `busy` where too many passwords wait to be checked. */
export type Verdict = 'right' | 'wrong' | 'busy';

/** bcrypt looks at no byte beyond this; what follows could be anything. */
const MAX_PASSWORD_BYTES = 72;

// In bcrypt's base64. The hash is nobody's: the verdict on an unknown user does not depend on it.
const DUMMY_SALT_AND_HASH = '.'.repeat(22 + 31);

/** Checks users' passwords so that neither a scrape costs a hash each time nor a guess tells who is a user. */
export class PasswordCheck {
  readonly #users: ReadonlyMap<string, string>;
  readonly #hasher: Hasher;
  readonly #verdicts: VerdictCache;
  readonly #underWay = new Map<string, Promise<boolean | undefined>>();
  readonly #dummyHash: string;

  /** @param users names to bcrypt hashes */
  constructor(users: ReadonlyMap<string, string>, hasher: Hasher = new ThreadHasher()) {
    this.#users = users;
    this.#hasher = hasher;
    this.#verdicts = new VerdictCache(users.size);
    const highestCost =
      [...users.values()]
        .map((hash) => hash.slice(4, 6))
        .toSorted()
        .at(-1) ?? '10';
    this.#dummyHash = `$2b$${highestCost}$${DUMMY_SALT_AND_HASH}`;
  }

  /**
   * Verdicts that are known are given at once, also while others are worked out.
   *
   * @param client who asks, such as a network address: no client's guesses take the turns of the others
   */
  async check({ user, password }: Credentials, client: string): Promise<Verdict> {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return 'wrong';
    const known = this.#users.get(user);
    const hash = known ?? this.#dummyHash;
    const key = this.#verdicts.keyOf({ user, password, hash });
    const verdict =
      this.#verdicts.get(key) ??
      (await this.#share(key, async () => {
        const isRight = await this.#hasher.compare({ password, hash }, client);
        if (isRight === undefined) return undefined;
        this.#verdicts.set(key, isRight && known !== undefined);
        return isRight && known !== undefined;
      }));
    if (verdict === undefined) return 'busy';
    return verdict ? 'right' : 'wrong';
  }

  // A Prometheus that scrapes many accounts at once sends the same password many times before the first verdict.
  #share(key: string, compare: () => Promise<boolean | undefined>): Promise<boolean | undefined> {
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const verdict = compare().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, verdict);
    return verdict;
  }
}
