import { isMap, isAlias, isScalar, isSeq, type Node } from 'yaml';
import { isDecimal } from '../lib/decimal.ts';
import { quote, quotePath } from '../lib/quote.ts';
import { suggestName } from '../lib/suggest.ts';
import { readTextFile, UnreadableFileError } from '../lib/text-file.ts';
import type { Findings } from './configuration-error.ts';
import { MAX_YAML_BYTES, parseYaml, type YamlDocument } from './yaml-document.ts';

/** Makes something of a value; `undefined` where that is not possible, which is noted then. */
export type Reader<T> = (value: YamlValue) => T | undefined;
/** What a reader makes. */
export type Read<R> = R extends Reader<infer T> ? T : never;

/**
 * Reads a YAML file with everything that is wrong in it noted with file, line and keys.
 *
 * @param source the file's path, and who named it
 * @param read makes something of the top of a well-formed file
 * @returns `undefined` if the file cannot be read or is not well formed
 */
export async function readYamlFile<T>(
  source: { readonly text: string; readonly where: string },
  findings: Findings,
  read: (top: YamlValue) => T | Promise<T>,
): Promise<T | undefined> {
  const path = quotePath(source.text);
  try {
    const file = await readTextFile(source.text, MAX_YAML_BYTES);
    const document = await parseYaml(file.text, path, findings);
    return document && (await read(new YamlValue(document, document.top)));
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return findings.problem(source.where, `cannot read ${path}: ${error.message}`);
  }
}

/** A value in a YAML file, and the way to it. */
export class YamlValue {
  readonly #file: YamlDocument;
  /** `undefined` where nothing is written. */
  readonly node: Node | undefined;
  readonly #parent: YamlValue | undefined;
  readonly #step: string;
  readonly #offset: number;

  constructor(file: YamlDocument, node: Node | undefined, way?: { parent: YamlValue; step: string; offset: number }) {
    this.#file = file;
    this.node = node;
    this.#parent = way?.parent;
    this.#step = way?.step ?? '';
    this.#offset = way?.offset ?? 0;
  }

