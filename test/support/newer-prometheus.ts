import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';

const SCRIPT = fileURLToPath(new URL('../../scripts/fetch-prometheus.sh', import.meta.url));
/** Kept from one run to the next: it is a download of some 50 MB. */
const FOLDER = join(tmpdir(), 'thedex-exporter-prometheus');

/** Where a Prometheus of the next major version is, or why there is none. */
export type NewerPrometheus =
  { readonly folder: string } | { readonly folder: undefined; /** For people. */ readonly reason: string };

/**
 * The folder of a Prometheus of the next major version, `prometheus` and `promtool`.
 * CI fetches it from Debian's later suites; elsewhere it is used if it was fetched before.
 */
export function findNewerPrometheus(): NewerPrometheus {
  const isFetched = existsSync(join(FOLDER, 'root/usr/bin/promtool'));
  if (!isFetched && process.env['CI'] !== 'true') {
    return { folder: undefined, reason: `not fetched yet: run ${SCRIPT} ${FOLDER}` };
  }
  try {
    return {
      folder: execFileSync(SCRIPT, [FOLDER], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim(),
    };
  } catch (error) {
    return { folder: undefined, reason: (error as { stderr: string }).stderr.trim() };
  }
}

/**
 * The same for tests. Where it cannot be had, the test is skipped with a line on stderr that cannot be overlooked: that
 * is the mirror's fault, not ours.
 *
 * @param context the running test's or hook's `this`
 */
export function requireNewerPrometheus(context: Context): string {
  const newer = findNewerPrometheus();
  if (newer.folder !== undefined) return newer.folder;
  process.stderr.write(`\n*** SKIPPED, NOT CHECKED: ${context.test?.fullTitle() ?? 'a test'}: ${newer.reason} ***\n`);
  return context.skip();
}
