import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { FLAGS, type FlagDefinition, variableOf } from '../../src/config/flags.ts';
import { readSettings } from '../../src/config/read.ts';
import { MAX_SECRET_FILE_BYTES } from '../../src/config/secrets.ts';
import type { Settings } from '../../src/config/settings.ts';
import { MAX_YAML_BYTES, MAX_YAML_KEYS } from '../../src/config/yaml-document.ts';
import { MAX_DURATION_MS, parseDuration } from '../../src/lib/duration.ts';

const KEYS = { THEDEX_API_KEY: 'k', THEDEX_SECRET_KEY: 's' };

describe('docs/configuration.md', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const prose = page.replace(/\s+/g, ' ');
  const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const rowsOf = (start: string) =>
    page
      .split('\n')
      .filter((line) => line.startsWith(start))
      .map((line) =>
        line
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|')),
      );

  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'thedex-exporter-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  // Every secret file that an example names is put where the example looks for it, below a directory of the test's own.
  async function readExample(example: string): Promise<Settings> {
    const text = example.replaceAll('/run/secrets', join(directory, 'run'));
    for (const [, path = ''] of text.matchAll(/(?:api|secret)_key_file: (\S+)/g)) {
      const file = path.startsWith('/') ? path : join(directory, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `key-of-${path}\n`);
    }
    const config = join(directory, 'config.yml');
    writeFileSync(config, text);
    return readSettings({ flags: { 'config.file': config }, env: KEYS });
  }

  it('lists every flag with its variable, default and meaning, in the order of --help', () => {
    const expected = (FLAGS as readonly FlagDefinition[]).map(({ name, placeholder, kind, fallback, help }) => {
      const variable = variableOf(name);
      return [
        `\`${`--${name} ${placeholder}`.trim()}\``,
        variable === undefined ? '' : `\`${variable}\``,
        kind === 'boolean' ? 'off' : fallback === '' ? 'none' : `\`${fallback}\``,
        help,
      ];
    });
    expect(rowsOf('| `--')).to.deep.equal(expected);
  });

  it('shows files that the program accepts without a warning', async () => {
    expect(examples).to.have.lengthOf(3);
    for (const example of examples) expect((await readExample(example)).warnings, example).to.deep.equal([]);
  });

  it('tells rightly which thresholds the first example has', async () => {
    const { accounts } = await readExample(examples[0] ?? '');
    const amountOf = (name: string) =>
      accounts.named.get(name)?.thresholds.find(({ currency }) => currency === 'USDT_TRON');
    expect(amountOf('main')).to.deep.include({ kind: 'available', severity: 'warning', value: '500' });
    expect(amountOf('shop')).to.deep.include({ kind: 'available', severity: 'warning', value: '100' });
    expect(accounts.default?.thresholds).to.deep.equal([
      { currency: 'USDT_TRON', kind: 'available', severity: 'warning', value: '100' },
    ]);
  });

  it('lists the keys of the file, and no others', async () => {
    const paths = rowsOf('| `').flatMap(([first = '']) => (/^`[a-z]/.test(first) ? [first.replaceAll('`', '')] : []));
    const keys = new Set(paths.flatMap((path) => path.split('.')).filter((key) => !['NAME', 'CURRENCY'].includes(key)));
    const known: string[] = [];
    const places = ['nonsense: 1', 'accounts: { a: { nonsense: 1 } }', 'collectors: { nonsense: 1 }'];
    for (const text of [...places, 'alert_limits: { A: { nonsense: 1 } }']) {
      const message = await readExample(text).then(
        () => '',
        (error: Error) => error.message,
      );
      known.push(.../unknown key: expected (.*)/.exec(message)![1]!.split(', '));
    }
    expect([...keys].toSorted()).to.deep.equal([...new Set(known)].toSorted());
  });

  it('states limits that are in force', () => {
    expect(prose).to.contain(`regular files of at most ${MAX_SECRET_FILE_BYTES / 1024} KiB`);
    expect(prose).to.contain(`one UTF-8 document of at most ${MAX_YAML_BYTES / 1_048_576} MiB`);
    expect(prose).to.contain(`up to ${MAX_YAML_KEYS.toLocaleString('en')} keys in all`);
    expect(MAX_DURATION_MS).to.equal(3_600_000);
    expect(prose).to.contain('at most an hour');
  });

  it('shows durations and addresses that are accepted', async () => {
    const durations = [...prose.matchAll(/`([\d.]+(?:ms|s|m))`/g)].map(([, text = '']) => text);
    expect(durations).to.include('500ms');
    for (const text of durations) expect(parseDuration(text), text).to.be.a('number');
    const line = /`--web\.listen-address` is (.*?)Port 0/.exec(prose)?.[1] ?? '';
    const addresses = [...line.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
    expect(addresses).to.have.lengthOf(5);
    const { web } = await readSettings({ flags: { 'web.listen-address': addresses }, env: KEYS });
    expect(web.listenAddresses).to.have.lengthOf(5);
  });
});
