import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Nothing listens on port 9, so that an installation that asks a registry fails, whatever npm has cached elsewhere. */
const NO_REGISTRY = 'http://127.0.0.1:9/';

/** Packs what is built, as a release does. @returns the path of the archive */
export async function packProject(folder: string): Promise<string> {
  // Without the scripts: `prepack` builds, and the tests run on what is built.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return join(folder, `thedex-exporter-${version}.tgz`);
}

/**
 * Runs npm in a folder as on a machine on which it has never run and that reaches no registry.
 *
 * @param folder is made if need be
 * @returns what it printed on both streams
 * @throws Error if npm fails
 */
export async function runNpmOffline(folder: string, ...args: readonly string[]): Promise<string> {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  // Without one, npm takes the next folder further up that has one for the project, and installs into that.
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }');
  const env = { PATH: process.env['PATH'], HOME: home, npm_config_registry: NO_REGISTRY, npm_config_offline: 'true' };
  const { stdout, stderr } = await run('npm', [...args], { cwd: folder, env });
  return stdout + stderr;
}
