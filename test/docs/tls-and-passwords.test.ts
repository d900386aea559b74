import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSync } from 'bcryptjs';
import { expect } from 'chai';
import { readWebConfig } from '../../src/web/config/web-config.ts';
import { makeSelfSigned } from '../support/self-signed.ts';
import { requireTool } from '../support/tools.ts';

const PAGE = new URL('../../docs/tls-and-passwords.md', import.meta.url);

describe('docs/tls-and-passwords.md', () => {
  let folder: string;
  let examples: string[];
  before(async function () {
    const openssl = requireTool(this, 'openssl');
    const page = await readFile(PAGE, 'utf8');
    examples = [...page.matchAll(/```yaml\n(.*?)```/gs)]
      .map(([, yaml = '']) => yaml)
      .filter((yaml) => !yaml.startsWith('scrape_configs'));
    folder = await mkdtemp(join(tmpdir(), 'thedex-docs-'));
    const { key, cert } = makeSelfSigned(openssl, { names: 'DNS:localhost', days: 2 });
    await writeFile(join(folder, 'exporter.key'), key, { mode: 0o600 });
    await writeFile(join(folder, 'exporter.crt'), cert);
    await writeFile(join(folder, 'clients.crt'), cert);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('has examples that the exporter accepts', async () => {
    expect(examples).to.have.length(4);
    for (const [index, yaml] of examples.entries()) {
      const file = join(folder, `example-${index}.yml`);
      await writeFile(file, yaml);
      expect((await readWebConfig(file)).warnings, yaml).to.deep.equal([]);
    }
  });
  it('has examples that promtool accepts', function () {
    const promtool = requireTool(this, 'promtool');
    for (const index of examples.keys()) {
      execFileSync(promtool, ['check', 'web-config', join(folder, `example-${index}.yml`)], { stdio: 'pipe' });
    }
  });
  it('tells the password of its hash', () => {
    const hash = /prometheus: (\$2y\S+)/.exec(examples.join('\n'))?.[1] ?? '';
    expect(compareSync('test', hash)).to.equal(true);
  });
});
