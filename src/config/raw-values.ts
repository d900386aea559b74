import { parseDuration } from '../lib/duration.ts';
import type { Findings } from './configuration-error.ts';
import {
  type BooleanFlagName,
  type Environment,
  type FlagName,
  flagNamed,
  type FlagValues,
  type ListFlagName,
  type ValueFlagName,
} from './flags.ts';
import { quote } from './quote.ts';

/** A text and who said it: `--thedex.url`, `THEDEX_URL`, or `default`. */
export interface RawValue {
  readonly text: string;
  readonly where: string;
}

const TRUE_WORDS = new Set(['true', '1', 'yes', 'on']);
const FALSE_WORDS = new Set(['false', '0', 'no', 'off']);

/** Flags over environment over defaults; an empty environment variable counts as unset. */
export class RawValues {
  readonly #flags: FlagValues;
  readonly #env: Environment;
  readonly #findings: Findings;

  constructor(flags: FlagValues, env: Environment, findings: Findings) {
    this.#flags = flags;
    this.#env = env;
    this.#findings = findings;
  }

  /** What was given for a flag, if anything was. */
  given(name: BooleanFlagName | ValueFlagName): RawValue | undefined {
    const text = this.#flags[name];
    return text === undefined ? this.#fromEnvironment(name) : { text, where: `--${name}` };
  }

  /** What was given, or the default. */
  value(name: ValueFlagName): RawValue {
    return this.given(name) ?? { text: flagNamed(name).default ?? '', where: `--${name}` };
  }

  /** Each given value of a flag that is repeatable, or the default. */
  list(name: ListFlagName): readonly RawValue[] {
    const texts = this.#flags[name];
    if (texts !== undefined) return texts.map((text) => ({ text, where: `--${name}` }));
    const found = this.#fromEnvironment(name) ?? { text: flagNamed(name).default ?? '', where: `--${name}` };
    return found.text.split(',').map((text) => ({ text: text.trim(), where: found.where }));
  }

  /** A boolean as it was given; `undefined` where it was not, so that the file can decide. */
  givenBoolean(name: BooleanFlagName): boolean | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    const word = found.text.toLowerCase();
    if (TRUE_WORDS.has(word)) return true;
    if (FALSE_WORDS.has(word)) return false;
    return this.#findings.problem(
      found.where,
      `expected true or false (or 1, 0, yes, no, on, off), got ${quote(found.text)}`,
    );
  }

  /** A boolean that is off unless given. */
  boolean(name: BooleanFlagName): boolean {
    return this.givenBoolean(name) ?? false;
  }

  /** A duration in milliseconds, zero only where that has a meaning. */
  duration(name: ValueFlagName, { zero }: { readonly zero: 'allowed' | 'refused' }): number {
    const { text, where } = this.value(name);
    const milliseconds = parseDuration(text);
    if (milliseconds !== undefined && (milliseconds > 0 || zero === 'allowed')) return milliseconds;
    const least = zero === 'allowed' ? 'of at most 1h' : 'longer than zero and of at most 1h';
    this.#findings.problem(where, `expected a duration such as 10s or 500ms, ${least}, got ${quote(text)}`);
    return 0;
  }

  /** A whole number between two bounds, `undefined` where none was given and there is no default. */
  wholeNumber(name: ValueFlagName, least: number, most: number): number | undefined {
    const { text, where } = this.value(name);
    if (text === '' && this.given(name) === undefined) return undefined;
    const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    return this.#findings.problem(where, `expected a whole number from ${least} to ${most}, got ${quote(text)}`);
  }

  /** One of a few words. */
  choice<T extends string>(name: ValueFlagName, words: readonly T[]): T {
    const { text, where } = this.value(name);
    const found = words.find((word) => word === text);
    if (found === undefined) this.#findings.problem(where, `expected one of ${words.join(', ')}, got ${quote(text)}`);
    return found ?? (words[0] as T);
  }

  #fromEnvironment(name: FlagName): RawValue | undefined {
    const { env } = flagNamed(name);
    const text = env === undefined ? undefined : this.#env[env];
    return env === undefined || text === undefined || text === '' ? undefined : { text, where: env };
  }
}
