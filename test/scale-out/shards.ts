import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One of the Prometheus servers that share the accounts. */
export interface ShardOptions {
  /** The full path of Prometheus. */
  readonly binary: string;
  readonly shard: number;
  readonly shards: number;
  /** Where the lists of accounts are, one exporter's or several'. */
  readonly discovery: readonly string[];
  /** `host:port` of the exporter that this shard asks. */
  readonly exporter: string;
  /** Where it writes to. */
  readonly remoteWrite: string;
  readonly intervalSeconds: number;
  /** Whether it only passes on what it scrapes, and keeps nothing (`--enable-feature=agent`). */
  readonly agentMode: boolean;
}

/** A running shard; its write-ahead log outlives a restart. */
export interface Shard {
  kill(): Promise<void>;
  start(): void;
  log(): string;
  close(): Promise<void>;
}

/** The scrape configuration of one shard, as `docs/scaling.md` shows it. */
export function configureShard({
  shard,
  shards,
  discovery,
  exporter,
  remoteWrite,
  intervalSeconds,
}: ShardOptions): string {
  return `global: {scrape_interval: ${intervalSeconds}s, scrape_timeout: ${intervalSeconds}s}
remote_write:
  - url: ${remoteWrite}
scrape_configs:
  - job_name: thedex-accounts
    metrics_path: /probe
    http_sd_configs:
${discovery.map((url) => `      - {url: "${url}", refresh_interval: 5s}`).join('\n')}
    relabel_configs:
      - source_labels: [__meta_thedex_account]
        modulus: ${shards}
        target_label: __tmp_shard
        action: hashmod
      - source_labels: [__tmp_shard]
        regex: '${shard}'
        action: keep
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__meta_thedex_account]
        target_label: account
      - target_label: instance
        replacement: thedex-exporter
      - target_label: __address__
        replacement: ${exporter}
`;
}

/** Starts a shard with a folder of its own. */
export function startShard(options: ShardOptions): Shard {
  const folder = mkdtempSync(join(tmpdir(), 'thedex-shard-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'prometheus.yml'), configureShard(options));
  const storage = options.agentMode
    ? ['--enable-feature=agent', `--storage.agent.path=${join(folder, 'data')}`]
    : [`--storage.tsdb.path=${join(folder, 'data')}`];
  let child: ChildProcess | undefined;
  let text = '';
  const start = (): void => {
    child = spawn(
      options.binary,
      [`--config.file=${join(folder, 'prometheus.yml')}`, '--web.listen-address=127.0.0.1:0', ...storage],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
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
