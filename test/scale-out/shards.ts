import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One of the Prometheus servers that share the accounts. */
export interface ShardOptions {
  /** The full path of Prometheus. */
  readonly binary: string;
  readonly shard: 0 | 1;
  /** `host:port` of the exporters; a shard asks the one that has its number. */
  readonly exporters: readonly [string, string];
  /** `host:port` of the servers that both write to. */
  readonly receivers: readonly string[];
  readonly intervalSeconds: number;
  /** Whether it only passes on what it scrapes, and keeps nothing. */
  readonly agentMode: boolean;
}

/** A running shard; its write-ahead log outlives a restart. */
export interface Shard {
  kill(): Promise<void>;
  start(): void;
  log(): string;
  close(): Promise<void>;
}

const PAGE = new URL('../../docs/scaling.md', import.meta.url);

/** The scrape configuration of one shard: the one of `docs/scaling.md`, with other addresses and a shorter interval. */
function configureShard({ shard, exporters, receivers, intervalSeconds }: ShardOptions): string {
  const example = /```yaml\n(# prometheus\.yml of shard 0[^]*?)```/.exec(readFileSync(PAGE, 'utf8'))?.[1];
  if (example === undefined) throw new Error('docs/scaling.md shows no configuration of a shard');
  return example
    .replace('scrape_interval: 1m', `scrape_interval: ${intervalSeconds}s`)
    .replace('scrape_timeout: 15s', `scrape_timeout: ${intervalSeconds}s`)
    .replaceAll('refresh_interval: 1m', 'refresh_interval: 5s')
    .replace("regex: '0'", `regex: '${shard}'`)
    .replace('replacement: exporter-0:10055', `replacement: ${exporters[shard]}`)
    .replace('exporter-0:10055', exporters[0])
    .replace('exporter-1:10055', exporters[1])
    .replace(/^ +- url: http:\/\/receiver:9090.*\n/m, (line) =>
      receivers.map((receiver) => line.replace('receiver:9090', receiver)).join(''),
    );
}

/** Starts a shard with a folder of its own. */
export function startShard(options: ShardOptions): Shard {
  const folder = mkdtempSync(join(tmpdir(), 'thedex-shard-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'prometheus.yml'), configureShard(options));
  const storage = options.agentMode
    ? ['--enable-feature=agent', `--storage.agent.path=${join(folder, 'data')}`]
    : [`--storage.tsdb.path=${join(folder, 'data')}`];
  const flags = [`--config.file=${join(folder, 'prometheus.yml')}`, '--web.listen-address=127.0.0.1:0', ...storage];
  let child: ChildProcess | undefined;
  let text = '';
  const start = (): void => {
    child = spawn(options.binary, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const killWithUs = (): void => void child?.kill('SIGKILL');
  process.once('exit', killWithUs);
  start();
  return {
    kill,
    start,
    log: () => text,
    close: async () => {
      await kill();
      process.off('exit', killWithUs);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
