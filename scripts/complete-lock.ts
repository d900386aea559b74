/**
 * Adds to package-lock.json what `npm install` leaves out of it: the optional packages with binaries for other platforms,
 * where they were not to be had when it ran. Without them `npm ci` refuses the lock file as out of date.
 *
 *     npx tsx scripts/complete-lock.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { findMissingPackages, type LockFile, type MissingPackage } from './lock-file.ts';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8')) as LockFile;
const missing = findMissingPackages(lock);
const packages = {
  ...lock.packages,
  ...Object.fromEntries(missing.map((each) => [`node_modules/${each.name}`, entryOf(each)])),
};
const sorted = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(path, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
process.stdout.write(`added ${missing.length} packages\n`);

// The platform is in the name by the convention of these packages: binding-linux-arm64-musl. There is no checksum without
// the package; npm adds it where it installs one.
function entryOf({ name, version, dev }: MissingPackage) {
  const [os = '', arch = '', abi = ''] =
    /(?:android|darwin|freebsd|linux|openharmony|win32).*$/.exec(name)?.[0].split('-') ?? [];
  const libc = os !== 'linux' || abi === '' ? undefined : abi.startsWith('musl') ? 'musl' : 'glibc';
  return { version, cpu: [arch], ...(dev && { dev }), ...(libc && { libc: [libc] }), optional: true, os: [os] };
}
