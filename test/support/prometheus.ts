import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

/** How long Prometheus may take from its start until it answers `/-/ready`, in milliseconds; a busy machine needs seconds. */
const READY_WITHIN_MS = 60_000;
/** How long Prometheus may take to write its head and go, in milliseconds, before it is killed. */
const STOP_WITHIN_MS = 10_000;
const POLL_EVERY_MS = 50;

/** Scrapes nothing and judges nothing: for a server that only answers from blocks made beforehand. */
const IDLE_CONFIG = 'global: {scrape_interval: 1m}\nscrape_configs: []\n';

export interface PrometheusOptions {
  /** The full path of the program; see `requireTool`. */
  readonly binary: string;
  /** The content of `prometheus.yml`; without it nothing is scraped. */
  readonly configText?: string;
  /** Files that the configuration names (rules, targets): path relative to `prometheus.yml` to content. */
  readonly files?: Readonly<Record<string, string>>;
  /** A folder with TSDB blocks; it is used as it is and left behind. Without it the data goes with the server. */
  readonly dataDir?: string;
  readonly flags?: readonly string[];
}

/** One series of an answer: its labels, and its samples as [seconds since the epoch, value], oldest first. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [time: number, value: number])[];
}

/** A range of a query, all in seconds; `start` and `end` since the epoch. */
export interface QueryRange {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export interface RunningPrometheus {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** What it has written to stderr so far. */
  log(): string;
  /** The `data` of any API path; throws with the server's message if it refuses. */
  get(path: string, parameters?: Readonly<Record<string, string | number>>): Promise<unknown>;
  /** An instant query, at `time` (seconds since the epoch) or now; a scalar is one series without labels. */
  query(expression: string, time?: number): Promise<Series[]>;
  queryRange(expression: string, range: QueryRange): Promise<Series[]>;
  stop(): Promise<void>;
}

type Process = ChildProcessByStdio<null, null, Readable>;

/**
 * Starts a real Prometheus on a free loopback port and resolves when it is ready to answer.
 * It is killed with this process at the latest, and its temporary folder goes with it.
 *
 * @throws Error with the server's log if it does not become ready
 */
export async function startPrometheus(options: PrometheusOptions): Promise<RunningPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  writeFiles(folder, { ...options.files, 'prometheus.yml': options.configText ?? IDLE_CONFIG });
  const child = spawn(options.binary, flagsFor(folder, options), { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
  const killWithUs = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', killWithUs);
  const log = collectLog(child);
  const stop = async (): Promise<void> => {
    await endProcess(child);
    process.removeListener('exit', killWithUs);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await waitUntilReady(child, log);
    return { url, log, stop, ...apiOf(url) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function flagsFor(folder: string, { dataDir, flags = [] }: PrometheusOptions): string[] {
  return [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${dataDir ?? join(folder, 'data')}`,
    '--storage.tsdb.retention.time=10y',
    '--web.listen-address=127.0.0.1:0',
    '--web.enable-lifecycle',
    ...flags,
  ];
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

function collectLog(child: Process): () => string {
  let text = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    text += chunk;
  });
  child.once('error', (error) => {
    text += `${error.message}\n`;
  });
  return () => text;
}

/** The port is chosen by the kernel, so that no two tests can meet; the log is the only place that names it. */
async function waitUntilReady(child: Process, log: () => string): Promise<string> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const address = /msg="Listening on".* address=(127\.0\.0\.1:\d+)/.exec(log())?.[1];
    if (address !== undefined && (await isReady(`http://${address}/-/ready`))) {
      return `http://${address}`;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_EVERY_MS);
    });
  }
  throw new Error(`Prometheus did not become ready:\n${log()}`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function endProcess(child: Process): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
    return;
  }
  const ended = once(child, 'exit');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(killer);
}

/** The query API of a server that speaks it, such as Prometheus. */
export function apiOf(url: string): Pick<RunningPrometheus, 'get' | 'query' | 'queryRange'> {
  const get: RunningPrometheus['get'] = async (path, parameters = {}) => {
    const text = Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]);
    const answer = await fetch(`${url}${path}?${new URLSearchParams(text).toString()}`);
    const body = (await answer.json()) as { status: string; data?: unknown; error?: string };
    if (body.status !== 'success') {
      throw new Error(`Prometheus refused ${path} ${JSON.stringify(parameters)}: ${body.error ?? answer.statusText}`);
    }
    return body.data;
  };
  return {
    get,
    query: async (expression, time = Date.now() / 1000) =>
      readSeries(await get('/api/v1/query', { query: expression, time })),
    queryRange: async (expression, range) =>
      readSeries(await get('/api/v1/query_range', { query: expression, ...range })),
  };
}

type RawSample = [number, string];
type RawSeries = { metric: Record<string, string>; value?: RawSample; values?: RawSample[] };

function readSeries(data: unknown): Series[] {
  const { resultType, result } = data as { resultType: string; result: RawSample | RawSeries[] };
  if (resultType === 'scalar') {
    return [{ labels: {}, samples: [toSample(result as RawSample)] }];
  }
  return (result as RawSeries[]).map(({ metric, value, values }) => ({
    labels: metric,
    samples: (values ?? (value === undefined ? [] : [value])).map(toSample),
  }));
}

function toSample([time, text]: RawSample): readonly [number, number] {
  return [time, Number(text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : text)];
}