  /** The keys that lead to it, such as `accounts.main.url`; empty for the whole file. */
  get path(): string {
    const before = this.#parent?.path ?? '';
    return [before, this.#step].filter((each) => each !== '').join(this.#step.startsWith('[') ? '' : '.');
  }

  /** File, line and keys, as messages name them. */
  get where(): string {
    return `${this.#file.at(this.#offset)}${this.path === '' ? '' : `: ${this.path}`}`;
  }

  /** Notes a mistake here. */
  problem(what: string): undefined {
    return this.#file.findings.problem(this.where, what);
  }

  /** Notes what works and is probably not what was meant. */
  warning(what: string): void {
    this.#file.findings.warning(this.where, what);
  }

  /** The text, number or boolean here, or `null`; `undefined` for mappings and lists. */
  get scalar(): unknown {
    if (this.node === undefined) return null;
    return isScalar(this.node) ? this.node.value : undefined;
  }

  /** A text as it is, a number as it is written: a float64 would drop some of its digits. */
  get written(): string | undefined {
    if (typeof this.scalar !== 'number') return typeof this.scalar === 'string' ? this.scalar : undefined;
    return (isScalar(this.node) ? this.node.source : undefined) ?? String(this.scalar);
  }

  /** Whether nothing is written here, or an empty text, list or mapping. */
  get isEmpty(): boolean {
    if (isMap(this.node) || isSeq(this.node)) return this.node.items.length === 0;
    return this.scalar === null || this.scalar === '';
  }

  /** What stands here, without showing it. */
  describe(): string {
    if (isMap(this.node)) return 'a mapping';
    if (isSeq(this.node)) return 'a list';
    if (this.scalar === null || this.scalar === undefined) return 'nothing';
    return this.scalar === '' ? 'an empty text' : `a ${typeof this.scalar === 'string' ? 'text' : typeof this.scalar}`;
  }

  /** What stands here; a text is shown, so this is not for places where a key could stand. */
  show(): string {
    return this.written === undefined || this.written === '' ? this.describe() : quote(this.written);
  }

  /** The keys of a mapping with their values, each key once; `undefined` where no mapping stands, which is noted. */
  entries(expected: string): ReadonlyMap<string, YamlValue> | undefined {
    if (!isMap(this.node)) return this.problem(`expected ${expected}, got ${this.describe()}`);
    const entries = new Map<string, YamlValue>();
    const merged: YamlValue[] = [];
    for (const { key, value } of this.node.items as { key: Node | null; value: Node | null }[]) {
      this.#file.countKey();
      const offset = key?.range?.[0] ?? this.#offset;
      const name = nameOf(key);
      if (name === undefined) {
        new YamlValue(this.#file, undefined, { parent: this, step: '', offset }).problem(
          'expected each key to be a plain text',
        );
        continue;
      }
      const entry = this.#child(value, quoteKey(name), offset);
      const isMerge = name === '<<' && isScalar(key) && key.type === 'PLAIN';
      if (!isMerge && entries.has(name)) entry?.problem('this key stands here twice');
      if (entry !== undefined && isMerge) merged.push(...(isSeq(entry.node) ? (entry.items('') ?? []) : [entry]));
      else if (entry !== undefined) entries.set(name, entry);
    }
    for (const [name, value] of merged.flatMap((each) => [...(each.entries('a mapping to merge') ?? [])])) {
      if (!entries.has(name)) entries.set(name, value);
    }
    return entries;
  }

  /** The items of a list; `undefined` where no list stands, which is noted. */
  items(expected: string): readonly YamlValue[] | undefined {
    if (!isSeq(this.node)) return this.problem(`expected ${expected}, got ${this.describe()}`);
    return (this.node.items as (Node | null)[]).flatMap((item, index) => {
      this.#file.countKey();
      return this.#child(item, `[${index}]`, item?.range?.[0] ?? this.#offset) ?? [];
    });
  }

  #child(node: Node | null, step: string, offset: number): YamlValue | undefined {
    const way = { parent: this, step, offset };
    if (!isAlias(node)) return new YamlValue(this.#file, node ?? undefined, way);
    const anchored = this.#file.anchored(node.source, node.range?.[0] ?? 0);
    const child = new YamlValue(this.#file, anchored, way);
    return anchored === undefined ? child.problem('expected the anchor of this alias before it') : child;
  }
}

function nameOf(key: Node | null): string | undefined {
  if (!isScalar(key) || key.anchor !== undefined) return undefined;
  return key.type === 'PLAIN' ? (key.source ?? '') : String(key.value);
}

// Where the colon after a key was forgotten, its value is a part of it, and may be a key of another kind.
function quoteKey(name: string): string {
  return /^[\w-]{1,80}$/.test(name) ? name : quote(name.replace(/\s.*$/s, ' …'));
}

/** A text that is not empty, and never shown. @param expected what it is, such as `a path to a file` */
export function text(expected: string): Reader<string> {
  return (value) =>
    typeof value.scalar === 'string' && value.scalar !== ''
      ? value.scalar
      : value.problem(`expected ${expected}, got ${value.describe()}`);
}

/** `true` or `false`; the words that YAML 1.1 had for them count too. */
export const boolean: Reader<boolean> = (value) => {
  if (typeof value.scalar === 'boolean') return value.scalar;
  const word = isScalar(value.node) && value.node.type === 'PLAIN' ? String(value.scalar).toLowerCase() : '';
  if (['yes', 'on'].includes(word)) return true;
  if (['no', 'off'].includes(word)) return false;
  return value.problem(`expected true or false, got ${value.show()}`);
};

/** A decimal number that is not negative, as a number or in quotes, with every digit as it was written. */
export const decimal: Reader<string> = (value) =>
  value.written !== undefined && isDecimal(value.written) && !value.written.startsWith('-')
    ? value.written
    : value.problem(`expected a decimal number that is not negative, as a number or in quotes, got ${value.show()}`);

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): Reader<T> {
  return (value) =>
    words.find((word) => word === value.scalar) ??
    value.problem(`expected one of ${words.join(', ')}, got ${value.show()}`);
}

/** A list, without the items that have a mistake. @param expected such as `a list of texts` */
export function list<T>(item: Reader<T>, expected: string): Reader<readonly T[]> {
  return (value) => value.items(expected)?.flatMap((each) => item(each) ?? []);
}

/** A mapping from names that are free. @param checkName what is wrong with a name, if anything is */
export function record<T>(
  item: Reader<T>,
  expected: string,
  checkName: (name: string) => string | undefined = () => undefined,
): Reader<ReadonlyMap<string, T>> {
  return (value) => {
    const entries = value.entries(expected);
    if (entries === undefined) return undefined;
    const found = new Map<string, T>();
    for (const [name, entry] of entries) {
      const mistake = checkName(name);
      const made = mistake === undefined ? item(entry) : entry.problem(mistake);
      if (made !== undefined) found.set(name, made);
    }
    return found;
  };
}

/** The values of a section; `undefined` for keys that are not there or have a mistake. */
export type Fields<S extends Readonly<Record<string, Reader<unknown>>>> = {
  readonly [K in keyof S]: Read<S[K]> | undefined;
};

/** What else is said of the keys of a section. */
export interface SectionRules<K extends string> {
  /** Keys that must be there, and what they are. */
  readonly required?: { readonly [name in K]?: string };
  /** What is said of a key that is known and not taken. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** A mapping whose keys are known. */
export function section<const S extends Readonly<Record<string, Reader<unknown>>>>(
  shape: S,
  { required = {}, refused = {} }: SectionRules<keyof S & string> = {},
): Reader<Fields<S>> {
  const known = Object.keys(shape);
  return (value) => {
    const entries = value.entries(`a mapping with ${known.join(', ')}`);
    if (entries === undefined) return undefined;
    const fields: Record<string, unknown> = Object.fromEntries(known.map((name) => [name, undefined]));
    for (const [name, entry] of entries) {
      if (known.includes(name)) fields[name] = shape[name]?.(entry);
      else entry.problem(Object.hasOwn(refused, name) ? String(refused[name]) : unknownKey(name, known));
    }
    for (const [name, what] of Object.entries(required)) {
      if (!entries.has(name)) value.problem(`expected ${name}, ${String(what)}`);
    }
    return fields as Fields<S>;
  };
}

function unknownKey(name: string, known: readonly string[]): string {
  const meant = suggestName(name.toLowerCase(), known);
  return `unknown key: ${meant === undefined ? `expected ${known.join(', ')}` : `did you mean ${meant}?`}`;
}

/** One reader for a mapping, and another one for everything else. */
export function mappingOr<M, T>(mapping: Reader<M>, other: Reader<T>): Reader<M | T> {
  return (value) => (isMap(value.node) ? mapping(value) : other(value));
}

/** A value together with its place, for checks that look at several values. */
export function located<T>(reader: Reader<T>): Reader<{ readonly value: T; readonly at: YamlValue }> {
  return (at) => {
    const value = reader(at);
    return value === undefined ? undefined : { value, at };
  };
}
