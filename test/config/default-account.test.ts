import { chmodSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConfiguration, readSettings } from '../../src/config/read-settings.ts';
import { MAX_SECRET_FILE_BYTES } from '../../src/config/secrets.ts';
import type { SettingsSources } from '../../src/config/sources.ts';
import { problemsOf } from '../support/problems.ts';
import { useScratch } from '../support/scratch.ts';

describe('the keys of the default account', () => {
  const scratch = useScratch();
  const apiKeyFile = scratch.write('api', 'file-key\n');
  const secretKeyFile = scratch.write('secret', 'file-sécret€\r\n');

  async function keysOf(sources: SettingsSources): Promise<readonly (string | undefined)[]> {
    const account = (await readSettings(sources)).accounts.default;
    return [account?.apiKey.reveal(), account?.secretKey.reveal()];
  }

  const problemsOfApiKeyFile = (path: string) =>
    problemsOf({ flags: { 'thedex.api-key-file': path }, env: { THEDEX_SECRET_KEY: 's' } });

  it('come from the environment', async () => {
    const env = { THEDEX_API_KEY: 'käy', THEDEX_SECRET_KEY: ' sécret €' };
    expect(await keysOf({ flags: {}, env })).to.deep.equal(['käy', ' sécret €']);
  });

  it('come from files, less one newline', async () => {
    const env = { THEDEX_API_KEY_FILE: apiKeyFile, THEDEX_SECRET_KEY_FILE: secretKeyFile };
    expect(await keysOf({ flags: {}, env })).to.deep.equal(['file-key', 'file-sécret€']);
  });

  it('come from the file of a flag, whatever the environment says', async () => {
    const flags = { 'thedex.api-key-file': apiKeyFile, 'thedex.secret-key-file': secretKeyFile };
    const env = { THEDEX_API_KEY: '', THEDEX_API_KEY_FILE: '/absent', THEDEX_SECRET_KEY: 'other' };
    expect(await keysOf({ flags, env })).to.deep.equal(['file-key', 'file-sécret€']);
  });

  it('are read anew on reload', async () => {
    const path = scratch.write('rotated', 'first');
    const sources = { flags: {}, env: { THEDEX_API_KEY_FILE: path, THEDEX_SECRET_KEY: 's' } };
    const keyNow = async () => (await readConfiguration(sources)).accounts.default?.apiKey.reveal();
    expect(await keyNow()).to.equal('first');
    scratch.write('rotated', 'second');
    expect(await keyNow()).to.equal('second');
  });

  it('are given once', async () => {
    const env = { THEDEX_API_KEY: 'k', THEDEX_API_KEY_FILE: apiKeyFile, THEDEX_SECRET_KEY: 's' };
    expect(await problemsOf({ flags: {}, env })).to.deep.equal([
      'THEDEX_API_KEY: is given together with THEDEX_API_KEY_FILE: expected one of the two',
    ]);
  });

  it('are given both', async () => {
    expect(await problemsOf({ flags: {}, env: { THEDEX_API_KEY: 'k' } })).to.deep.equal([
      'THEDEX_API_KEY: is given without the secret key: give it by --thedex.secret-key-file, THEDEX_SECRET_KEY_FILE or THEDEX_SECRET_KEY',
    ]);
    const flags = { 'thedex.secret-key-file': secretKeyFile };
    expect(await problemsOf({ flags, env: {} })).to.deep.equal([
      '--thedex.secret-key-file: is given without the API key: give it by --thedex.api-key-file, THEDEX_API_KEY_FILE or THEDEX_API_KEY',
    ]);
  });

  it('are not empty', async () => {
    expect(await problemsOf({ flags: {}, env: { THEDEX_API_KEY: '', THEDEX_SECRET_KEY: 's' } })).to.deep.equal([
      'THEDEX_API_KEY: the API key is empty',
    ]);
    const path = scratch.write('blank', '\n');
    expect(await problemsOfApiKeyFile(path)).to.deep.equal([`--thedex.api-key-file: the API key in ${path} is empty`]);
  });

  it('hold nothing that a header cannot carry', async () => {
    const mistakes: readonly (readonly [content: string, mistake: string])[] = [
      ['a\nb\n', 'holds a line break or another control character'],
      ['a\n\n', 'holds a line break or another control character'],
      ['a\tb', 'holds a line break or another control character'],
      ['a€', 'holds a character that cannot stand in an HTTP header'],
      ['a ', 'begins or ends with a space'],
    ];
    for (const [content, mistake] of mistakes) {
      const path = scratch.write('bad', content);
      expect(await problemsOfApiKeyFile(path)).to.deep.equal([
        `--thedex.api-key-file: the API key in ${path} ${mistake}`,
      ]);
    }
  });

  it('come from regular files of UTF-8 of a sensible size', async () => {
    const absent = join(scratch.path, 'absent');
    const reasons: readonly (readonly [path: string, reason: string])[] = [
      [absent, 'there is no such file'],
      [join(apiKeyFile, 'below'), 'a part of its path is not a directory'],
      [scratch.path, 'it is a directory'],
      ['/dev/zero', 'it is not a regular file'],
      [scratch.write('large', 'x'.repeat(MAX_SECRET_FILE_BYTES + 1)), 'it is larger than 64 KiB'],
      [scratch.write('latin', Uint8Array.of(0x6b, 0xe4)), 'it is not UTF-8 text'],
    ];
    for (const [path, reason] of reasons) {
      expect(await problemsOfApiKeyFile(path)).to.deep.equal([`--thedex.api-key-file: cannot read ${path}: ${reason}`]);
    }
  });

  it('do not fill the memory when they are something else', async () => {
    const path = scratch.write('huge', '');
    // Larger than a Buffer can be, and without any blocks on the disk.
    truncateSync(path, 5 * 1024 ** 3);
    expect(await problemsOfApiKeyFile(path)).to.deep.equal([
      `--thedex.api-key-file: cannot read ${path}: it is larger than 64 KiB`,
    ]);
  });

  it('are not shown when they stand where the path belongs', async () => {
    for (const pasted of ['9f8e7d6c5b4a', '/c2VjcmV0K2tleQ==', 'ab/c2VjcmV0', '9f8e\n7d6c', '9f8e\0']) {
      const [problem = ''] = await problemsOfApiKeyFile(pasted);
      expect(problem).to.match(/^--thedex\.api-key-file: cannot read the API key's file \(its path is not shown/);
      expect(problem).to.not.contain(pasted);
    }
  });

  it('are warned of when everybody may change them', async () => {
    const path = scratch.write('open', 'k');
    chmodSync(path, 0o666);
    const settings = await readSettings({ flags: {}, env: { THEDEX_API_KEY_FILE: path, THEDEX_SECRET_KEY: 's' } });
    expect(settings.warnings).to.deep.equal([`THEDEX_API_KEY_FILE: everybody may write to ${path}`]);
  });
});
