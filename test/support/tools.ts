import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Context } from 'mocha';

/**
 * The full path of a program that a test needs and that npm does not install, such as `promtool`.
 *
 * Where it is missing, the test (or, from a `before` hook, its whole suite) is skipped with a line on stderr that
 * cannot be overlooked. On CI a check that silently stops running is worse than a red build, so there it throws.
 *
 * @param context the running test's or hook's `this`
 * @param name the program's name, looked up in `PATH`
 * @throws Error if the program is missing and `CI` is `true`; otherwise mocha's own signal for a skipped test
 */
export function requireTool(context: Context, name: string): string {
  const found = findTool(name);
  if (found !== undefined) {
    return found;
  }
  if (process.env['CI'] === 'true') {
    throw new Error(`${name} is not in PATH, and on CI (CI=true) this check must not be skipped: install ${name}`);
  }
  const title = context.test?.fullTitle() ?? 'a test';
  process.stderr.write(`\n*** SKIPPED, NOT CHECKED: ${title}: ${name} is not in PATH ***\n`);
  return context.skip();
}

/** The first executable file called `name` in `PATH`, as a shell would find it; `undefined` if there is none. */
export function findTool(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
