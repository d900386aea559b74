import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

// A quadratic expression takes some 30 ms and some 3 s for these, a linear one 0.1 ms and 1 ms.
const RUNS = [
  { length: 5_000, limitMs: 15 },
  { length: 50_000, limitMs: 150 },
];

// Runs of one character, or of two in turn, of each class that an expression may repeat.
const UNITS = [
  '0',
  '9',
  'a',
  'Z',
  'f',
  '.',
  '-',
  '_',
  '/',
  ':',
  '%',
  '"',
  "'",
  '\\',
  ' ',
  '\t',
  '\n',
  '\r',
  '=',
  ',',
].concat([
  '(',
  '[',
  '{',
  '<',
  '*',
  '+',
  'e',
  '&',
  '#',
  '\u00a0',
  '\u{1f600}',
  '\ud800',
  'a.',
  '0.',
  'a-',
  'a ',
  '" ',
  ', ',
  'a=',
  '/a',
]);
const TAILS = ['', 'x', '!', '\u0000', '\n'];

// Where one token ends and an operand may begin, a slash begins an expression; after an operand it divides.
const TOKEN =
  /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|(?<=(?:^|[(,=:[!&|?{};+\-*%~^\n]|=>|\breturn|\bcase|\btypeof|\bin|\bof)\s*)(\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*)/g;

describe('every regular expression of the program', () => {
  const found = findExpressions(join(import.meta.dirname, '..', 'src'));

  it('is found', () => {
    expect(found.size).to.be.greaterThan(10);
    expect(expressionsIn('const a = /[/"]+\\/x/gi.test(b / c / d); // no /comment/\nreturn /x/;')).to.deep.equal([
      '/[/"]+\\/x/gi',
      '/x/',
    ]);
  });

  for (const [literal, files] of found) {
    it(`is linear: ${literal.slice(0, 100)} (${files.join(', ')})`, () => {
      expect(slowest(literal).problem, 'a text that takes long').to.equal(undefined);
    }).timeout(60_000);
  }

  it('is measured so that a quadratic one is noticed', () => {
    expect(slowest('/^\\d+\\.?\\d*$/').problem).to.be.a('string');
    expect(slowest('/ +$/').problem).to.be.a('string');
  });
});

/** Tries an expression on long texts, beginning also after what may have to come first. */
function slowest(literal: string): { problem: string | undefined } {
  const end = literal.lastIndexOf('/');
  const expression = new RegExp(literal.slice(1, end), literal.slice(end + 1).replace(/[gy]/g, ''));
  for (const { length, limitMs } of RUNS) {
    for (const unit of UNITS) {
      for (const start of ['', ...beginningsOf(expression.source)]) {
        const run = start + unit.repeat(length / unit.length);
        const tail = TAILS.find((each) => isSlow(expression, run + each, limitMs));
        if (tail !== undefined) return { problem: `${JSON.stringify(start + unit)} ... ${JSON.stringify(tail)}` };
      }
    }
  }
  return { problem: undefined };
}

// A pause of a busy machine is no property of the expression: it would have to come three times.
function isSlow(expression: RegExp, text: string, limitMs: number): boolean {
  for (let tries = 0; tries < 3; tries += 1) {
    const startedAt = performance.now();
    expression.test(text);
    if (performance.now() - startedAt < limitMs) return false;
  }
  return true;
}

// The plain characters that an expression begins with, such as `"status"`, behind which its repetitions begin.
function beginningsOf(body: string): string[] {
  const plain = /^\^?((?:[\w"'<>=:;,!@#%& -]|\\[/.\-[\](){}])+)/.exec(body)?.[1]?.replaceAll('\\', '') ?? '';
  return plain === '' ? [] : [plain, plain.slice(0, -1)];
}

function findExpressions(folder: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!/\.tsx?$/.test(name)) continue;
    for (const literal of expressionsIn(readFileSync(join(folder, name), 'utf8'))) {
      found.set(literal, [...new Set([...(found.get(literal) ?? []), name])]);
    }
  }
  return found;
}

/** The literals of regular expressions in a source text; what only looks like one, as in JSX, is left out. */
function expressionsIn(source: string): string[] {
  return [...source.matchAll(TOKEN)].flatMap(([, literal]) =>
    literal === undefined || !isExpression(literal) ? [] : [literal],
  );
}

function isExpression(literal: string): boolean {
  try {
    return new RegExp(literal.slice(1, literal.lastIndexOf('/'))).source !== '';
  } catch {
    return false;
  }
}
