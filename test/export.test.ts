import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigurationError } from '../src/config/configuration-error.ts';
import { readSettings } from '../src/config/read.ts';
import { EXPORTED, exportFiles } from '../src/export.ts';
import { useScratch } from './support/scratch.ts';

describe('exportFiles', () => {
  const scratch = useScratch();
  const problemsOf = (folder: string) =>
    exportFiles(folder).then(
      () => [],
      (error: unknown) => (error instanceof ConfigurationError ? error.problems : [String(error)]),
    );

  it('writes what the package carries, as it stands in the project, and says what', async () => {
    const folder = join(scratch.path, 'made/for/it');
    const files = await exportFiles(folder);
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(found.filter((path) => statSync(join(folder, path)).isFile())).to.have.members([...files]);
    for (const file of files) expect(readFileSync(join(folder, file)).equals(readFileSync(file)), file).to.equal(true);
    expect(files).to.include.members(['alerts/thedex.rules.yml', 'prometheus.yml', 'grafana/dashboards/balances.json']);
    expect(files.some((file) => file.startsWith('systemd/'))).to.equal(true);
  });

  it('is what the npm package and the image carry', () => {
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
    expect(files).to.have.members(['dist', 'CHANGELOG.md', ...EXPORTED]);
    const copied = readFileSync('.dockerignore', 'utf8').split('\n');
    expect(copied).to.include.members(EXPORTED.map((path) => `!${path}`));
  });

  it('leaves alone what is there already and the same', async () => {
    const folder = join(scratch.path, 'twice');
    const files = await exportFiles(folder);
    expect(await exportFiles(folder)).to.deep.equal(files);
  });

  it('writes nothing where a file was changed by hand', async () => {
    const folder = join(scratch.path, 'changed');
    mkdirSync(folder);
    writeFileSync(join(folder, 'prometheus.yml'), 'mine: true\n');
    const what = 'a file of another version, or changed by hand: expected an empty folder';
    expect(await problemsOf(folder)).to.deep.equal([`export: ${folder}/prometheus.yml: ${what}`]);
    expect(readdirSync(folder)).to.deep.equal(['prometheus.yml']);
  });

  it('says in one line that a folder cannot be written', async () => {
    const file = scratch.write('file', '');
    expect((await problemsOf(join(file, 'folder'))).join('\n')).to.match(/^export: .*\/file\/folder: .*ENOTDIR.*$/);
  });

  it('carries examples that the program accepts', async () => {
    const folder = join(scratch.path, 'examples');
    mkdirSync(folder);
    for (const name of ['main_key', 'main_secret', 'shop_key', 'shop_secret']) {
      writeFileSync(join(folder, name), `a-${name}\n`);
    }
    const text = readFileSync('examples/config.yml', 'utf8').replaceAll('/run/secrets', folder);
    const settings = await readSettings({ flags: { 'config.file': scratch.write('config.yml', text) }, env: {} });
    expect(settings.warnings).to.deep.equal([]);
    expect([...settings.accounts.named.keys()]).to.deep.equal(['main', 'shop']);
  });
});
