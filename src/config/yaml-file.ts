import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Findings } from './configuration-error.ts';
import { quote } from './quote.ts';
import { UnreadableFileError } from './read-file.ts';

/** A value in a YAML file, and the way to it. */
export interface YamlValue {
  /** `undefined` where nothing is written. */
  readonly node: Node | undefined;
  /** The keys that lead to it, such as `accounts.main.url`; empty for the whole file. */
  readonly path: string;
  /** Where its key stands. */
  readonly line: number;
}

/** Aliases let a small file stand for a huge one; without them, a file of the greatest size has fewer keys. */
export const MAX_KEYS = 100_000;

// The library's own messages show what was found, which may be a key or secret.
const MISTAKES: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_ALIAS: 'an alias cannot stand here',
  BAD_DQ_ESCAPE: 'a backslash between double quotes begins no escape',
  BAD_INDENT: 'the indentation does not fit',
  BLOCK_AS_IMPLICIT_KEY: 'a value cannot begin here; is a line break or a quote missing?',
  BLOCK_IN_FLOW: 'brackets are not closed',
  MISSING_CHAR: 'a colon, comma, quote or bracket is missing',
  MULTIPLE_DOCS: 'expected one document, got several',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'tabs cannot indent',
  TAG_RESOLVE_FAILED: 'expected no tags',
};

/** A YAML file whose every value knows its line; problems are noted with file, line and keys. */
export class YamlFile {
  readonly #file: string;
  readonly #findings: Findings;
  readonly #lines = new LineCounter();
  readonly #anchors = new Map<string, Node>();
  #keysLeft = MAX_KEYS;

  /** @param file the path as messages show it */
  constructor(file: string, findings: Findings) {
    this.#file = file;
    this.#findings = findings;
  }

  /** The top of a file that is well formed; else the first mistake is noted, since the others follow from it. */
  parse(text: string): YamlValue | undefined {
    try {
      // Own checks find duplicate keys, because the library's compare each key with each other.
      // A `logLevel` of `silent` would accept a second document and drop it.
      const options = { uniqueKeys: false, prettyErrors: false, logLevel: 'error', lineCounter: this.#lines } as const;
      const document = parseDocument(text, options);
      const [mistake] = [...document.errors, ...document.warnings];
      if (mistake !== undefined) return this.#malformed(mistake.pos[0], MISTAKES[mistake.code] ?? 'unexpected text');
      if (!this.#collectAnchors(document)) return undefined;
      return this.#valueOf(document.contents, '', 1);
    } catch (error) {
      if (error instanceof RangeError) return this.#malformed(0, 'it is nested too deeply');
      throw error;
    }
  }

  /** Notes a mistake at a value. */
  problem({ path, line }: YamlValue, what: string): undefined {
    return this.#findings.problem(this.where({ path, line }), what);
  }

  /** File, line and keys of a value, as messages name them. */
  where({ path, line }: Pick<YamlValue, 'path' | 'line'>): string {
    return `${this.#file}:${line}${path === '' ? '' : `: ${path}`}`;
  }

  /**
   * The keys of a mapping with their values, each key once; `undefined` where no mapping stands, which is noted.
   *
   * @throws UnreadableFileError beyond {@link MAX_KEYS} in all
   */
  entriesOf(value: YamlValue, expected: string): ReadonlyMap<string, YamlValue> | undefined {
    if (!isMap(value.node)) return this.problem(value, `expected ${expected}, got ${describe(value)}`);
    const entries = new Map<string, YamlValue>();
    for (const { key, value: node } of value.node.items) {
      this.#keysLeft -= 1;
      if (this.#keysLeft < 0) {
        throw new UnreadableFileError(`it has more than ${MAX_KEYS} keys, with aliases followed`, true);
      }
      this.#addEntry(entries, value, key as Node | null, node as Node | null);
    }
    return entries;
  }

  #addEntry(entries: Map<string, YamlValue>, parent: YamlValue, key: Node | null, node: Node | null): void {
    const line = this.#lineOf(key) ?? parent.line;
    if (!isScalar(key) || key.anchor !== undefined) {
      this.problem({ ...parent, line }, 'expected each key to be a plain text');
      return;
    }
    const name = key.type === 'PLAIN' ? (key.source ?? '') : String(key.value);
    const path = parent.path === '' ? quoteKey(name) : `${parent.path}.${quoteKey(name)}`;
    if (entries.has(name)) this.problem({ node: undefined, path, line }, 'this key stands here twice');
    const entry = this.#valueOf(node, path, line);
    if (entry !== undefined) entries.set(name, entry);
  }

  #valueOf(node: Node | null, path: string, line: number): YamlValue | undefined {
    if (!isAlias(node)) return { node: node ?? undefined, path, line };
    const anchored = this.#anchors.get(node.source);
    if (anchored === undefined || offsetOf(anchored) > offsetOf(node)) {
      return this.problem({ node, path, line }, 'expected the anchor of this alias before it');
    }
    return { node: anchored, path, line };
  }

  // Each anchor once: then it does not matter where in the file an alias stands.
  #collectAnchors(document: Document): boolean {
    let repeated: Node | undefined;
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node) || node.anchor === undefined) return;
        if (this.#anchors.has(node.anchor)) repeated ??= node;
        this.#anchors.set(node.anchor, node);
      },
    });
    if (repeated !== undefined) this.#malformed(offsetOf(repeated), 'an anchor is defined twice');
    return repeated === undefined;
  }

  #malformed(offset: number, what: string): undefined {
    return this.#findings.problem(`${this.#file}:${this.#lines.linePos(offset).line}`, `not valid YAML: ${what}`);
  }

  #lineOf(node: Node | null): number | undefined {
    return node?.range ? this.#lines.linePos(node.range[0]).line : undefined;
  }
}

/** What stands there; a text is shown, so this is not for places where a key could stand. */
export function show(value: YamlValue): string {
  const text = isScalar(value.node) ? value.node.value : undefined;
  return typeof text === 'string' ? quote(text) : describe(value);
}

/** What stands there, without showing it. */
export function describe({ node }: YamlValue): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  const value = isScalar(node) ? node.value : undefined;
  if (value === undefined || value === null) return 'nothing';
  return value === '' ? 'an empty text' : `a ${typeof value === 'string' ? 'text' : typeof value}`;
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

// Where the colon after a key was forgotten, its value is a part of it, and may be a key of another kind.
function quoteKey(name: string): string {
  return /^[\w-]{1,80}$/.test(name) ? name : quote(name.replace(/\s.*$/s, ' …'));
}
