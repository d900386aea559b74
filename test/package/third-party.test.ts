import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'chai';
import { BIN } from '../support/bin.ts';

interface Sbom {
  readonly bomFormat: string;
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly license?: { readonly id?: string } }[];
}

const DIST = dirname(BIN);
const read = (file: string) => readFileSync(join(DIST, file), 'utf8');
const fullName = ({ group, name }: Component) => (group === undefined ? name : `${group}/${name}`);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

const manifestIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The folders of the packages that esbuild itself notes above each module: neither list below is made of it. */
function foldersInTheBundle(): string[] {
  const code = readdirSync(DIST)
    .filter((file) => file.endsWith('.js'))
    .map(read);
  const folders = code.flatMap((text) =>
    [...text.matchAll(/^ *\/\/ ((?:.*\/)?node_modules\/(?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(([, folder = '']) => folder),
  );
  return [...new Set(folders)];
}

describe('what others wrote of the program', () => {
  const folders = foldersInTheBundle();
  const bundled = folders
    .map(manifestIn)
    .map(({ name, version }) => `${name}@${version}`)
    .toSorted();
  const sbomText = read('sbom.cdx.json');
  const sbom = JSON.parse(sbomText) as Sbom;
  const licenses = read('THIRD-PARTY-LICENSES.txt')
    .split(`\n${'-'.repeat(80)}\n\n`)
    .map((section) => /^(\S+) (\S+) \((.+)\)\n\n([^]*)$/.exec(section)?.slice(1) ?? [section]);

  it('is found in the bundle', () => {
    expect(bundled).to.have.length.above(20);
    expect(bundled.map((each) => each.replace(/@[^@]*$/, ''))).to.include.members([
      'koa',
      '@koa/router',
      'prom-client',
    ]);
  });

  it('comes with the text of every license', () => {
    expect(licenses.map(([name, version]) => `${name}@${version}`).toSorted()).to.deep.equal(bundled);
    for (const [name, , id, text] of licenses) {
      expect(id, name).to.match(/^(?:MIT|ISC|BSD-3-Clause|Apache-2\.0)$/);
      expect(text, name).to.match(
        /Permission (?:is hereby granted|to use, copy)|Redistribution and use|Apache License/,
      );
    }
  });

  it('wants nothing done when it is installed, so that nothing is left out where it is bundled', () => {
    const wanting = folders.filter((folder) => {
      const scripts = Object.keys(manifestIn(folder).scripts ?? {});
      // npm takes this file for an install script of its own.
      return scripts.some((name) => /^(?:pre|post)?install$/.test(name)) || existsSync(join(folder, 'binding.gyp'));
    });
    expect(wanting).to.deep.equal([]);
  });

  it('is listed in the bill of materials, with its license', () => {
    expect(sbom.bomFormat).to.equal('CycloneDX');
    const { name, version } = manifestIn('.');
    expect(sbom.metadata.component).to.include({ name, version });
    expect(sbom.components.map((each) => `${fullName(each)}@${each.version}`).toSorted()).to.deep.equal(bundled);
    for (const each of sbom.components) {
      const purl = `pkg:npm/${fullName(each).replace('@', '%40')}@${each.version}`;
      expect(each.purl.split('?')[0]).to.equal(purl);
    }
    const listed = sbom.components.map((each) => `${fullName(each)} ${each.licenses?.[0]?.license?.id}`);
    expect(listed).to.have.members(licenses.map(([licensed, , id]) => `${licensed} ${id}`));
  });

  it('hangs together in the bill of materials: everything is reached from the program', () => {
    const uses = new Map(sbom.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));
    const reached = new Set([sbom.metadata.component['bom-ref']]);
    // A set goes on to what is added while it is walked.
    for (const ref of reached) for (const next of uses.get(ref) ?? []) reached.add(next);
    expect(sbom.components.map((each) => each['bom-ref']).filter((ref) => !reached.has(ref))).to.deep.equal([]);
  });

  it('is listed without a trace of the machine or the time of the build', () => {
    expect(sbom).not.to.have.any.keys('serialNumber');
    expect(sbom.metadata).not.to.have.any.keys('timestamp');
    for (const trace of [resolve('.'), '://registry.', 'file:']) expect(sbomText).not.to.contain(trace);
  });
});
