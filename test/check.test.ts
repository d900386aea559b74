import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkConfiguration, formatSummary } from '../src/check.ts';
import { ConfigurationError } from '../src/config/configuration-error.ts';
import type { FlagValues } from '../src/config/flags.ts';
import { useScratch } from './support/scratch.ts';

const KEYS = { THEDEX_API_KEY: 'AKEY-2c9d41f0', THEDEX_SECRET_KEY: 'SKEY-77ab03e9' };

describe('--config.check', () => {
  const scratch = useScratch();
  const check = (flags: FlagValues, env: Record<string, string> = KEYS) => checkConfiguration({ flags, env });

  async function problemsOf(flags: FlagValues, env: Record<string, string> = KEYS): Promise<readonly string[]> {
    try {
      await check(flags, env);
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  }

  it('sums up what was understood', async () => {
    scratch.write('key', 'file-key');
    scratch.write('secret', 'file-secret');
    const file = scratch.write(
      'config.yml',
      'accounts: { main: { api_key_file: key, secret_key_file: secret, url: "https://other.example/base" } }\n' +
        'thresholds: { A: { available: { warning: 2, critical: 1 } } }\nalert_limits: { "*": { drop: off } }\n',
    );
    const env = { ...KEYS, HTTPS_PROXY: 'user:hunter2@proxy.example:3128' };
    const flags = { 'config.file': file, 'collector.rates': 'true', 'web.route-prefix': '/x' };
    const { summary, warnings } = await check(flags, env);
    expect(summary).to.deep.include({
      accounts: 1,
      account_names: 'main',
      default_account: true,
      gateway: 'https://app.thedex.cloud/, https://other.example/base',
      proxy: 'http://proxy.example:3128',
      collectors: 'balances, rates',
      timeout: '10s',
      thresholds: 4,
      value_thresholds: 0,
      alert_limits: 2,
      config_file: file,
      listen: ':10055',
      path: '/x/metrics',
      web_config_file: 'none',
      tls: 'off',
      password_users: 0,
    });
    expect(warnings).to.deep.equal([]);
    const text = formatSummary(summary);
    expect(text).to.match(/^ {2}accounts {10}1\n/);
    for (const secret of ['hunter2', 'AKEY', 'SKEY', 'file-key', 'file-secret']) expect(text).to.not.contain(secret);
  });

  it('tells everything that a start would refuse, all at once', async () => {
    const webConfig = scratch.write('web.yml', 'basic_auth_userz: {}\n');
    mkdirSync(join(scratch.path, 'folder.sock'));
    const flags = {
      'thedex.timeout': '10',
      'web.config.file': webConfig,
      'thedex.url': 'https://app.thedex.cloud/api/v1/balances',
    };
    const places = (await problemsOf(flags, { ...KEYS, HTTPS_PROXY: 'socks5://x' })).map((each) => each.split(' ')[0]);
    expect(places).to.include.members(['--thedex.timeout:', '--thedex.url:', `${webConfig}:1:`]);
    expect(await problemsOf({}, { ...KEYS, HTTPS_PROXY: 'socks5://x' })).to.have.lengthOf(1);
    const addresses = [
      `unix://${join(scratch.path, 'absent', 'a.sock')}`,
      `unix://${join(scratch.path, 'folder.sock')}`,
      '192.0.2.1:10055',
      '127.0.0.1:10055',
    ];
    const refused = await problemsOf({ 'web.listen-address': addresses, 'web.config.file': webConfig });
    expect(refused.slice(1)).to.deep.equal([
      `--web.listen-address: cannot listen on ${addresses[0]}: the folder does not exist`,
      `--web.listen-address: cannot listen on ${addresses[1]}: a file that is no socket stands there`,
      '--web.listen-address: cannot listen on 192.0.2.1:10055: this machine has no such address',
    ]);
  });

  it('says what is probably not meant, in the web configuration too', async () => {
    const webConfig = scratch.write('http2.yml', 'http_server_config: { http2: true }\n');
    const { warnings } = await check({ 'web.config.file': webConfig }, { ...KEYS, THEDEX_URLS: 'x' });
    expect(warnings).to.have.lengthOf(2);
    expect(warnings[0]).to.match(/^THEDEX_URLS: /);
    expect(warnings[1]).to.contain('HTTP/2');
  });

  it('knows the sandbox, which has no keys yet', async () => {
    const { summary } = await check({ sandbox: 'true' }, {});
    expect(summary).to.deep.include({ accounts: 0, default_account: 'sandbox', gateway: 'sandbox', proxy: 'none' });
  });
});
