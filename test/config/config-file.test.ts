import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { MAX_CONFIG_FILE_BYTES } from '../../src/config/config-file.ts';
import { readSettings } from '../../src/config/read-settings.ts';
import type { AccountSettings, Settings } from '../../src/config/settings.ts';
import { problemsOf } from '../support/problems.ts';
import { useScratch } from '../support/scratch.ts';

const GOOD = fileURLToPath(new URL('fixtures/good.yml', import.meta.url));

function named(settings: Settings, name: string): AccountSettings {
  const account = settings.accounts.named.get(name);
  expect(account, name).to.be.an('object');
  return account as AccountSettings;
}

describe('the configuration file', () => {
  const scratch = useScratch();
  scratch.write('key', 'a-key');

  const read = (text: string, flags = {}) =>
    readSettings({ flags: { 'config.file': scratch.write('config.yml', text), ...flags }, env: {} });
  const problemsIn = (text: string | Uint8Array) =>
    problemsOf({ flags: { 'config.file': scratch.write('config.yml', text) }, env: {} });

  const ACCOUNT = 'accounts: { main: { api_key_file: key, secret_key_file: key } }\n';

  it('holds accounts, in its order, with names that are special elsewhere', async () => {
    const settings = await readSettings({ flags: { 'config.file': GOOD }, env: {} });
    expect([...settings.accounts.named.keys()]).to.deep.equal(['main', '__proto__', 'constructor']);
    expect(settings.accounts.default).to.equal(undefined);
    const main = named(settings, 'main');
    expect([main.name, main.url.href]).to.deep.equal(['main', 'https://gateway.example/base']);
    expect([main.apiKey.reveal(), main.secretKey.reveal()]).to.deep.equal(['main-api-key', 'main-secret-key']);
    expect(named(settings, '__proto__').url.href).to.equal('https://app.thedex.cloud/');
    expect(named(settings, 'constructor').apiKey.reveal()).to.equal('third-api-key');
    expect(settings.gateway.collectors).to.deep.equal({ rates: true, payoutLimits: false });
    expect(settings.warnings).to.deep.equal([]);
  });

  it("puts an account's thresholds over the common ones per currency and kind, keeping every digit", async () => {
    const settings = await readSettings({ flags: { 'config.file': GOOD }, env: {} });
    expect(named(settings, 'main').thresholds).to.deep.equal([
      { currency: 'BTC_BITCOIN', kind: 'available', value: '0.05' },
      { currency: 'BTC_BITCOIN', kind: 'total', value: '0.10000000000000000001' },
      { currency: 'USDT_TRON', kind: 'available', value: '500' },
      { currency: 'USDT_TRON', kind: 'total', value: '200' },
      { currency: '__proto__', kind: 'available', value: '1' },
    ]);
    expect(named(settings, 'main').valueThresholds).to.deep.equal([
      { fiat: 'EUR', value: '9e3' },
      { fiat: 'USD', value: '10000' },
    ]);
    expect(named(settings, 'constructor').valueThresholds).to.deep.equal([{ fiat: 'USD', value: '5000' }]);
  });

  it('gives the default account the common thresholds', async () => {
    const file = scratch.write('config.yml', 'accounts: {}\nthresholds: { BTC: 1 }\nvalue_thresholds: { USD: 2 }\n');
    const env = { THEDEX_API_KEY: 'k', THEDEX_SECRET_KEY: 's', THEDEX_CONFIG_FILE: file };
    const { accounts } = await readSettings({ flags: {}, env });
    expect(accounts.default?.thresholds).to.deep.equal([{ currency: 'BTC', kind: 'available', value: '1' }]);
    expect(accounts.default?.valueThresholds).to.deep.equal([{ fiat: 'USD', value: '2' }]);
    expect(accounts.named.size).to.equal(0);
  });

  it('looks for secret files beside itself, and in absolute places', async () => {
    mkdirSync(join(scratch.path, 'nested'));
    const text = `accounts: { main: { api_key_file: ../key, secret_key_file: '${join(scratch.path, 'key')}' } }`;
    const file = scratch.write(join('nested', 'config.yml'), text);
    const settings = await readSettings({ flags: { 'config.file': file }, env: {} });
    expect(named(settings, 'main').apiKey.reveal()).to.equal('a-key');
  });

  it('yields to flags and environment where both say something', async () => {
    const file = scratch.write('config.yml', `${ACCOUNT}collectors: { rates: true, payout_limits: true }`);
    const env = {
      THEDEX_CONFIG_FILE: file,
      THEDEX_COLLECTOR_PAYOUT_LIMITS: 'off',
      THEDEX_URL: 'https://other.example',
    };
    const settings = await readSettings({ flags: { 'collector.rates': 'false' }, env });
    expect(settings.gateway.collectors).to.deep.equal({ rates: false, payoutLimits: false });
    expect(named(settings, 'main').url.href).to.equal('https://other.example/');
  });

  it('takes any currency name, and text for a number', async () => {
    const settings = await read(`${ACCOUNT}thresholds: { 123: "1e-8", "a\\nb": .5, NO: +7, true: 0, ~: 1 }`);
    expect(named(settings, 'main').thresholds.map(({ currency, value }) => [currency, value])).to.deep.equal([
      ['123', '1e-8'],
      ['NO', '+7'],
      ['a\nb', '.5'],
      ['true', '0'],
      ['~', '1'],
    ]);
  });

  it('warns of two accounts with one key', async () => {
    const two = 'accounts:\n  a: &a { api_key_file: key, secret_key_file: key }\n  b: *a\n';
    const { warnings } = await read(two);
    expect(warnings).to.deep.equal([
      `${join(scratch.path, 'config.yml')}:3: accounts.b: has the API key of account a: the same balances are shown twice`,
    ]);
  });

  it('warns of value thresholds without rates', async () => {
    const text = `${ACCOUNT}value_thresholds: { USD: 1 }`;
    expect((await read(text)).warnings).to.have.lengthOf(1);
    expect((await read(text, { 'collector.rates': 'true' })).warnings).to.deep.equal([]);
  });

  it('says why it cannot be read', async () => {
    const problemsAt = (path: string) => problemsOf({ flags: {}, env: { THEDEX_CONFIG_FILE: path } });
    const absent = join(scratch.path, 'absent.yml');
    expect(await problemsAt(absent)).to.deep.equal([
      `THEDEX_CONFIG_FILE: cannot read ${absent}: there is no such file`,
    ]);
    expect(await problemsAt(scratch.path)).to.deep.equal([
      `THEDEX_CONFIG_FILE: cannot read ${scratch.path}: it is a directory`,
    ]);
    expect(await problemsAt('/dev/zero')).to.deep.equal([
      'THEDEX_CONFIG_FILE: cannot read /dev/zero: it is not a regular file',
    ]);
  });

  it('is bounded in size, in depth, and in what aliases make of it', async () => {
    const file = join(scratch.path, 'config.yml');
    expect(await problemsIn('#'.repeat(MAX_CONFIG_FILE_BYTES + 1))).to.deep.equal([
      `--config.file: cannot read ${file}: it is larger than 1 MiB`,
    ]);
    expect(await problemsIn('['.repeat(20_000))).to.deep.equal([`${file}:1: not valid YAML: it is nested too deeply`]);
    const currencies = Array.from({ length: 2000 }, (_, i) => `C${i}: 1`).join(', ');
    const accounts = Array.from({ length: 60 }, (_, i) => `  a${i}: *a`).join('\n');
    const account = `{ api_key_file: key, secret_key_file: key, thresholds: { ${currencies} } }`;
    expect(await problemsIn(`accounts:\n  a: &a ${account}\n${accounts}\n`)).to.deep.equal([
      `--config.file: cannot read ${file}: it has more than 100000 keys, with aliases followed`,
    ]);
  });

  it('shows the first fifty mistakes and counts the others', async () => {
    const problems = await problemsIn(Array.from({ length: 60 }, (_, i) => `k${i}: 1`).join('\n'));
    expect(problems).to.have.lengthOf(51);
    expect(problems.at(-1)).to.equal('and 10 more');
  });
});
