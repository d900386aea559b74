import { inspect } from 'node:util';

const MASK = '<secret>';

/**
 * A key or secret that cannot be printed by accident: every string form of it is a mask, and the value is
 * kept in a private field, where neither `JSON.stringify` nor `util.inspect` finds it.
 */
export class Secret {
  readonly #value: string;

  /** @param value the secret itself, not empty; callers check that and name the source in their message. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for signing a request or sending a header, and for nothing else. */
  reveal(): string {
    return this.#value;
  }

  /** Whether two secrets hold the same value, for finding out whether a reload changed anything. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.toPrimitive](): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
