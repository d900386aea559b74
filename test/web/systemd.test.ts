import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { systemdDescriptors } from '../../src/web/listen.ts';
import { until } from '../support/poll.ts';
import { useScratch } from '../support/scratch.ts';
import { requireTool } from '../support/tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Serves on what it was handed, says where, and drains on SIGTERM. */
const PROGRAM = `
  import { startServers } from './src/web/server.ts';
  const handler = (_request, response) => response.end('handed over');
  const common = { web: undefined, longestScrapeMs: 1000, log: { warn() {} } };
  try {
    const servers = await startServers({ handler, addresses: [], systemdSocket: true, ...common });
    process.on('SIGTERM', () => void servers.drain(0));
    console.log(servers.addresses.join());
  } catch (error) {
    console.log(error.name + ': ' + error.message);
  }
`;
const NODE = [process.execPath, '--import=tsx', '--input-type=module', `--eval=${PROGRAM}`];

describe('systemdDescriptors', () => {
  it('are those from 3 on', () =>
    expect(systemdDescriptors({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7)).to.deep.equal([3, 4]));

  for (const env of [
    {},
    { LISTEN_PID: '8', LISTEN_FDS: '1' },
    { LISTEN_PID: '7', LISTEN_FDS: '0' },
    { LISTEN_PID: '7', LISTEN_FDS: 'x' },
    { LISTEN_PID: '7', LISTEN_FDS: '9999999999' },
    { LISTEN_FDS: '1' },
  ]) {
    it(`are a mistake with ${JSON.stringify(env)}`, () =>
      expect(() => systemdDescriptors(env, 7)).to.throw('--web.systemd-socket: expected sockets'));
  }
});

describe('a server on the sockets of systemd', function () {
  this.timeout(60_000);
  const scratch = useScratch();
  const children: ChildProcess[] = [];

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  function run(command: readonly string[], fd?: number): { child: ChildProcess; said: () => string } {
    const [program = '', ...words] = command;
    const env = { PATH: process.env['PATH'] };
    const child = spawn(program, words, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'ignore', fd ?? 'ignore'] });
    children.push(child);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return { child, said: () => output.trim() };
  }

  function get(socketPath: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = http.get({ socketPath }, (response) => {
        response.once('data', (data) => resolve(String(data)));
      });
      request.on('error', reject);
    });
  }

  it('serves on a socket file, and leaves the file to systemd', async function () {
    const activate = requireTool(this, 'systemd-socket-activate');
    const path = join(scratch.path, 'handed.sock');
    const { child, said } = run([activate, `--listen=${path}`, ...NODE]);
    await until('the socket file', () => statSync(path, { throwIfNoEntry: false }) !== undefined);
    expect(await get(path)).to.equal('handed over');
    expect(said()).to.equal('fd://3');
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await exited).to.equal(0);
    expect(statSync(path).isSocket()).to.equal(true);
  });

  it('serves on several', async function () {
    const activate = requireTool(this, 'systemd-socket-activate');
    const paths = ['one.sock', 'two.sock'].map((name) => join(scratch.path, name));
    const { said } = run([activate, ...paths.map((path) => `--listen=${path}`), ...NODE]);
    await until('the socket files', () => paths.every((path) => statSync(path, { throwIfNoEntry: false })));
    for (const path of paths) expect(await get(path)).to.equal('handed over');
    expect(said()).to.equal('fd://3,fd://4');
  });

  it('tells in one line of a descriptor that is no socket', async () => {
    const fd = openSync('/dev/null', 'r');
    const { said } = run(['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh', ...NODE], fd);
    closeSync(fd);
    await until('what it says', () => said() !== '', 30_000);
    expect(said()).to.equal(
      'ConfigurationError: --web.systemd-socket: cannot listen on descriptor 3: it is no socket that takes connections',
    );
  });
});
