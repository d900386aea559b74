import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The program as it is published; `npm run build` makes it. */
export const BIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How long the program may take from its start until it listens, in milliseconds; a busy machine needs seconds. */
const LISTENING_WITHIN_MS = 20_000;
/** The program itself gives scrapes in flight 10 seconds. */
const STOP_WITHIN_MS = 15_000;
const LISTENING = /\bListening"?[\s,].*?\baddress"?[=:]"?([^"\s]+)["\s]/g;

export interface ExporterOptions {
  /** Flags besides `--web.listen-address`, which is a free loopback port unless it is among them. */
  readonly args?: readonly string[];
  /** The whole environment but for `PATH`: what the tests run in does not leak in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What to start instead of the built program on this Node.js, such as the program that an installation left. */
  readonly command?: string;
}

export interface RunningExporter {
  /** Where it listens, without a slash at the end; the first of several addresses. */
  readonly url: string;
  /** Every address that it has said it listens on. */
  addresses(): readonly string[];
  readonly pid: number;
  /** Everything that it has written so far, standard output and standard error together. */
  output(): string;
  /** Resolves with the exit code when it has ended of itself or by a signal from elsewhere; -1 for a killed one. */
  readonly exited: Promise<number>;
  /** Sends a signal without waiting for anything, such as `SIGHUP`. */
  signal(name: NodeJS.Signals): void;
  /** Asks it to end, SIGTERM unless told otherwise, and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number>;
}

/** How a run of the program ended that was meant to end of itself. */
export interface FinishedRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the built program as a child and resolves when it listens. It is killed with this process at the latest.
 *
 * @throws Error with all that it wrote if it ends, or does not listen in time
 */
export async function startExporter({ args = [], ...options }: ExporterOptions = {}): Promise<RunningExporter> {
  const listens = args.some((arg) => arg.startsWith('--web.listen-address') || arg === '--web.systemd-socket');
  const child = run({ ...options, args: [...(listens ? [] : ['--web.listen-address=127.0.0.1:0']), ...args] });
  await waitUntilListening(child);
  const addresses = () => [...child.output().matchAll(LISTENING)].map(([, address = '']) => address);
  return {
    url: addresses()[0] ?? '',
    addresses,
    pid: child.process.pid ?? 0,
    output: child.output,
    exited: child.exited,
    signal: (name) => void child.process.kill(name),
    stop: async (signal = 'SIGTERM') => {
      const killer = setTimeout(() => child.process.kill('SIGKILL'), STOP_WITHIN_MS);
      child.process.kill(signal);
      const code = await child.exited;
      clearTimeout(killer);
      return code;
    },
  };
}

/** Runs the built program to its end, as for `--version` or a mistake in the configuration. */
export async function runBin(options: ExporterOptions = {}): Promise<FinishedRun> {
  const child = run(options);
  const killer = setTimeout(() => child.process.kill('SIGKILL'), LISTENING_WITHIN_MS);
  const code = await child.exited;
  clearTimeout(killer);
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}

interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly exited: Promise<number>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly output: () => string;
}

function run({ args = [], env = {}, cwd, command }: ExporterOptions): Child {
  if (!existsSync(BIN)) throw new Error(`${BIN} is not there: npm run build makes it`);
  const [file, before] = command === undefined ? [process.execPath, [BIN]] : [command, []];
  const child = spawn(file, [...before, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '', all: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      text.all += chunk;
    });
  }
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  // `close` and not `exit`: all that it wrote has been read by then.
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      process.removeListener('exit', killWithUs);
      resolve(code ?? -1);
    });
  });
  return {
    process: child,
    exited,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    output: () => text.all,
  };
}

/** The port is chosen by the kernel, so that no two tests can meet; the log is the only place that names it. */
function waitUntilListening({ process: child, exited, output }: Child): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`the exporter ${what}:\n${output()}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`did not listen within ${LISTENING_WITHIN_MS} ms`);
    }, LISTENING_WITHIN_MS);
    const look = () => {
      if (output().search(LISTENING) < 0) return;
      clearTimeout(timer);
      child.stdout.off('data', look);
      child.stderr.off('data', look);
      resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    exited.then(
      (code) => {
        clearTimeout(timer);
        fail(`ended with ${code} before it listened`);
      },
      (error: unknown) => {
        clearTimeout(timer);
        fail(`could not be started: ${String(error)}`);
      },
    );
  });
}
