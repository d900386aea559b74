import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'chai';
import { useScratch } from './support/scratch.ts';

/** What each room of `src` may import, besides Node.js and the packages. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  config: ['lib'],
  thedex: ['lib', 'config'],
  scrape: ['lib', 'config', 'thedex'],
  landing: ['lib', 'config', 'scrape'],
  web: ['lib', 'config', 'scrape', 'landing'],
  sandbox: ['lib'],
};
const ROOMS = Object.keys(MAY_IMPORT);
const TOP_LEVEL = ['main', 'cli', 'program', 'probe', 'export', 'check', 'healthcheck'];
/** Who knows how HTTP is served, and who knows how metrics are made. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = { koa: ['web'], 'prom-client': ['scrape'] };

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

describe('the floors of src', () => {
  const scratch = useScratch();
  let refused: ReadonlySet<string>;

  /** Every room holds a file for each import, in the room itself and in a folder of it. */
  const importsOf = (room: string) => [
    ...ROOMS.filter((other) => other !== room).map((other) => ({
      name: `${other}-floor`,
      specifier: `${other}/x.ts`,
      isAllowed: MAY_IMPORT[room]?.includes(other) === true,
    })),
    ...TOP_LEVEL.map((file) => ({ name: `${file}-file`, specifier: `${file}.ts`, isAllowed: false })),
  ];

  function plant(path: string, specifier: string): void {
    const file = join(scratch.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `import { x } from '${specifier}';\nexport const y = x;\n`);
  }

  before(() => {
    cpSync('.oxlintrc.json', join(scratch.path, '.oxlintrc.json'));
    for (const room of ROOMS) {
      for (const { name, specifier } of importsOf(room)) {
        plant(`src/${room}/${name}.ts`, `../${specifier}`);
        plant(`src/${room}/folder/${name}.ts`, `../../${specifier}`);
      }
      for (const name of Object.keys(PACKAGES)) plant(`src/${room}/${name}.ts`, name);
    }
    const options = { cwd: scratch.path, encoding: 'utf8', maxBuffer: 16 * 1_048_576 } as const;
    const { stdout } = spawnSync(resolve('node_modules/.bin/oxlint'), ['--format=json', 'src'], options);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
    refused = new Set(
      diagnostics.filter(({ code }) => code.includes('no-restricted-imports')).map(({ filename }) => filename),
    );
  });

  for (const room of ROOMS) {
    it(`src/${room} imports from ${MAY_IMPORT[room]?.join(', ') || 'no other room'} alone, from its folders too`, () => {
      for (const { name, isAllowed } of importsOf(room)) {
        for (const path of [`src/${room}/${name}.ts`, `src/${room}/folder/${name}.ts`]) {
          expect(refused.has(path), `${path} is refused`).to.equal(!isAllowed);
        }
      }
    });
  }

  for (const [name, rooms] of Object.entries(PACKAGES)) {
    it(`${name} is imported in src/${rooms.join(', src/')} alone`, () => {
      expect(ROOMS.filter((room) => !refused.has(`src/${room}/${name}.ts`))).to.deep.equal(rooms);
    });
  }
});
