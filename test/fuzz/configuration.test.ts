import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigurationError } from '../../src/config/configuration-error.ts';
import { readSettings } from '../../src/config/read.ts';
import { createLogger } from '../../src/lib/log.ts';
import { openWebConfig } from '../../src/web/web-config.ts';
import { useScratch } from '../support/scratch.ts';
import { fuzz } from './fuzz.ts';

const API_KEY = 'fuzzedApiKey1234567890abcdef';
const SECRET_KEY = 'fuzzedSecretKey1234567890abc';
const log = createLogger({ level: 'error', format: 'logfmt', write: () => {} });

const FILE_WORDS = [
  'accounts:',
  'accounts_dir:',
  'api_key_file:',
  'secret_key_file:',
  'url:',
  'labels:',
  'thresholds:',
  'value_thresholds:',
  'alert_limits:',
  'collectors:',
  'warning',
  'critical',
  'available',
  'total',
  'hold',
  'drop: off',
  'runway: 12h',
  '80%',
  '1e400',
  '-1',
  '0x10',
  '.inf',
  '.nan',
  'true',
  'null',
  '~',
  '{}',
  '[]',
  '&a',
  '*a',
  '<<: *a',
  '!!binary',
  '---',
  '...',
  '\n',
  '  ',
  '\t',
  '"',
  "'",
  '|',
  '>',
  '#',
  ': ',
  '__proto__',
  '"*"',
  '${X}',
  '\u2028',
];
const WEB_WORDS = [
  'tls_server_config:',
  'cert_file:',
  'key:',
  'client_auth_type:',
  'RequireAndVerifyClientCert',
  'client_ca_file:',
  'client_allowed_sans:',
  'min_version:',
  'TLS10',
  'cipher_suites:',
  'curve_preferences:',
  'http_server_config:',
  'http2:',
  'headers:',
  'rate_limit:',
  'basic_auth_users:',
  '$2b$10$',
  '[]',
  '{}',
  '""',
  '\n',
  '  ',
  ': ',
  '-',
  '\t',
];

describe('Configuration as bytes', function () {
  this.timeout(600_000);
  const scratch = useScratch();

  before(() => {
    writeFileSync(join(scratch.path, 'api_key'), API_KEY);
    writeFileSync(join(scratch.path, 'secret_key'), SECRET_KEY);
    mkdirSync(join(scratch.path, 'keys'));
    for (const name of ['api_key', 'other_api_key', 'third_api_key'])
      writeFileSync(join(scratch.path, 'keys', name), `${name}${API_KEY}`);
    writeFileSync(join(scratch.path, 'keys', 'secret_key'), SECRET_KEY);
    mkdirSync(join(scratch.path, 'accounts', 'shop'), { recursive: true });
    writeFileSync(join(scratch.path, 'accounts', 'shop', 'api_key'), `shop${API_KEY}`);
    writeFileSync(join(scratch.path, 'accounts', 'shop', 'secret_key'), SECRET_KEY);
  });

  it('of accounts is taken, or refused in lines that show no key', async () => {
    await fuzz({
      corpus: 'config',
      dictionary: FILE_WORDS,
      check: (input) => {
        const file = scratch.write('config.yml', input);
        return takenOrRefused(() => readSettings({ flags: { 'config.file': file }, env: {} }), [API_KEY, SECRET_KEY]);
      },
    });
  });

  it('of the web is taken, or refused in lines', async () => {
    await fuzz({
      corpus: 'web-config',
      dictionary: WEB_WORDS,
      check: async (input) => {
        const file = scratch.write('web.yml', input);
        await takenOrRefused(async () => (await openWebConfig(file, { log, routePrefix: '' })).close(), []);
      },
    });
  });

  it('by environment is taken, or refused in lines', async () => {
    const keys = { THEDEX_API_KEY: API_KEY, THEDEX_SECRET_KEY: SECRET_KEY };
    await fuzz({
      corpus: 'environment',
      dictionary: [
        'THEDEX_',
        '_PROXY',
        'NO_PROXY=',
        'http://',
        'socks5://',
        '@',
        ':',
        '/',
        '%',
        '[::1]',
        '10.0.0.0/8',
        '*',
        ',',
        '0',
        '1e9',
        '10s',
        '1y',
        'true',
        'no',
        '\n',
        '=',
      ],
      check: (input) => {
        const lines = input.toString('utf8').replaceAll('\0', '').split('\n');
        const env = Object.fromEntries(
          lines
            .filter((line) => line.includes('='))
            .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
        );
        return takenOrRefused(() => readSettings({ flags: {}, env: { ...env, ...keys } }), [API_KEY, SECRET_KEY]);
      },
    });
  });

  it('of secrets is taken, or refused without showing anything of it', async () => {
    await fuzz({
      corpus: 'key-files',
      dictionary: [
        '=',
        ': ',
        '"',
        "'",
        '${',
        '}',
        ' ',
        '\n',
        '\r\n',
        '\u00a0',
        '\u200b',
        '\ufeff',
        'export ',
        'X-EX-APIKEY: ',
        '\u0000',
      ],
      check: async (input) => {
        const apiKey = scratch.write('fuzzed_key', input);
        const secretKey = scratch.write('other_key', SECRET_KEY);
        const read = () =>
          readSettings({ flags: { 'thedex.api-key-file': apiKey, 'thedex.secret-key-file': secretKey }, env: {} });
        await takenOrRefused(read, input.toString('utf8').match(/[A-Za-z0-9]{12,}/g) ?? []);
      },
    });
  });
});

/** @throws Error if what was read was neither taken nor refused in single lines, or a line shows a secret. */
async function takenOrRefused(read: () => Promise<unknown>, secrets: readonly string[]): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.problems).not.to.deep.equal([]);
    for (const problem of error.problems) {
      expect(problem, 'a line').to.match(/^[^\p{Cc}\u2028\u2029]+$/u);
      for (const secret of secrets) expect(problem).not.to.contain(secret);
    }
  }
}
