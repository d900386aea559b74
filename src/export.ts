import { cp, lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from './config/configuration-error.ts';

/** What a package carries besides the program, by its path in the project: files, or folders with all in them. */
export const EXPORTED = [
  '.env',
  'alerts/alertmanager.yml',
  'alerts/thedex.rules.yml',
  'compose',
  'compose.yaml',
  'examples',
  'grafana/dashboards',
  'grafana/provisioning',
  'grafana/shared',
  'prometheus.yml',
  'systemd',
] as const;

/** The package's folder, above that of this file, in `src` as in `dist`. */
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/**
 * Writes the alert rules, dashboards, `prometheus.yml`, units and example configurations of this version into a folder,
 * which is made if need be. What lies there already and is the same stays.
 *
 * @returns the files, relative to the folder
 * @throws ConfigurationError if a file there says something else, which somebody may have written by hand, or if the
 *   folder cannot be written; nothing is written in the first case
 */
export async function exportFiles(folder: string): Promise<readonly string[]> {
  const files = (await Promise.all(EXPORTED.map(listFiles))).flat();
  try {
    const different = (await Promise.all(files.map((file) => differs(file, folder)))).flat();
    if (different.length > 0) {
      const expected = 'a file of another version, or changed by hand: expected an empty folder';
      throw new ConfigurationError(different.map((file) => `export: ${join(folder, file)}: ${expected}`));
    }
    for (const file of files) {
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await cp(join(PACKAGE, file), join(folder, file));
    }
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError([`export: ${folder}: cannot be written: ${(error as Error).message}`]);
  }
  return files;
}

async function listFiles(path: string): Promise<string[]> {
  if ((await lstat(join(PACKAGE, path))).isFile()) return [path];
  const entries = await readdir(join(PACKAGE, path));
  return (await Promise.all(entries.toSorted().map((entry) => listFiles(join(path, entry))))).flat();
}

/** The file itself, if the folder has one of the same name that says something else. */
async function differs(file: string, folder: string): Promise<string[]> {
  const [ours, theirs] = await Promise.all([
    readFile(join(PACKAGE, file)),
    readFile(join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }),
  ]);
  return theirs === undefined || ours.equals(theirs) ? [] : [file];
}
