// The exporter on the sandbox, and, where Prometheus is installed, a Prometheus beside it: `npm run demo`.
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { adaptPrometheusConfig } from './adapt-prometheus-config.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_WITHIN_MS = 60_000;
const KILL_AFTER_MS = 12_000;

/** Seldom enough to read along, often enough that a graph begins to show something within a minute. */
const INTERVAL = '5s';
/** So that alerts and the bars of the page have something to compare with. */
const THRESHOLDS = 'thresholds: {USDT_TRON: 5000, BTC_BITCOIN: "0.2"}\nvalue_thresholds: {USD: 20000}\n';

/** A program of the demo. */
interface Program {
  readonly name: string;
  readonly child: ChildProcess;
}

const folder = mkdtempSync(join(tmpdir(), 'thedex-demo-'));
const programs: Program[] = [];
let ending: Promise<void> | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void end('Ending the demo.', 0));
process.once('exit', () => {
  for (const { child } of programs) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

try {
  await demonstrate();
} catch (error) {
  await end((error as Error).message, 1);
}

async function demonstrate(): Promise<void> {
  const ports = { exporter: await freePort(10055), sandbox: await freePort(10056), prometheus: await freePort(9090) };
  const exporter = `http://127.0.0.1:${ports.exporter}`;
  startExporter(ports.exporter, ports.sandbox);
  await waitUntilReady(exporter, 'thedex-exporter');
  const prometheus = findProgram('prometheus');
  if (prometheus !== undefined) {
    startPrometheus(prometheus, ports);
    await waitUntilReady(`http://127.0.0.1:${ports.prometheus}`, 'Prometheus');
  }
  const graph = `http://127.0.0.1:${ports.prometheus}/graph?g0.expr=thedex_balance&g0.tab=0&g0.range_input=15m`;
  print([
    '',
    'The demo is running; all money in it is invented.',
    '',
    `  The exporter     ${exporter}/`,
    `  Its metrics      ${exporter}/metrics`,
    prometheus === undefined
      ? '  Prometheus       not on the PATH, so none was started'
      : `  Prometheus       ${graph} (prometheus.yml, with ${INTERVAL} for all intervals)`,
    `  The sandbox      http://127.0.0.1:${ports.sandbox}/control`,
    '',
    'Rehearse an incident, and end it again (docs/sandbox.md lists all of them):',
    '',
    `  curl -X POST http://127.0.0.1:${ports.sandbox}/control/revoked-key`,
    `  curl -X POST http://127.0.0.1:${ports.sandbox}/control/normal`,
    '',
    'Ctrl-C ends everything.',
    '',
  ]);
}

function startExporter(port: number, sandboxPort: number): void {
  const configFile = join(folder, 'thresholds.yml');
  writeFileSync(configFile, THRESHOLDS);
  const flags = [
    '--sandbox',
    `--sandbox.port=${sandboxPort}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--config.file=${configFile}`,
    '--collector.rates',
    '--collector.payout-limits',
  ];
  start('thedex-exporter', process.execPath, [join(ROOT, 'dist/main.js'), ...flags]);
}

function startPrometheus(binary: string, ports: { exporter: number; prometheus: number }): void {
  const bundled = readFileSync(join(ROOT, 'prometheus.yml'), 'utf8');
  const adapted = adaptPrometheusConfig(bundled, { exporter: `127.0.0.1:${ports.exporter}`, interval: INTERVAL });
  writeFileSync(join(folder, 'prometheus.yml'), adapted);
  cpSync(join(ROOT, 'alerts'), join(folder, 'alerts'), { recursive: true });
  start('Prometheus', binary, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
    '--log.level=warn',
  ]);
}

function start(name: string, command: string, args: readonly string[]): void {
  // In a process group of its own, because Ctrl-C in a terminal reaches the whole group, and a second signal, the one
  // from here, would end the exporter before its scrapes in flight are answered.
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  programs.push({ name, child });
  child.once('error', (error) => void end(`${name} could not be started: ${error.message}`, 1));
  child.once('exit', (code, signal) => void end(`${name} ended unexpectedly (${signal ?? `status ${code}`}).`, 1));
}

/** Ends all programs, then this one; the first reason counts. */
function end(reason: string, status: number): Promise<void> {
  ending ??= (async () => {
    print(['', reason]);
    await Promise.all(programs.map(({ child }) => endProgram(child)));
    process.exit(status);
  })();
  return ending;
}

async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await exited;
  clearTimeout(killer);
}

async function waitUntilReady(url: string, name: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(`${url}/-/ready`))) {
    // Whoever ended unexpectedly has said so, and ends this process.
    if (ending !== undefined) await ending;
    if (Date.now() > deadline) throw new Error(`${name} was not ready within ${READY_WITHIN_MS / 1000} s.`);
    await delay(50);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** The port if nothing listens on it, or another one. */
async function freePort(preferred: number): Promise<number> {
  try {
    return await tryPort(preferred);
  } catch {
    return tryPort(0);
  }
}

function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: got } = server.address() as AddressInfo;
      server.close(() => resolve(got));
    });
  });
}

function findProgram(name: string): string | undefined {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, name));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
