import { ThreadHasher, type Hasher } from './hasher.ts';
import { VerdictCache } from './verdict-cache.ts';

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
  readonly #verdicts = new VerdictCache();
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #dummyHash: string;

  /** @param users names to bcrypt hashes */
  constructor(users: ReadonlyMap<string, string>, hasher: Hasher = new ThreadHasher()) {
    this.#users = users;
    this.#hasher = hasher;
    const highestCost =
      [...users.values()]
        .map((hash) => hash.slice(4, 6))
        .toSorted()
        .at(-1) ?? '10';
    this.#dummyHash = `$2b$${highestCost}$${DUMMY_SALT_AND_HASH}`;
  }

  /** Verdicts that are known are given at once, also while others are worked out. */
  async check(user: string, password: string): Promise<Verdict> {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return 'wrong';
    const known = this.#users.get(user);
    const hash = known ?? this.#dummyHash;
    const key = this.#verdicts.keyOf({ user, password, hash });
    const verdict =
      this.#verdicts.get(key) ?? (await this.#compare(key, { password, hash, isUser: known !== undefined }));
    if (verdict === undefined) return 'busy';
    return verdict ? 'right' : 'wrong';
  }

  // A Prometheus that scrapes many accounts at once sends the same password many times before the first verdict.
  #compare(
    key: string,
    { password, hash, isUser }: { readonly password: string; readonly hash: string; readonly isUser: boolean },
  ): Promise<boolean | undefined> {
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const comparison = this.#hasher.compare({ password, hash });
    if (comparison === undefined) return Promise.resolve(undefined);
    const verdict = comparison
      .then((isRight) => {
        this.#verdicts.set(key, isRight && isUser);
        return isRight && isUser;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, verdict);
    return verdict;
  }
}
