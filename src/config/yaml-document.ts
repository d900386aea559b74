import { setImmediate } from 'node:timers/promises';
import {
  Composer,
  type CST,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  visit,
} from 'yaml';
import { UnreadableFileError } from '../lib/text-file.ts';
import type { Findings } from './configuration-error.ts';

/** A file of five thousand accounts fits in. */
export const MAX_YAML_BYTES = 4_194_304;
/** Aliases let a small file stand for a huge one. */
export const MAX_YAML_KEYS = 200_000;
/** The deepest that is written here has a dozen. The library would go on until the stack is full. */
const MAX_DEPTH = 100;
/** Scrapes are answered in between while a large file is read. */
const PAUSE_AFTER_MS = 20;
const LEXEMES_BETWEEN_LOOKS = 64;
/** So many entries of a mapping are composed without a pause. */
const ENTRIES_AT_ONCE = 100;

// The library's own messages show what was found, which may be a key or secret.
const MISTAKES: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_ALIAS: 'an alias cannot stand here',
  BAD_DQ_ESCAPE: 'a backslash between double quotes begins no escape',
  BAD_INDENT: 'the indentation does not fit',
  BLOCK_AS_IMPLICIT_KEY: 'a value cannot begin here; is a line break or a quote missing?',
  BLOCK_IN_FLOW: 'brackets are not closed',
  MISSING_CHAR: 'a colon, comma, quote or bracket is missing',
  TAB_AS_INDENT: 'tabs cannot indent',
  TAG_RESOLVE_FAILED: 'expected no tags',
};

// Own checks find duplicate keys, because the library's compare each key with each other.
const OPTIONS = { uniqueKeys: false, prettyErrors: false } as const;

/** Lets other work go on once a while has passed since the last time. */
export class Pauses {
  #since = performance.now();

  async pauseIfDue(): Promise<void> {
    if (performance.now() - this.#since < PAUSE_AFTER_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }
}

/** A YAML document that is well formed. */
export class YamlDocument {
  /** The path as messages show it. */
  readonly path: string;
  readonly findings: Findings;
  /** `undefined` where nothing is written. */
  readonly top: Node | undefined;
  readonly #lines: LineCounter;
  readonly #anchors = new Map<string, Node[]>();
  #keysLeft = MAX_YAML_KEYS;

  constructor(path: string, findings: Findings, { lines, top }: { lines: LineCounter; top: Node | undefined }) {
    this.path = path;
    this.findings = findings;
    this.top = top;
    this.#lines = lines;
  }

  /** File and line of an offset. */
  at(offset: number): string {
    return `${this.path}:${this.#lines.linePos(offset).line}`;
  }

  addAnchor(name: string, node: Node): void {
    this.#anchors.set(name, [...(this.#anchors.get(name) ?? []), node]);
  }

  /** The last anchor of that name before an alias. */
  anchored(name: string, before: number): Node | undefined {
    return this.#anchors.get(name)?.findLast((node) => (node.range?.[0] ?? 0) < before);
  }

  /** @throws UnreadableFileError beyond {@link MAX_YAML_KEYS} in all */
  countKey(): void {
    this.#keysLeft -= 1;
    if (this.#keysLeft >= 0) return;
    throw new UnreadableFileError(`it has more than ${MAX_YAML_KEYS} keys, with aliases followed`);
  }
}

/**
 * Parses a text, with pauses in which other work goes on.
 *
 * @param path as messages show it
 * @returns `undefined` if it is not well formed; the first mistake is noted then, since the others follow from it
 */
export async function parseYaml(text: string, path: string, findings: Findings): Promise<YamlDocument | undefined> {
  const lines = new LineCounter();
  const malformed = (offset: number, what: string) =>
    findings.problem(`${path}:${lines.linePos(offset).line}`, `not valid YAML: ${what}`);
  try {
    const pauses = new Pauses();
    const tokens = await tokenize(text, lines, pauses);
    const documents = await compose(tokens, text.length, pauses);
    const mistakes = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
    const [mistake] = mistakes.toSorted((a, b) => a.pos[0] - b.pos[0]);
    if (mistake !== undefined) return malformed(mistake.pos[0], MISTAKES[mistake.code] ?? 'unexpected text');
    const [, second] = tokens.filter(({ type }) => type === 'document');
    if (second !== undefined) return malformed(second.offset, 'expected one document, got several');
    const document = new YamlDocument(path, findings, { lines, top: documents[0]?.contents ?? undefined });
    for (const each of documents) {
      await pauses.pauseIfDue();
      collectAnchors(each, document);
    }
    return document;
  } catch (error) {
    if (error instanceof TooDeepError) return malformed(error.offset, 'it is nested too deeply');
    throw error;
  }
}

class TooDeepError extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super('nested too deeply');
    this.offset = offset;
  }
}

async function tokenize(text: string, lines: LineCounter, pauses: Pauses): Promise<readonly CST.Token[]> {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) throw new TooDeepError(parser.offset);
    lexemes += 1;
    if (lexemes % LEXEMES_BETWEEN_LOOKS === 0) await pauses.pauseIfDue();
  }
  return [...tokens, ...parser.end()];
}

// The library composes a document at once. So that there can be pauses, a long mapping below the top is composed in
// slices, as documents of their own, and put together again. The last slice stays, since the library measures the key
// that follows from there.
async function compose(tokens: readonly CST.Token[], length: number, pauses: Pauses): Promise<readonly Document[]> {
  const rest: LongMapping[] = [];
  const short = tokens.map((token) => (token.type === 'document' ? shorten(token, rest) : token));
  const documents: Document[] = [...new Composer(OPTIONS).compose(short, true, length)];
  const mappings = isMap(documents[0]?.contents) ? documents[0].contents.items.map(({ value }) => value) : [];
  for (const { mapping, slices } of rest) {
    const whole = mappings.find((value) => isMap(value) && value.range?.[0] === mapping.offset);
    const parts: Document[] = [];
    for (const items of slices) {
      await pauses.pauseIfDue();
      const token: CST.Document = { type: 'document', offset: mapping.offset, start: [], value: { ...mapping, items } };
      parts.push(...new Composer(OPTIONS).compose([token], true, length));
    }
    documents.push(...parts);
    const items = parts.flatMap(({ contents }) => (isMap(contents) ? contents.items : []));
    if (isMap(whole)) whole.items.unshift(...items);
  }
  return documents;
}

interface LongMapping {
  readonly mapping: CST.BlockMap;
  /** What comes before its last entries. */
  readonly slices: readonly CST.BlockMap['items'][];
}

function shorten(token: CST.Document, rest: LongMapping[]): CST.Document {
  if (token.value?.type !== 'block-map') return token;
  const items = token.value.items.map((item) => {
    const mapping = item.value;
    if (mapping?.type !== 'block-map' || mapping.items.length <= ENTRIES_AT_ONCE) return item;
    const slices: CST.BlockMap['items'][] = [];
    for (let from = 0; from < mapping.items.length; from += ENTRIES_AT_ONCE) {
      slices.push(mapping.items.slice(from, from + ENTRIES_AT_ONCE));
    }
    rest.push({ mapping, slices: slices.slice(0, -1) });
    return { ...item, value: { ...mapping, items: slices.at(-1) } };
  }) as CST.BlockMap['items'];
  return { ...token, value: { ...token.value, items } };
}

function collectAnchors(part: Document, document: YamlDocument): void {
  visit(part, {
    Node: (_, node) => {
      if (!isAlias(node) && node.anchor !== undefined) document.addAnchor(node.anchor, node);
    },
  });
}
