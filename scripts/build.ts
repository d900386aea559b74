// Builds dist/: the program in a few files, so that it starts in half the time that loading a thousand modules takes, and
// the licences of everything that went into them.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'dist');
const MODULES = `node_modules${sep}`;

// Half of the packages are CommonJS and ask for Node's own modules by `require`, which an ES module has not of itself.
const BANNER = `import { createRequire as createRequireOfModule } from 'node:module';
const require = createRequireOfModule(import.meta.url);`;

rmSync(OUT, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  // A thread begins in a file of its own.
  entryPoints: { main: 'src/main.ts', 'hash-worker': 'src/web/passwords/hash-worker.js' },
  outdir: OUT,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  chunkNames: '[name]-[hash]',
  legalComments: 'none',
  banner: { js: BANNER },
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(join(OUT, 'THIRD-PARTY-LICENSES.txt'), licensesOf(packagesIn(metafile)));

/** The folders of the packages that went into a build, in the order of the alphabet. */
function packagesIn({ inputs }: Metafile): string[] {
  const folders = Object.keys(inputs)
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
      const file = readdirSync(join(ROOT, folder)).find((name) => /^(?:licen[cs]e|copying)/i.test(name));
      const text = file === undefined ? 'The package ships no text of its license.' : textOf(join(ROOT, folder, file));
      return `${String(manifest['name'])} ${String(manifest['version'])} (${String(manifest['license'])})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8').trim();
}
