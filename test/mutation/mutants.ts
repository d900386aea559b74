import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

/** One small way to break a file. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  /** What was changed, as `old -> new` with the line around it. */
  readonly what: string;
  /** The whole file with the change. */
  readonly text: string;
}

/** What stands in the code, and what else could; on lines as the formatter leaves them, with blanks around operators. */
const OPERATORS: readonly (readonly [find: RegExp, replace: string])[] = [
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ < /g, ' <= '],
  [/ > /g, ' >= '],
  [/ <= /g, ' < '],
  [/ >= /g, ' > '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \?\? /g, ' && '],
  [/ \+ /g, ' - '],
  [/ - /g, ' + '],
  [/ \* /g, ' / '],
  [/ \/ /g, ' * '],
  [/ \+= /g, ' -= '],
  [/ -= /g, ' += '],
  [/(?<=[(\s])!(?=[\w(])/g, ''],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/\bMath\.min\b/g, 'Math.max'],
  [/\bMath\.max\b/g, 'Math.min'],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
  [/(?<=\bif )\((?=.*\) )/g, '(true || '],
  [/(?<=\bif )\((?=.*\) )/g, '(false && '],
  [/(?<=[\s([,-])\d[\d_]*(?=[\s)\],;:])/g, '77'],
  [/(?<=\breturn )(?!(?:undefined|false);)[^;{]+(?=;$)/g, 'undefined as never'],
];

/** A statement that only does something; without it, nothing else changes. */
const CALL_STATEMENT = /^(\s+)(?:void |await )?[\w.#?]+\([^{]*\);$/;

/** Every mutant of a source file, in the order of its lines. Comments, imports and types are left alone. */
export function listMutants(file: string): Mutant[] {
  const text = readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8');
  const lines = text.split('\n');
  const mutants: Mutant[] = [];
  let isType = false;
  for (const [index, line] of lines.entries()) {
    if (/^(?:export )?(?:interface|type) /.test(line)) isType = true;
    const skipped = isType || /^\s*(?:\/\/|\/?\*|import |export \{|\} from )/.test(line);
    const isOneLine = line.endsWith(';') && /^(?:export )?type /.test(line);
    if (line.startsWith('}') || isOneLine) isType = false;
    if (skipped) continue;
    const add = (changed: string): void => {
      const all = lines.with(index, changed).join('\n');
      mutants.push({ file, line: index + 1, what: `${line.trim()} -> ${changed.trim()}`, text: all });
    };
    if (CALL_STATEMENT.test(line)) add(line.replace(CALL_STATEMENT, '$1;'));
    for (const [find, replace] of OPERATORS) {
      for (const match of line.matchAll(find)) {
        if (isQuoted(line, match.index)) continue;
        add(line.slice(0, match.index) + replace + line.slice(match.index + match[0].length));
      }
    }
  }
  return mutants;
}

// An odd number of quotes before a place means that it is within a text; close enough for one line of formatted code.
function isQuoted(line: string, place: number): boolean {
  const before = line.slice(0, place);
  const comment = before.indexOf(' // ');
  return comment >= 0 || (before.match(/(?<!\\)'/g)?.length ?? 0) % 2 === 1;
}
