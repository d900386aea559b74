/**
 * Adds to package-lock.json what `npm install` leaves out of it: the optional packages with binaries for other platforms,
 * where they were not to be had when it ran, and the checksum of each package. Without the packages `npm ci` refuses the
 * lock file as out of date; without a checksum it installs whatever it gets.
 *
 *     npx tsx scripts/complete-lock.ts
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { findMissingPackages, findUncheckedPackages, type LockFile, type MissingPackage } from './lock-file.ts';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8')) as LockFile;
const missing = findMissingPackages(lock);
const packages = {
  ...lock.packages,
  ...Object.fromEntries(missing.map((each) => [`node_modules/${each.name}`, entryOf(each)])),
};
const unchecked = findUncheckedPackages({ ...lock, packages });
for (const folder of unchecked) packages[folder] = withChecksum(folder);
const sorted = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(path, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
process.stdout.write(`added ${missing.length} packages and ${unchecked.length} checksums\n`);

// The platform is in the name by the convention of these packages: binding-linux-arm64-musl.
function entryOf({ name, version, dev }: MissingPackage) {
  const [os = '', arch = '', abi = ''] =
    /(?:android|darwin|freebsd|linux|openharmony|win32).*$/.exec(name)?.[0].split('-') ?? [];
  const libc = os !== 'linux' || abi === '' ? undefined : abi.startsWith('musl') ? 'musl' : 'glibc';
  return { version, cpu: [arch], ...(dev && { dev }), ...(libc && { libc: [libc] }), optional: true, os: [os] };
}

function withChecksum(folder: string) {
  const { version, ...others } = packages[folder] ?? { version: '' };
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const args = ['view', `${name}@${version}`, 'dist.integrity'];
  const integrity = execFileSync('npm', args, { encoding: 'utf8' }).trim();
  if (!integrity.startsWith('sha512-')) throw new Error(`${name}@${version} has no checksum: ${integrity}`);
  // Where npm itself puts it: behind the version.
  return { version, integrity, ...others };
}
