import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { exportFiles } from '../../src/export.ts';
import { runBin, startExporter } from '../support/bin.ts';
import { useScratch } from '../support/scratch.ts';
import { skipLoudly } from '../support/tools.ts';
import { packProject, runNpmOffline } from './archive.ts';
import { NODE_LINES, OLD_NODE, requireNode } from './node-lines.ts';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
/** Half as much again as it is. Who packs sources, maps or modules by mistake comes out well above. */
const MAX_PACKED_BYTES = 600_000;
/** The binaries are 100 MB large, and are fetched once. */
const FETCH_WITHIN_MS = 300_000;

/** Starts an installed program twice: for its version, and on the sandbox, which it is scraped from once. */
async function tryOut(command: string, nodeFolder?: string): Promise<void> {
  const env = nodeFolder === undefined ? {} : { PATH: [nodeFolder, process.env['PATH']].join(delimiter) };
  const version = await runBin({ command, args: ['--version'], env });
  expect(version).to.include({ code: 0, stderr: '' });
  expect(version.stdout).to.contain(`thedex-exporter, version ${String(manifest['version'])} `);

  const exporter = await startExporter({ command, args: ['--sandbox'], env });
  const metrics = await (await fetch(`${exporter.url}/metrics`)).text();
  expect(await exporter.stop()).to.equal(0);
  expect(metrics)
    .to.match(/^thedex_up 1$/m)
    .and.to.match(/^thedex_balance\{/m);
  // Node.js warns of what it deprecates in lines of its own, and the sandbox warns of itself.
  const strange = exporter
    .output()
    .split('\n')
    .filter((line) => !/^(?:ts=\S+ level=(?:info|warn msg="SANDBOX:) .*)?$/.test(line));
  expect(strange).to.deep.equal([]);
  const nodejs = /nodejs="v([^"]+)"/.exec(metrics)?.[1];
  if (nodeFolder !== undefined) expect(nodeFolder.endsWith(`/${nodejs}`), `it ran on ${nodejs}`).to.equal(true);
}

describe('the npm package', function () {
  this.timeout(60_000);
  const scratch = useScratch();
  const project = join(scratch.path, 'project');
  const installed = join(project, 'node_modules/thedex-exporter');
  const bin = join(project, 'node_modules/.bin/thedex-exporter');
  let archive: string;
  let printed: string;

  before(async () => {
    archive = await packProject(scratch.path);
    printed = await runNpmOffline(project, 'install', '--no-audit', '--no-fund', archive);
  });

  it('holds the program, its papers, and nothing else', async () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(installed, path)).isFile(),
    );
    const reached = new Set(['main.js']);
    // A set goes on to what is added while it is walked.
    for (const file of reached) {
      const code = readFileSync(join(installed, 'dist', file), 'utf8');
      for (const [, next = ''] of code.matchAll(/(?:from |import |import\(|new URL\()"\.\/([^"]+\.js)"/g))
        reached.add(next);
    }
    const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
    const lists = ['dist/THIRD-PARTY-LICENSES.txt', 'dist/sbom.cdx.json'];
    const program = [...reached].map((file) => `dist/${file}`);
    const carried = await exportFiles(join(scratch.path, 'carried'));
    expect(files).to.have.members([...papers, ...lists, ...program, ...carried]);
    expect(statSync(archive).size).to.be.below(MAX_PACKED_BYTES);
  });

  it('passes publint to its last suggestion', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, level: 'suggestion', strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).to.deep.equal([]);
  });

  it('says where the project lives, and is published with its provenance', () => {
    const home = 'github.com/thedex-exporter/thedex-exporter';
    expect(manifest).to.deep.include({
      homepage: `https://${home}#readme`,
      bugs: { url: `https://${home}/issues` },
      repository: { type: 'git', url: `git+https://${home}.git` },
      publishConfig: { access: 'public', provenance: true },
    });
  });

  it('is installed by itself, without a registry and without running anything', () => {
    expect(printed.trim()).to.match(/^added 1 package in \S+$/);
    expect(readdirSync(join(project, 'node_modules')).toSorted()).to.deep.equal([
      '.bin',
      '.package-lock.json',
      'thedex-exporter',
    ]);
    const fields = Object.keys(manifest).filter((field) => /^(?:\w*D|d)ependencies$/.test(field));
    expect(fields).to.deep.equal(['devDependencies']);
    const scripts = Object.keys(manifest['scripts'] as object);
    expect(scripts.filter((name) => /^(?:pre|post)?install$/.test(name))).to.deep.equal([]);
  });

  it('runs where it is installed', () => tryOut(bin));

  it('runs where it is installed globally', async () => {
    const prefix = join(scratch.path, 'global');
    await runNpmOffline(prefix, 'install', '--global', '--prefix', prefix, archive);
    await tryOut(join(prefix, 'bin/thedex-exporter'));
  });

  it('writes what it carries besides the program', async () => {
    const folder = join(scratch.path, 'exported');
    const { code, stdout, stderr } = await runBin({ command: bin, args: ['export', folder] });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const carried = await exportFiles(join(scratch.path, 'again'));
    expect(stdout.trim().split('\n')).to.have.members([...carried]);
    for (const file of carried) {
      expect(readFileSync(join(folder, file), 'utf8'), file).to.equal(readFileSync(file, 'utf8'));
    }
  });

  it('knows the commit that it was built of', async function () {
    if (!existsSync('.git')) skipLoudly(this, 'checkout of git');
    const { stdout } = await runBin({ command: bin, args: ['--version'] });
    expect(stdout).to.match(/\(revision: [\da-f]{40}(?:-dirty)?\)/);
  });

  it(`says in one line that Node.js ${OLD_NODE.version} is too old`, async function () {
    this.timeout(FETCH_WITHIN_MS);
    const command = join(await requireNode(this, OLD_NODE), 'node');
    const { code, stdout, stderr } = await runBin({ command, args: [join(installed, 'dist/main.js'), '--sandbox'] });
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    const { node } = manifest['engines'] as { node: string };
    expect(stderr).to.equal(
      `thedex-exporter: Node.js ${node.slice(2)} or later is needed, this is v${OLD_NODE.version}\n`,
    );
  });

  it('runs with npx where nothing is installed', async () => {
    const empty = join(scratch.path, 'empty');
    const text = await runNpmOffline(
      empty,
      'exec',
      '--yes',
      `--package=${archive}`,
      '--',
      'thedex-exporter',
      '--version',
    );
    expect(text).to.match(/^thedex-exporter, version /);
  });

  it('has nothing to import', async () => {
    const entry = scratch.write('project/import.mjs', "await import('thedex-exporter');");
    const { code, stderr } = await runBin({ command: process.execPath, args: [entry] });
    expect(code).to.equal(1);
    expect(stderr).to.contain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  for (const line of NODE_LINES) {
    it(`runs without a warning on Node.js ${line.version}`, async function () {
      this.timeout(FETCH_WITHIN_MS);
      await tryOut(bin, await requireNode(this, line));
    });
  }
});
