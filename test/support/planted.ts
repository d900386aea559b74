import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['src', 'test', 'package.json', 'tsconfig.json', '.mocharc.json'];

/** A defect that is put into the program to see that something finds it. */
export interface Plant {
  readonly name: string;
  /** Path of the source file. */
  readonly file: string;
  /** Text that stands in it once. */
  readonly find: string;
  readonly replace: string;
}

/** A copy of the program with a defect. */
export interface Planted {
  /** The copy's folder, with the tests and everything that they need. */
  readonly folder: string;
  /** What starts the program of the copy. */
  readonly command: readonly [string, ...string[]];
  remove(): void;
}

/** Copies the program's source and its tests, and puts a defect into the copy. @throws Error if its place is not found. */
export function plantDefect({ file, find, replace }: Omit<Plant, 'name'>): Planted {
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (text.split(find).length !== 2) {
    throw new Error(`${file} does not hold this once, so no defect can be put there: ${find}`);
  }
  return copyWith(
    file,
    text.replace(find, () => replace),
  );
}

/** Copies the program's source and its tests with another text of one file. */
function copyWith(file: string, text: string): Planted {
  const { folder, change, remove } = copyProgram();
  change(file, text);
  return {
    folder,
    // The loader applies a tsconfig.json to the files beside it, and looks for one where the tests run.
    command: [
      'env',
      `TSX_TSCONFIG_PATH=${join(folder, 'tsconfig.json')}`,
      process.execPath,
      `--import=${pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href}`,
      join(folder, 'src/main.ts'),
    ],
    remove,
  };
}

/** A copy of the program's source and its tests, with everything that they need. */
export interface Copy {
  readonly folder: string;
  /** Gives a file another text; what comes back gives it its own again. */
  readonly change: (file: string, text: string) => () => void;
  readonly remove: () => void;
}

export function copyProgram(): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'thedex-planted-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    change: (file, text) => {
      const path = join(folder, file);
      const original = readFileSync(path);
      writeFileSync(path, text);
      return () => writeFileSync(path, original);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
