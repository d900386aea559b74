import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChild, type Child } from './processes.ts';
import { Scraper } from './scraper.ts';

/** Accounts of each contender; as many scrapers ask at once. */
export const ACCOUNT_COUNT = 10;
/** The path of an account's page, for all contenders. */
export const accountPath = (index: number) => `/probe?target=account${index}`;

/** A program that is measured. */
export interface Contender {
  readonly name: ContenderName;
  /** Starts it on a port; it reads balances of the gateway at the URL, which ends with a slash. */
  start(port: number, gateway: string): Child;
}
export const CONTENDER_NAMES = ['ours', 'limit', 'floor', 'go', 'python'] as const;
export type ContenderName = (typeof CONTENDER_NAMES)[number];

const READY_WITHIN_MS = 20_000;
const pathOf = (name: string) => fileURLToPath(new URL(`servers/${name}`, import.meta.url));

/** The exporter as it is built, with what is on by default, and keys for ten accounts. */
export function ours(node: string, bin: string): Contender {
  const configFile = writeAccounts(ACCOUNT_COUNT);
  return { name: 'ours', start: (port, gateway) => startOurs({ node, bin, configFile }, port, gateway) };
}

/** The exporter with a configuration file, and a default account besides. */
export function startOurs(
  { node, bin, configFile }: { node: string; bin: string; configFile: string },
  port: number,
  gateway: string,
): Child {
  const flags = [`--thedex.url=${gateway}`, `--web.listen-address=127.0.0.1:${port}`, `--config.file=${configFile}`];
  return startChild(node, [bin, ...flags], { THEDEX_API_KEY: 'api-key-0', THEDEX_SECRET_KEY: 'secret-key-0' });
}

/** One of the programs in `servers`, all of which take the same words. */
export function server(name: ContenderName, command: readonly [string, ...string[]]): Contender {
  const [program, ...words] = command;
  return {
    name,
    start: (port, gateway) => startChild(program, [...words, String(port), gateway, String(ACCOUNT_COUNT)], {}),
  };
}

/** The programs that this machine can run; what it cannot is said loudly. */
export function findContenders(node: string, bin: string): Contender[] {
  const found = [
    ours(node, bin),
    server('limit', [node, pathOf('limit.mjs')]),
    server('floor', [node, pathOf('floor.mjs')]),
  ];
  process.stderr.write("building Go's program\n");
  const go = buildGo();
  if (go === undefined) warn('Go', 'golang-go and golang-github-prometheus-client-golang-dev');
  else found.push(server('go', [go]));
  const python = PYTHONS.find((each) => succeeds(each, ['-c', 'import prometheus_client']));
  if (python === undefined) warn('Python', 'python3-prometheus-client');
  else found.push(server('python', [python, pathOf('python-client.py')]));
  return found;
}

/** Debian's own, which sees Debian's python3-prometheus-client, before whatever comes first in PATH. */
const PYTHONS = ['/usr/bin/python3', 'python3'];
/** Where Debian puts the sources of Go packages. */
const GO_PATH = '/usr/share/gocode';

function buildGo(): string | undefined {
  const folder = temporaryFolder();
  const out = join(folder, 'go-client');
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_PATH };
  return succeeds('go', ['build', '-o', out, pathOf('go-client/main.go')], env) ? out : undefined;
}

function succeeds(command: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean {
  return spawnSync(command, words, { stdio: 'ignore', env }).status === 0;
}

function warn(language: string, packages: string): void {
  process.stderr.write(`*** NOT COMPARED with ${language}'s client: install ${packages} ***\n`);
}

/**
 * Resolves with the first good answer of a contender that was just started.
 * @throws Error with its output if there is none in time
 */
export async function firstAnswer(child: Child, port: number, metric = 'thedex_balance'): Promise<Buffer> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const scraper = new Scraper(port, '/metrics');
    try {
      const answer = await scraper.scrape();
      if (!answer.includes(`\n${metric}`))
        throw new Error(`an answer without ${metric}: ${answer.toString('utf8', 0, 1000)}`);
      return answer;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`no good answer: ${child.output()}`, { cause: error });
      await delay(2);
    } finally {
      scraper.close();
    }
  }
}

/** Writes a configuration file with so many accounts, which goes when the benchmark ends. */
export function writeAccounts(count: number): string {
  const folder = temporaryFolder();
  const lines = ['accounts:'];
  for (let index = 0; index < count; index += 1) {
    writeFileSync(join(folder, `api-key-${index}`), `api-key-${index}\n`, { mode: 0o600 });
    writeFileSync(join(folder, `secret-key-${index}`), `secret-key-${index}\n`, { mode: 0o600 });
    lines.push(`  account${index}: {api_key_file: api-key-${index}, secret_key_file: secret-key-${index}}`);
  }
  const file = join(folder, 'accounts.yml');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes when the benchmark ends. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'thedex-bench-'));
  folders.push(folder);
  return folder;
}
