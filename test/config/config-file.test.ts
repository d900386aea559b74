import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readSettings } from '../../src/config/read.ts';
import type { AccountSettings, Settings } from '../../src/config/settings.ts';
import { MAX_YAML_BYTES, MAX_YAML_KEYS } from '../../src/config/yaml-document.ts';
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
  scratch.write('secret', 'a-secret');

  const read = (text: string, flags = {}) =>
    readSettings({ flags: { 'config.file': scratch.write('config.yml', text), ...flags }, env: {} });
  const problemsIn = (text: string | Uint8Array) =>
    problemsOf({ flags: { 'config.file': scratch.write('config.yml', text) }, env: {} });

  const ACCOUNT = 'accounts: { main: { api_key_file: key, secret_key_file: secret } }\n';

  it('holds accounts, in its order, with names that are special elsewhere', async () => {
    const settings = await readSettings({ flags: { 'config.file': GOOD }, env: {} });
    expect([...settings.accounts.named.keys()]).to.deep.equal(['main', '__proto__', 'constructor']);
    expect(settings.accounts.default).to.equal(undefined);
    const main = named(settings, 'main');
    expect([main.name, main.url.href]).to.deep.equal(['main', 'https://gateway.example/base']);
    expect([main.keys.pair.apiKey.reveal(), main.keys.pair.secretKey.reveal()]).to.deep.equal([
      'main-api-key',
      'main-secret-key',
    ]);
    expect(named(settings, '__proto__').url.href).to.equal('https://app.thedex.cloud/');
    expect(named(settings, 'constructor').keys.pair.apiKey.reveal()).to.equal('third-api-key');
    expect(settings.gateway.collectors).to.deep.equal({ rates: true, payoutLimits: false });
    expect(settings.warnings).to.deep.equal([]);
  });

  it("puts an account's thresholds over the common ones per currency and kind, keeping every digit", async () => {
    const settings = await readSettings({ flags: { 'config.file': GOOD }, env: {} });
    const short = (account: AccountSettings) =>
      account.thresholds.map(({ currency, kind, severity, value }) => `${currency} ${kind} ${severity} ${value}`);
    expect(short(named(settings, 'main'))).to.deep.equal([
      'BTC_BITCOIN available critical 0.01',
      'BTC_BITCOIN available warning 0.05',
      'BTC_BITCOIN total warning 0.10000000000000000001',
      'USDT_TRON available critical 50',
      'USDT_TRON available warning 500',
      'USDT_TRON total warning 200',
      '__proto__ available warning 1',
    ]);
    expect(named(settings, 'main').valueThresholds).to.deep.equal([
      { fiat: 'EUR', severity: 'warning', value: '9e3' },
      { fiat: 'USD', severity: 'critical', value: '2000' },
      { fiat: 'USD', severity: 'warning', value: '10000' },
    ]);
    expect(named(settings, 'constructor').valueThresholds).to.deep.equal([
      { fiat: 'USD', severity: 'warning', value: '5000' },
    ]);
    expect(named(settings, 'main').alertLimits).to.deep.equal([
      { currency: '*', limit: 'drop_ratio', value: '0.5' },
      { currency: '*', limit: 'hold_ratio', value: '0.9' },
      { currency: 'USDT_TRON', limit: 'drop_ratio', value: '+Inf' },
      { currency: 'USDT_TRON', limit: 'hold_ratio', value: '0.8' },
      { currency: 'USDT_TRON', limit: 'runway_seconds', value: '43200' },
    ]);
    expect(named(settings, 'constructor').alertLimits).to.deep.equal([
      { currency: '*', limit: 'drop_ratio', value: '0.5' },
      { currency: '*', limit: 'hold_ratio', value: '1' },
    ]);
  });

  it('reads percentages and durations exactly', async () => {
    const limits = async (key: string, text: string) => {
      const { accounts } = await read(`${ACCOUNT}alert_limits: { A: { ${key}: ${text} } }`);
      return accounts.named.get('main')?.alertLimits[0]?.value;
    };
    const ratios = { '7%': '0.07', '100%': '1', '0.1%': '0.001', '99.99%': '0.9999', '"55 %"': '0.55', '10%': '0.1' };
    for (const [text, value] of Object.entries(ratios)) expect(await limits('drop', text), text).to.equal(value);
    const offs = { off: '+Inf', OFF: '+Inf', '"off"': '+Inf', false: '+Inf' };
    for (const [text, value] of Object.entries(offs)) expect(await limits('hold', text), text).to.equal(value);
    const seconds = {
      '12h': '43200',
      '1.5s': '1.5',
      '3d': '259200',
      '366d': '31622400',
      '2 weeks': '1209600',
      off: '0',
    };
    for (const [text, value] of Object.entries(seconds)) expect(await limits('runway', text), text).to.equal(value);
  });

  it('keeps the labels of an account, numbers as they are written', async () => {
    const settings = await readSettings({ flags: { 'config.file': GOOD }, env: {} });
    expect(named(settings, 'main').labels).to.deep.equal({ team: 'payments', cost_center: '0042' });
    expect(named(settings, 'constructor').labels).to.deep.equal({});
  });

  it('warns of a critical threshold above its warning, wherever the two come from', async () => {
    const account = (own: string) => `accounts: { main: { api_key_file: key, secret_key_file: secret, ${own} } }\n`;
    const common =
      'thresholds: { A: { available: { warning: 5, critical: 1 } }, B: { total: { warning: 1, critical: 2 } } }';
    const { warnings } = await read(`${account('thresholds: { A: { available: { critical: 7 } } }')}${common}`);
    expect(warnings).to.deep.equal([
      'thresholds: the critical threshold of "B total", 2, is above its warning, 1',
      `${join(scratch.path, 'config.yml')}:1: accounts.main: the critical threshold of "A available", 7, is above its warning, 5`,
    ]);
  });

  it('takes the example of the documentation of thresholds', async () => {
    const text = `${ACCOUNT}thresholds:
  BTC_BITCOIN: {available: {warning: "0.05", critical: "0.01"}, total: "0.1"}
value_thresholds: {USD: {warning: 10000, critical: 2000}}
collectors: {rates: true}`;
    const { accounts, warnings } = await read(text);
    const { thresholds, valueThresholds } = accounts.named.get('main')!;
    expect([thresholds.length, valueThresholds.length, warnings]).to.deep.equal([3, 2, []]);
  });

  it('merges mappings, whose own keys win', async () => {
    const text = `accounts:
  a: &a { api_key_file: key, secret_key_file: secret, thresholds: &t { A: 1, B: 2 } }
  b: { <<: *a, thresholds: { <<: [{ B: 3, C: 4 }, *t], A: 5 } }`;
    const { thresholds } = named(await read(text), 'b');
    expect(thresholds.map(({ currency, value }) => currency + value)).to.deep.equal(['A5', 'B3', 'C4']);
  });

  it('gives the default account the common thresholds', async () => {
    const file = scratch.write('config.yml', 'accounts: {}\nthresholds: { BTC: 1 }\nvalue_thresholds: { USD: 2 }\n');
    const env = { THEDEX_API_KEY: 'k', THEDEX_SECRET_KEY: 's', THEDEX_CONFIG_FILE: file };
    const { accounts } = await readSettings({ flags: {}, env });
    expect(accounts.default?.thresholds).to.deep.equal([
      { currency: 'BTC', kind: 'available', severity: 'warning', value: '1' },
    ]);
    expect(accounts.default?.valueThresholds).to.deep.equal([{ fiat: 'USD', severity: 'warning', value: '2' }]);
    expect(accounts.named.size).to.equal(0);
  });

  it('looks for secret files beside itself, and in absolute places', async () => {
    mkdirSync(join(scratch.path, 'nested'));
    const text = `accounts: { main: { api_key_file: ../key, secret_key_file: '${join(scratch.path, 'secret')}' } }`;
    const file = scratch.write(join('nested', 'config.yml'), text);
    const settings = await readSettings({ flags: { 'config.file': file }, env: {} });
    expect(named(settings, 'main').keys.pair.apiKey.reveal()).to.equal('a-key');
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
    const two = 'accounts:\n  a: &a { api_key_file: key, secret_key_file: secret }\n  b: *a\n';
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
    expect(await problemsIn('#'.repeat(MAX_YAML_BYTES + 1))).to.deep.equal([
      `--config.file: cannot read ${file}: it is larger than 4 MiB`,
    ]);
    expect(await problemsIn('['.repeat(20_000))).to.deep.equal([`${file}:1: not valid YAML: it is nested too deeply`]);
    const currencies = Array.from({ length: 2000 }, (_, i) => `C${i}: 1`).join(', ');
    const accounts = Array.from({ length: 110 }, (_, i) => `  a${i}: *a`).join('\n');
    const account = `{ api_key_file: key, secret_key_file: secret, thresholds: { ${currencies} } }`;
    expect(await problemsIn(`accounts:\n  a: &a ${account}\n${accounts}\n`)).to.deep.equal([
      `--config.file: cannot read ${file}: it has more than ${MAX_YAML_KEYS} keys, with aliases followed`,
    ]);
  });

  it('shows the first fifty mistakes and counts the others', async () => {
    const problems = await problemsIn(Array.from({ length: 60 }, (_, i) => `k${i}: 1`).join('\n'));
    expect(problems).to.have.lengthOf(51);
    expect(problems.at(-1)).to.equal('and 10 more');
  });
});
