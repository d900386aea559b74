import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Context } from 'mocha';

/** What was not there, and how many tests or suites went without it. */
const lacking = new Map<string, number>();

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
  if (found !== undefined) return found;
  if (process.env['CI'] === 'true') {
    throw new Error(`${name} is not in PATH, and on CI (CI=true) this check must not be skipped: install ${name}`);
  }
  return skipLoudly(context, name);
}

/**
 * A Python that can import a module: Debian's own, which sees Debian's packages, before whatever comes first in `PATH`.
 * Skips or throws as `requireTool` does.
 */
export function requirePython(context: Context, module: string): string {
  const found = ['/usr/bin/python3', 'python3'].find((python) => {
    return spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
  });
  if (found !== undefined) return found;
  if (process.env['CI'] !== 'true') return skipLoudly(context, `python3 with ${module}`);
  throw new Error(`on CI (CI=true) this check must not be skipped: install ${module} for Python`);
}

/** Skips the test where this machine has no IPv6, as many containers and CI runners have none. */
export function requireIpv6(context: Context): void {
  const addresses = Object.values(networkInterfaces()).flatMap((each = []) => each);
  if (!addresses.some(({ address }) => address === '::1')) skipLoudly(context, 'IPv6');
}

/**
 * Skips a test, or from a `before` hook its suite, with a line on stderr, and with another when everything is over.
 *
 * @param what is missing, in a word or two
 */
export function skipLoudly(context: Context, what: string): never {
  process.stderr.write(
    `\n*** SKIPPED, NOT CHECKED: ${context.test?.fullTitle() ?? 'a test'}: there is no ${what} ***\n`,
  );
  if (lacking.size === 0) process.once('exit', summarizeSkips);
  lacking.set(what, (lacking.get(what) ?? 0) + 1);
  return context.skip();
}

function summarizeSkips(): void {
  const list = [...lacking].map(([what, count]) => `  ${what}: ${count} tests or suites`);
  process.stderr.write(['*** NOT CHECKED, for want of', ...list, '***', ''].join('\n'));
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
