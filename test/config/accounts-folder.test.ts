import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readSettings } from '../../src/config/read.ts';
import { problemsOf } from '../support/problems.ts';
import { useScratch } from '../support/scratch.ts';

describe('a folder of accounts', () => {
  const scratch = useScratch();

  function addAccount(folder: string, name: string): void {
    const path = join(scratch.path, folder, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'api_key'), `${name}-api-key\n`);
    writeFileSync(join(path, 'secret_key'), `${name}-secret-key\n`);
  }
  const sources = (text: string) => ({ flags: { 'config.file': scratch.write('config.yml', text) }, env: {} });
  const accountsOf = async (text: string) => (await readSettings(sources(text))).accounts.named;

  it('gives an account for each folder in it, named after it', async () => {
    for (const name of ['shop', 'main']) addAccount('plain', name);
    scratch.write('plain/README', 'no account');
    const accounts = await accountsOf('accounts_dir: plain\nthresholds: { A: 1 }');
    expect([...accounts.keys()]).to.deep.equal(['main', 'shop']);
    const { keys, url, thresholds } = accounts.get('shop')!;
    expect([keys.pair.apiKey.reveal(), keys.pair.secretKey.reveal()]).to.deep.equal([
      'shop-api-key',
      'shop-secret-key',
    ]);
    expect([url.href, thresholds.length]).to.deep.equal(['https://app.thedex.cloud/', 1]);
  });

  it('may be mounted, with links and the folders of Kubernetes', async () => {
    addAccount('mounted/..2026', 'main');
    symlinkSync('..2026', join(scratch.path, 'mounted/..data'));
    symlinkSync('..data/main', join(scratch.path, 'mounted/main'));
    const accounts = await accountsOf('accounts_dir: ./mounted');
    expect([...accounts.keys()]).to.deep.equal(['main']);
  });

  it('gives the keys, and the file everything else', async () => {
    addAccount('shared', 'main');
    addAccount('shared', 'shop');
    const accounts = await accountsOf(`accounts_dir: shared
accounts:
  shop: { url: 'https://other.example', thresholds: { A: 5 }, labels: { team: payments } }
  third: { api_key_file: shared/main/api_key, secret_key_file: shared/shop/secret_key }`);
    expect([...accounts.keys()]).to.deep.equal(['main', 'shop', 'third']);
    const { url, labels, keys } = accounts.get('shop')!;
    expect([url.href, labels, keys.pair.apiKey.reveal()]).to.deep.equal([
      'https://other.example/',
      { team: 'payments' },
      'shop-api-key',
    ]);
  });

  it('is read strictly', async () => {
    addAccount('bad', 'two words');
    mkdirSync(join(scratch.path, 'bad', 'half'));
    scratch.write('bad/half/api_key', 'k');
    const file = join(scratch.path, 'config.yml');
    const folder = join(scratch.path, 'bad');
    expect(await problemsOf(sources('accounts_dir: bad'))).to.deep.equal([
      `${file}:1: accounts_dir: ${folder}/two words: expected a name of 1 to 64 letters, digits and _ . -`,
      `${file}:1: accounts_dir: ${folder}/half: cannot read ${folder}/half/secret_key: there is no such file`,
    ]);
  });

  it('with nothing in it is no account', async () => {
    mkdirSync(join(scratch.path, 'empty'));
    const [problem = ''] = await problemsOf(sources('accounts_dir: empty'));
    expect(problem).to.match(/^no account: give the keys by /);
  });
});
