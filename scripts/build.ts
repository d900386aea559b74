// Builds dist/: the program in a few files, so that it starts in half the time that loading a thousand modules takes, and
// the licences and the bill of materials (SBOM, in CycloneDX) of everything that went into them.
//
//     npm run build                     the revision is the commit of this checkout, with -dirty behind it if it was changed
//     REVISION=0123abc npm run build    where there is no checkout
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';
import { build, type Metafile, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'dist');
const MODULES = `node_modules${sep}`;

// A package that names its license and ships no text of it, by a package of the same authors, who wrote theirs down.
const LICENSED_LIKE: Readonly<Record<string, string>> = { 'koa-compose': 'koa' };
const MIT_TEXT = /Copyright \(c\)(?:(?!Copyright \(c\))[^])*?DEALINGS IN\s+THE\s+SOFTWARE\./i;

// Half of the packages are CommonJS and ask for Node's own modules by `require`, which an ES module has not of itself.
const BANNER = `import { createRequire as createRequireOfModule } from 'node:module';
const require = createRequireOfModule(import.meta.url);`;

// The types that the pages have. Koa asks for no others, and building its tables of all two thousand, twice, took a sixth of
// the start.
const SERVED_TYPES = ['text/html', 'text/plain', 'application/json', 'application/octet-stream'];
const servedTypesOnly: Plugin = {
  name: 'served-types-only',
  setup: (bundling) => {
    bundling.onLoad({ filter: /mime-db[\\/]db\.json$/ }, ({ path }) => {
      const all = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      const served = SERVED_TYPES.map((type) => [type, all[type]]);
      return { contents: JSON.stringify(Object.fromEntries(served)), loader: 'json' };
    });
  },
};

rmSync(OUT, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  // A thread begins in a file of its own.
  entryPoints: { main: 'src/main.ts', 'password-worker': 'src/web/password-worker.js' },
  outdir: OUT,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  chunkNames: '[name]-[hash]',
  legalComments: 'none',
  banner: { js: BANNER },
  define: { BUILD_REVISION: JSON.stringify(findRevision()) },
  metafile: true,
  logLevel: 'warning',
  plugins: [
    servedTypesOnly,
    // Reproducible: two builds of one commit give the same bytes, without a time and a random number.
    cyclonedxEsbuildPlugin({
      outputFile: 'sbom.cdx.json',
      outputReproducible: true,
      validate: true,
      // It tells where it writes otherwise.
      logLevel: 'silent',
    }),
  ],
});
writeFileSync(join(OUT, 'THIRD-PARTY-LICENSES.txt'), licensesOf(packagesIn(metafile)));

function findRevision(): string {
  if (process.env['REVISION']) return process.env['REVISION'];
  try {
    const args = ['describe', '--always', '--abbrev=40', '--dirty', '--exclude=*'];
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // An archive of the sources, or no git.
    return 'unknown';
  }
}

/** The folders of the packages of which something went into a build, in the order of the alphabet. */
function packagesIn({ outputs }: Metafile): string[] {
  const folders = Object.values(outputs)
    .flatMap(({ inputs }) => Object.keys(inputs))
    .filter((path) => path.includes(MODULES))
    .map((path) => {
      const end = path.lastIndexOf(MODULES) + MODULES.length;
      const [first = '', second = ''] = path.slice(end).split(sep);
      return path.slice(0, end) + (first.startsWith('@') ? join(first, second) : first);
    });
  return [...new Set(folders)].toSorted();
}

function licensesOf(folders: readonly string[]): string {
  return folders
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Record<string, unknown>;
      const [name, version, license] = ['name', 'version', 'license'].map((key) => String(manifest[key]));
      return `${name} ${version} (${license})\n\n${licenseTextOf(folder)}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** @throws Error if there is none: what may not be passed on without its license is not passed on */
function licenseTextOf(folder: string): string {
  const path = join(ROOT, folder);
  const license = readMatching(path, /^(?:licen[cs]e|copying)/i);
  if (license !== undefined) return license.trim();
  const inReadme = MIT_TEXT.exec(readMatching(path, /^readme/i) ?? '')?.[0];
  if (inReadme !== undefined) return inReadme.replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  const like = LICENSED_LIKE[basename(folder)];
  if (like === undefined)
    throw new Error(`${folder} ships no text of its license: look for it and say so in this file`);
  return licenseTextOf(join('node_modules', like));
}

function readMatching(folder: string, pattern: RegExp): string | undefined {
  const name = readdirSync(folder).find((each) => pattern.test(each));
  return name === undefined ? undefined : readFileSync(join(folder, name), 'utf8');
}
