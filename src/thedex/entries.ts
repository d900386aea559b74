import { canonicalDecimal } from '../lib/decimal.ts';

/** A JSON object that is not a list. */
export type JsonMap = Readonly<Record<string, unknown>>;

export function isMap(json: unknown): json is JsonMap {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/**
 * An amount as decimal text that every parser reads: the digits of a decimal string as they stand, or a JSON number in
 * its shortest form. `undefined` for anything else: an amount is never guessed.
 */
export function amountOf(json: unknown): string | undefined {
  if (typeof json === 'string') return canonicalDecimal(json);
  return typeof json === 'number' && Number.isFinite(json) ? String(json) : undefined;
}

/**
 * Whether a name can be a label value that comes back as it was: not empty, since an empty label is no label to
 * Prometheus, and without lone surrogates, which UTF-8 cannot hold.
 */
export function isName(json: unknown): json is string {
  return typeof json === 'string' && json !== '' && json.isWellFormed();
}

/** What an answer held: what was understood, and the names of what was not and is left out. */
export interface Entries<T> {
  readonly valid: readonly T[];
  readonly invalid: readonly string[];
}

const INVALID = Symbol('invalid');

/**
 * Gathers entries by name. A name that occurs again with an equal entry counts once; with another entry, or once
 * valid and once not, it is invalid as a whole.
 */
export class EntryCollection<T extends object> {
  readonly #entries = new Map<string, T | typeof INVALID>();
  readonly #areEqual: (a: T, b: T) => boolean;

  constructor(areEqual: (a: T, b: T) => boolean) {
    this.#areEqual = areEqual;
  }

  /** @param entry `undefined` if the entry of that name was not understood. */
  add(name: string, entry: T | undefined): void {
    const earlier = this.#entries.get(name);
    if (earlier === undefined) {
      this.#entries.set(name, entry ?? INVALID);
      return;
    }
    const agree = earlier !== INVALID && entry !== undefined && this.#areEqual(earlier, entry);
    if (!agree) this.#entries.set(name, INVALID);
  }

  result(): Entries<T> {
    const valid: T[] = [];
    const invalid: string[] = [];
    for (const [name, entry] of this.#entries) {
      if (entry === INVALID) invalid.push(name);
      else valid.push(entry);
    }
    return { valid, invalid };
  }
}
