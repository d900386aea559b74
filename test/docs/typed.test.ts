import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BIN, startExporter, type RunningExporter } from '../support/bin.ts';
import { useScratch } from '../support/scratch.ts';
import { requireTool } from '../support/tools.ts';

interface Typed {
  readonly status: number;
  readonly output: string;
}

/** The command lines of a page's block that holds a text, with continued lines joined. */
function linesOf(page: string, text: string): string[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  const block = blocks.find((each) => each.includes(text));
  if (block === undefined) throw new Error(`${page} has no block with ${text}`);
  return block
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '');
}

describe('the commands of the documentation, typed one after another', () => {
  const scratch = useScratch();
  let bash: string;
  let sandbox: RunningExporter;
  let sandboxUrl: string;
  let keys: Record<string, string>;

  before(async function () {
    bash = requireTool(this, 'bash');
    // What an installation puts on the PATH, and npx for whoever has not installed it.
    mkdirSync(join(scratch.path, 'bin'));
    const run = `exec '${process.execPath}' '${BIN}' "$@"`;
    putOnPath('thedex-exporter', run);
    putOnPath('npx', `[ "$1" = thedex-exporter ] || exit 64\nshift\n${run}`);
    sandbox = await startExporter({ args: ['--sandbox', '--sandbox.show-keys'] });
    const found = /^export THEDEX_URL=(\S+) THEDEX_API_KEY=(\S+) THEDEX_SECRET_KEY=(\S+)$/m.exec(sandbox.output());
    const [, url = '', apiKey = '', secretKey = ''] = found ?? [];
    sandboxUrl = url;
    keys = { api_key: apiKey, secret_key: secretKey };
  });
  after(() => sandbox?.stop());

  function putOnPath(name: string, script: string): void {
    const file = scratch.write(join('bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  function folder(name: string): string {
    const path = join(scratch.path, name);
    mkdirSync(path);
    return path;
  }

  /** Types a line as a user does, and then what is asked for on the keyboard. */
  function type(line: string, cwd: string, { env = {}, keyboard = '' } = {}): Promise<Typed> {
    const PATH = `${join(scratch.path, 'bin')}:${process.env['PATH']}`;
    return new Promise((resolve) => {
      const child = execFile(bash, ['-c', line], { cwd, env: { PATH, ...env } }, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : Number(error.code), output: `${line}\n${stdout}${stderr}` });
      });
      child.stdin?.end(keyboard);
    });
  }

  async function typeAll(lines: readonly string[], cwd: string, options = {}): Promise<string> {
    let all = '';
    for (const line of lines) {
      const { status, output } = await type(line, cwd, options);
      expect(status, output).to.equal(0);
      all += output;
    }
    return all;
  }

  /** Types the lines that ask for a key on the keyboard, and pastes it. */
  async function pasteKeys(lines: readonly string[], cwd: string): Promise<void> {
    for (const line of lines) {
      const name = / ?>\s?(\w+)\)?$/.exec(line)?.[1] ?? '';
      const { status, output } = await type(line, cwd, { keyboard: `${keys[name]}\n` });
      expect(status, output).to.equal(0);
      expect(statSync(join(cwd, name)).mode & 0o777, name).to.equal(0o600);
    }
  }

  for (const [page, text] of [
    ['README.md', '(umask 077; cat >api_key)'],
    ['docs/getting-started.md', '(umask 077; cat >api_key)'],
    ['docs/permissions.md', '> api_key'],
  ] as const) {
    it(`${page}: make key files, with which a probe and the exporter read the balances`, async () => {
      const cwd = folder(page.replace('/', '-'));
      await pasteKeys(
        linesOf(page, text).filter((line) => line.includes('cat')),
        cwd,
      );
      const asking = page === 'docs/permissions.md' ? 'docs/getting-started.md' : page;
      const probe = linesOf(asking, 'probe --thedex').find((line) => line.includes('probe')) ?? '';
      expect(await typeAll([probe], cwd, { env: { THEDEX_URL: sandboxUrl } })).to.include('USDT_TRON');
      const start = linesOf(asking, 'npx thedex-exporter --thedex.api-key-file').at(-1) ?? '';
      const args = start.split(' ').slice(2);
      const exporter = await startExporter({ args, cwd, env: { THEDEX_URL: sandboxUrl } });
      const metrics = await (await fetch(`${exporter.url}/metrics`)).text();
      expect(await exporter.stop()).to.equal(0);
      expect(metrics).to.match(/^thedex_up 1$/m);
    });
  }

  it('docs/permissions.md: move new keys into place', async () => {
    const cwd = folder('rotation');
    for (const name of ['new_api_key', 'new_secret_key']) writeFileSync(join(cwd, name), name);
    const lines = linesOf('docs/permissions.md', 'new_api_key').map((line) => line.replaceAll('/run/secrets', cwd));
    await typeAll(lines, cwd);
    for (const name of ['api_key', 'secret_key']) {
      expect(readFileSync(join(cwd, name), 'utf8')).to.equal(`new_${name}`);
      expect(statSync(join(cwd, name)).mode & 0o777).to.equal(0o600);
    }
  });

  it('docs/getting-started.md, docs/alerts.md: write everything into a folder, and check what was written', async function () {
    const promtool = requireTool(this, 'promtool');
    requireTool(this, 'amtool');
    const cwd = folder('exported');
    const [write = '', start = ''] = linesOf('docs/getting-started.md', 'export thedex');
    await typeAll([write], cwd);
    const file = /--config\.file=(\S+)/.exec(start)?.[1] ?? '';
    await typeAll([`'${promtool}' check config ${file}`], cwd);
    const [rules = ''] = linesOf('docs/alerts.md', 'promtool check rules');
    await typeAll([rules, ...linesOf('docs/alerts.md', 'amtool check-config')], join(cwd, 'thedex/alerts'));
  });

  it('docs/multi-account.md: check a file before it is in force', async () => {
    const cwd = folder('accounts');
    const [, example = ''] =
      /```yaml\n(# accounts\.yml, .*?)```/s.exec(readFileSync('docs/multi-account.md', 'utf8')) ?? [];
    writeFileSync(join(cwd, 'accounts.yml'), example);
    mkdirSync(join(cwd, 'secrets'));
    for (const [, name = ''] of example.matchAll(/secrets\/(\w+)/g))
      writeFileSync(join(cwd, 'secrets', name), `k-${name}`);
    const output = await typeAll(linesOf('docs/multi-account.md', '--config.check'), cwd);
    expect(output).to.include('shop').and.include('games');
  });

  it('docs/proxy.md: set a proxy that the program takes', async () => {
    const exports = linesOf('docs/proxy.md', 'HTTPS_PROXY');
    await typeAll([[...exports, 'thedex-exporter --sandbox --config.check'].join('\n')], scratch.path);
  });

  it('docs/tls-and-passwords.md: make a certificate that the program serves with', async function () {
    requireTool(this, 'openssl');
    const cwd = folder('tls');
    await typeAll(linesOf('docs/tls-and-passwords.md', 'openssl req'), cwd);
    writeFileSync(join(cwd, 'web.yml'), 'tls_server_config: { cert_file: server.crt, key_file: server.key }\n');
    await typeAll(['thedex-exporter --sandbox --web.config.file=web.yml --config.check'], cwd);
  });

  it('docs/sandbox.md: control a sandbox, whose state the exporter shows', async function () {
    requireTool(this, 'curl');
    const page = 'docs/sandbox.md';
    const control = new URL(sandboxUrl).host;
    const up = async (): Promise<string | undefined> =>
      /^thedex_up (\d)$/m.exec(await (await fetch(`${sandbox.url}/metrics`)).text())?.[1];
    for (const [text, during] of [
      ['control/revoked-key', '0'],
      ['control/down', '0'],
      ["drain/USDT_TRON?minutes=10'", '1'],
    ] as const) {
      const lines = linesOf(page, text).map((line) => line.replaceAll('127.0.0.1:10056', control));
      const [begin = '', end = `curl -X POST http://${control}/control/normal`] = lines;
      await typeAll([begin.replace('curl', 'curl --fail')], scratch.path);
      expect(await up(), begin).to.equal(during);
      await typeAll([end.replace('curl', 'curl --fail')], scratch.path);
      expect(await up(), end).to.equal('1');
    }
  });
});
