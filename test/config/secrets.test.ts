import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Findings } from '../../src/config/configuration-error.ts';
import { readConfiguration, readSettings } from '../../src/config/read.ts';
import {
  LOOK_AT_MOST_EVERY_MS,
  MAX_SECRET_FILE_BYTES,
  openKeys,
  PAIR_SETTLES_WITHIN_MS,
} from '../../src/config/secrets.ts';
import type { KeySource, SettingsSources } from '../../src/config/settings.ts';
import { createLogger } from '../../src/lib/log.ts';
import { problemsOf } from '../support/problems.ts';
import { useScratch } from '../support/scratch.ts';

const revealed = ({ pair }: KeySource) => [pair.apiKey.reveal(), pair.secretKey.reveal()];

describe('the keys of the default account', () => {
  const scratch = useScratch();
  const apiKeyFile = scratch.write('api', 'file-key\n');
  const secretKeyFile = scratch.write('secret', '\ufefffile-sécret€\r\n');

  async function keysOf(sources: SettingsSources): Promise<readonly string[]> {
    return revealed((await readSettings(sources)).accounts.default!.keys);
  }

  const problemsOfApiKeyFile = (path: string) =>
    problemsOf({ flags: { 'thedex.api-key-file': path }, env: { THEDEX_SECRET_KEY: 's' } });

  it('come from the environment', async () => {
    const env = { THEDEX_API_KEY: 'käy', THEDEX_SECRET_KEY: 'sécret€' };
    expect(await keysOf({ flags: {}, env })).to.deep.equal(['käy', 'sécret€']);
  });

  it('come from files, less one newline and a byte-order mark', async () => {
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
    const keyNow = async () => (await readConfiguration(sources)).accounts.default?.keys.pair.apiKey.reveal();
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

  it('are two different texts', async () => {
    const same = { THEDEX_API_KEY: 'one-text', THEDEX_SECRET_KEY: 'one-text' };
    expect(await problemsOf({ flags: {}, env: same })).to.deep.equal([
      'THEDEX_SECRET_KEY: the secret key is the same text as the API key',
    ]);
  });

  const mistakes: readonly (readonly [name: string, content: string, mistake: string])[] = [
    ['nothing', '', 'is empty'],
    ['a newline', '\n', 'is empty'],
    ['blanks', '  \t', 'is empty but for white space'],
    ['a zero-width space alone', '\u200b', 'is empty but for white space'],
    ['two newlines', 'a-key\n\n', 'begins or ends with white space'],
    ['a space at the end', 'a-key ', 'begins or ends with white space'],
    ['a space at the beginning', ' a-key', 'begins or ends with white space'],
    ['a non-breaking space', 'a-key\u00a0', 'begins or ends with white space'],
    ['a zero-width space', '\u200ba-key', 'begins or ends with white space'],
    ['a word joiner', 'a-key\u2060', 'begins or ends with white space'],
    ['two byte-order marks', '\ufeff\ufeffa-key', 'begins or ends with white space'],
    ['two lines', 'a-key\nb', 'holds a line break'],
    ['a line separator', 'a-key\u2028b', 'holds a line break'],
    ['a blank within', 'a key', 'holds white space'],
    ['a tab within', 'a\tkey', 'holds white space'],
    ['a soft hyphen', 'a\u00adkey', 'holds white space'],
    ['a control character', 'a\u0007key', 'holds a control character'],
    ['double quotes', '"a-key"', 'has quotes around it: expected the text between them'],
    ['single quotes', "'a-key'", 'has quotes around it: expected the text between them'],
    ['a typographer’s quotes', '“a-key”', 'has quotes around it: expected the text between them'],
    ['a line of a shell', 'export THEDEX_API_KEY=a-key', 'is a line NAME=value: expected the value alone'],
    ['a line of a .env', 'THEDEX_API_KEY=a-key', 'is a line NAME=value: expected the value alone'],
    ['a line of an .ini', 'api_key = a-key', 'is a line NAME=value: expected the value alone'],
    ['a header', 'X-EX-APIKEY: a-key', 'is a line "Header: value": expected the value alone'],
    ['a header without a blank', 'X-EX-APIKEY:a-key', 'is a line "Header: value": expected the value alone'],
    ['a line of YAML', 'api_key: a-key', 'is a line "Header: value": expected the value alone'],
    ['a variable', '${API_KEY}', 'holds a variable such as ${NAME} that nothing has expanded'],
    ['a variable within', 'a${X:-key}', 'holds a variable such as ${NAME} that nothing has expanded'],
    ['a template', '{{secret}}', 'holds a variable such as ${NAME} that nothing has expanded'],
  ];
  for (const [name, content, mistake] of mistakes) {
    it(`are refused with ${name}, from a file and from a variable`, async () => {
      const path = scratch.write('bad', content);
      for (const kind of ['api', 'secret'] as const) {
        const word = kind === 'api' ? 'API key' : 'secret key';
        const variable = kind === 'api' ? 'THEDEX_API_KEY' : 'THEDEX_SECRET_KEY';
        const flags = { 'thedex.api-key-file': apiKeyFile, 'thedex.secret-key-file': secretKeyFile };
        const flag = `thedex.${kind}-key-file`;
        const told = await problemsOf({ flags: { ...flags, [flag]: path }, env: {} });
        expect(told).to.deep.equal([`--${flag}: the ${word} in ${path} ${mistake}`]);
        if (/^\n|\n$|\ufeff/.test(content)) continue;
        const env = { THEDEX_API_KEY: 'k', THEDEX_SECRET_KEY: 's', [variable]: content };
        expect(await problemsOf({ flags: {}, env })).to.deep.equal([`${variable}: the ${word} ${mistake}`]);
      }
    });
  }

  it('are taken in every form that keys have', async () => {
    const forms = [
      '9f8e7d6c',
      'c2VjcmV0==',
      'ab+/c2VjcmV0=',
      'a_b-c.d',
      '123:ABC',
      'sk_live:x',
      'a$b',
      'p@ss%',
      'a=',
      '=a',
    ];
    for (const text of forms) {
      expect(await keysOf({ flags: {}, env: { THEDEX_API_KEY: text, THEDEX_SECRET_KEY: 'other' } })).to.deep.equal([
        text,
        'other',
      ]);
    }
  });

  it('hold only what a header can carry, where they travel in one', async () => {
    const env = { THEDEX_API_KEY: 'a€', THEDEX_SECRET_KEY: 'b€' };
    expect(await problemsOf({ flags: {}, env })).to.deep.equal([
      'THEDEX_API_KEY: the API key holds a character that cannot stand in an HTTP header',
    ]);
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
      ['api_key', 'there is no such file'],
      ['9f8e7d6c5b4a', 'there is no such file'],
      [`/absent/${'a-'.repeat(30)}`, 'there is no such file'],
      [join(scratch.path, 'a'.repeat(40)), 'there is no such file'],
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
    for (const pasted of [
      '9f8e7d6c5b4a39281706f5e4d3',
      'c2VjcmV0K2tleSBvZiBhIGtpbmQ=',
      `ab/${'c2VjcmV0'.repeat(5)}==`,
    ]) {
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

describe('keys that are rotated', () => {
  const scratch = useScratch();
  let nowMs = 0;
  let lines: string[] = [];
  const log = createLogger({ level: 'debug', format: 'logfmt', write: (line) => lines.push(line) });
  beforeEach(() => {
    nowMs = Date.now();
    lines = [];
  });

  async function open(folder: string): Promise<KeySource> {
    const origin = (kind: 'API key' | 'secret key', name: string) => {
      return { kind, where: 'HERE', path: join(folder, name), written: name };
    };
    const origins = { apiKey: origin('API key', 'api_key'), secretKey: origin('secret key', 'secret_key') };
    const findings = new Findings();
    const keys = await openKeys(origins, 'main', findings, () => nowMs);
    findings.throwIfAny();
    return keys!;
  }
  function folderWith(name: string, apiKey: string, secretKey: string): string {
    const folder = join(scratch.path, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'api_key'), apiKey);
    writeFileSync(join(folder, 'secret_key'), secretKey);
    return folder;
  }
  const later = async (keys: KeySource, ms = LOOK_AT_MOST_EVERY_MS) => {
    nowMs += ms;
    const pair = await keys.refresh(log);
    expect(pair).to.equal(keys.pair);
    return revealed(keys);
  };

  it('are in force from the first look after their change, which comes every ten seconds at most', async () => {
    const folder = folderWith('plain', 'api-1', 'secret-1');
    const keys = await open(folder);
    folderWith('plain', 'api-2', 'secret-2');
    expect(await later(keys, LOOK_AT_MOST_EVERY_MS - 1)).to.deep.equal(['api-1', 'secret-1']);
    expect(await later(keys, 1)).to.deep.equal(['api-2', 'secret-2']);
    expect(lines.join('')).to.match(/msg="Keys renewed" account=main\n$/);
    expect(lines.join('')).to.not.match(/api-|secret-/);
  });

  it('are followed through the links that Kubernetes swaps', async () => {
    const folder = join(scratch.path, 'mounted');
    folderWith('mounted/..one', 'api-1', 'secret-1');
    folderWith('mounted/..two', 'api-1', 'secret-2');
    symlinkSync('..one', join(folder, '..data'));
    for (const name of ['api_key', 'secret_key']) symlinkSync(`..data/${name}`, join(folder, name));
    const keys = await open(folder);
    symlinkSync('..two', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    expect(await later(keys)).to.deep.equal(['api-1', 'secret-2']);
  });

  it('stay as they were while one half cannot be read or used, which is logged once', async () => {
    const folder = folderWith('half', 'api-1', 'secret-1');
    const keys = await open(folder);
    rmSync(join(folder, 'secret_key'));
    writeFileSync(join(folder, 'api_key'), 'api-2');
    expect(await later(keys)).to.deep.equal(['api-1', 'secret-1']);
    expect(await later(keys)).to.deep.equal(['api-1', 'secret-1']);
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.contain(
      'level=error msg="Keys not renewed, the old ones stay in force" account=main err="HERE: cannot',
    );
    writeFileSync(join(folder, 'secret_key'), '"secret-2"');
    expect(await later(keys)).to.deep.equal(['api-1', 'secret-1']);
    writeFileSync(join(folder, 'secret_key'), 'secret-2');
    expect(await later(keys)).to.deep.equal(['api-2', 'secret-2']);
    expect(lines).to.have.lengthOf(3);
    expect(lines.join('')).to.not.match(/api-\d|secret-\d/);
  });

  it('are never a new half beside an old one while both files are swapped in turn', async () => {
    const folder = folderWith('turn', 'api-1', 'secret-1');
    nowMs -= LOOK_AT_MOST_EVERY_MS;
    const keys = await open(folder);
    writeFileSync(join(folder, 'api_key'), 'api-2');
    expect(await later(keys)).to.deep.equal(['api-1', 'secret-1']);
    writeFileSync(join(folder, 'secret_key'), 'secret-2');
    expect(await later(keys, PAIR_SETTLES_WITHIN_MS)).to.deep.equal(['api-2', 'secret-2']);
  });

  it('may change in one half alone', async () => {
    const folder = folderWith('alone', 'api-1', 'secret-wrong');
    nowMs -= LOOK_AT_MOST_EVERY_MS;
    const keys = await open(folder);
    writeFileSync(join(folder, 'secret_key'), 'secret-right');
    expect(await later(keys)).to.deep.equal(['api-1', 'secret-wrong']);
    // The file was written some time after the clock of this test was set.
    expect(await later(keys, 2 * PAIR_SETTLES_WITHIN_MS)).to.deep.equal(['api-1', 'secret-right']);
  });

  it('are looked for after the clock was set back', async () => {
    const folder = folderWith('clock', 'api-1', 'secret-1');
    const keys = await open(folder);
    folderWith('clock', 'api-2', 'secret-2');
    expect(await later(keys, -3_600_000)).to.deep.equal(['api-2', 'secret-2']);
  });

  it('are not renewed by a file that was only touched', async () => {
    const keys = await open(folderWith('touched', 'api-1', 'secret-1'));
    folderWith('touched', 'api-1', 'secret-1');
    expect(await later(keys)).to.deep.equal(['api-1', 'secret-1']);
    expect(lines).to.deep.equal([]);
  });
});
