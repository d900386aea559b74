import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

/** What Linux counts CPU time in for /proc, on every platform that Node.js runs on. */
const TICKS_PER_SECOND = 100;
const KILL_AFTER_MS = 3_000;

/** A child of the benchmark. */
export interface Child {
  readonly pid: number;
  /** What it has written, for the case that it fails. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts a program; it is killed with this process at the latest. */
export function startChild(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Child {
  const child = spawn(command, args, { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  let text = '';
  const keep = (chunk: string) => {
    text = (text + chunk).slice(-10_000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.once('error', (error) => keep(error.message));
  return {
    pid: child.pid ?? 0,
    output: () => text,
    stop: async () => {
      process.removeListener('exit', killWithUs);
      await end(child);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await ended;
  clearTimeout(killer);
}

/**
 * CPU time of a process since its start, in seconds: of its living threads exact to nanoseconds, by the kernel's scheduler,
 * and of those that have ended, as Python's do, to a hundredth.
 */
export function cpuSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const living = threads.reduce((sum, thread) => sum + threadSeconds(pid, thread), 0);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const all = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  return all - living > MOST_ROUNDING_SECONDS * threads.length ? all : living;
}

// Each thread's ticks may be rounded by one, in user and in system time.
const MOST_ROUNDING_SECONDS = 0.02;

function threadSeconds(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  } catch {
    // It has ended since it was listed.
    return 0;
  }
}

/** How many descriptors a process has open. */
export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The most resident memory that a process has had, in bytes. */
export function peakBytes(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

/** A port of loopback on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
