import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { requireNode, type NodeLine } from './package/node-lines.ts';
import { BIN, runBin } from './support/bin.ts';

/** Lines of Node.js that people still have. */
const OLD_NODE_LINES: readonly NodeLine[] = [
  {
    version: '16.20.2',
    sha512: 'oxOhUQeRI8VP2S933KzppWoQTXE/bhs3rskxrAXQA0xfIoy+WqVx47oe6upUsCqORfvAHcbdf9k+1iFyZnceqQ==',
  },
  {
    version: '18.20.8',
    sha512: 'JWUTwZ9vMOjZXMtiBc74OZn12DXb4skKfY4Nlyc17Ss8BTaxjwkXAw6xZb0Ck5afUYU/neBbrHjo9O3baF34ww==',
  },
];

const KEYS = { THEDEX_API_KEY: 'AKEY-2c9d41f0', THEDEX_SECRET_KEY: 'SKEY-77ab03e9' };

describe('the program, told something wrong', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thedex-mistakes-'));
  });
  after(() => rm(folder, { recursive: true }));

  const mistakes: Record<string, { args: string[]; env?: Record<string, string>; line: RegExp }> = {
    'no account': { args: [], line: /^thedex-exporter: no account: give the keys by .*thedex-exporter --sandbox$/ },
    'a key as a flag': {
      args: ['--thedex.api-key=AKEY-2c9d41f0'],
      line: /^thedex-exporter: unknown flag --thedex\.api-key; keys are given by file/,
    },
    'a duration without a unit': {
      args: ['--thedex.timeout=10'],
      env: KEYS,
      line: /^thedex-exporter: --thedex\.timeout: expected a duration .* got "10"$/,
    },
    'http to another host': {
      args: ['--thedex.url=http://gateway.example'],
      env: KEYS,
      line: /^thedex-exporter: --thedex\.url: http: to another host/,
    },
    'an empty key': {
      args: [],
      env: { ...KEYS, THEDEX_API_KEY: '' },
      line: /^thedex-exporter: THEDEX_API_KEY: the API key is empty$/,
    },
    'a proxy that is no URL': {
      args: [],
      env: { ...KEYS, HTTPS_PROXY: 'nonsense:SKEY-77ab03e9' },
      line: /^thedex-exporter: HTTPS_PROXY: expected the URL of a proxy/,
    },
    'systemd sockets without systemd': {
      args: ['--web.systemd-socket'],
      env: KEYS,
      line: /^thedex-exporter: --web\.systemd-socket: expected sockets from systemd/,
    },
  };
  for (const [name, { args, env = {}, line }] of Object.entries(mistakes)) {
    it(`${name}: one line, status 1, no stack and no key`, async () => {
      const { code, stdout, stderr } = await runBin({ args, env });
      expect(code).to.equal(1);
      expect(stdout).to.equal('');
      const lines = stderr.split('\n').filter((each) => each.startsWith('thedex-exporter: '));
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(line);
      expect(stderr).not.to.match(/\n\s+at /);
      for (const key of Object.values(KEYS)) expect(stderr).not.to.include(key);
    });
  }

  it('a taken port: one line and status 1', async () => {
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { code, stderr } = await runBin({ args: [`--web.listen-address=${address}`], env: KEYS });
    other.close();
    expect(code).to.equal(1);
    expect(stderr).to.include(
      `thedex-exporter: --web.listen-address: cannot listen on ${address}: the address is in use by another process\n`,
    );
  });

  it('several things at once: all of them, whichever step of the start would find them', async () => {
    const web = join(folder, 'open.yml');
    await writeFile(web, 'basic_auth_userz: {}\n');
    const wrong = {
      args: [`--web.config.file=${web}`, '--web.listen-address=192.0.2.1:10055', '--thedex.timeout=10'],
      places: ['--thedex.timeout: ', `${web}:1: `, '--web.listen-address: '],
    };
    // Without the first, the web configuration is found first; without that, the address.
    for (const [args, places] of [
      [wrong.args, wrong.places],
      [wrong.args.slice(0, 2), wrong.places.slice(1)],
      [wrong.args.slice(1, 2), wrong.places.slice(2)],
    ] as const) {
      const { code, stderr } = await runBin({ args, env: KEYS });
      expect(code).to.equal(1);
      const told = stderr.split('\n').filter((line) => line.startsWith('thedex-exporter: '));
      expect(told, stderr).to.have.length(places.length);
      for (const place of places) expect(stderr).to.include(`thedex-exporter: ${place}`);
      const checked = await runBin({ args: ['--config.check', ...args], env: KEYS });
      expect(checked.stderr.split('\n').toSorted()).to.deep.equal([...told, ''].toSorted());
    }
  });

  describe('with --config.check', () => {
    it('says that all is well, with status 0', async () => {
      const { code, stdout } = await runBin({ args: ['--config.check'], env: KEYS });
      expect(code).to.equal(0);
      expect(stdout).to.match(/^The configuration is valid\.\n {2}accounts +0\n/);
    });
    it('says everything that is wrong, with status 1', async () => {
      const file = join(folder, 'accounts.yml');
      await writeFile(file, 'accounts:\n  main:\n    api_key_file: key\n    colour: red\nthreshold: {}\n');
      const { code, stderr } = await runBin({ args: ['--config.check', `--config.file=${file}`] });
      expect(code).to.equal(1);
      expect(stderr).to.include(`${file}:4: accounts.main.colour`).and.include(`${file}:5: threshold`);
    });
    it('checks the web configuration too', async () => {
      const file = join(folder, 'web.yml');
      await writeFile(file, 'basic_auth_users:\n  alice: plaintext\n');
      const { code, stderr } = await runBin({ args: ['--config.check', `--web.config.file=${file}`], env: KEYS });
      expect(code).to.equal(1);
      expect(stderr)
        .to.match(/web\.yml:2: basic_auth_users\.alice: expected/)
        .and.not.include('plaintext');
    });
  });

  it('a Node.js that is too old: one line that names the needed one, and status 1', async function () {
    this.timeout(180_000);
    for (const line of OLD_NODE_LINES) {
      const node = join(await requireNode(this, line), 'node');
      const { code, stdout, stderr } = await runBin({ command: node, args: [BIN, '--sandbox'] });
      expect([code, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.equal(`thedex-exporter: Node.js 20.19 or later is needed, this is v${line.version}\n`);
    }
  });

  it('--help and --version print and end with 0', async () => {
    const help = await runBin({ args: ['--help'] });
    expect([help.code, help.stderr]).to.deep.equal([0, '']);
    expect(help.stdout).to.include('--thedex.api-key-file').and.include('THEDEX_API_KEY_FILE');
    const version = await runBin({ args: ['--version'] });
    expect(version.code).to.equal(0);
    expect(version.stdout).to.match(/^thedex-exporter, version \d+\.\d+\.\d+ \(revision: \S+\)\n/);
  });
});
