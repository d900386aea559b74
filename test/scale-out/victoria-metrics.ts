import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedPort } from '../support/gateway.ts';
import { until } from '../support/poll.ts';
import { apiOf, type RunningPrometheus } from '../support/prometheus.ts';

/** A VictoriaMetrics that takes remote write and answers queries as Prometheus does. */
export type RunningVictoriaMetrics = Pick<RunningPrometheus, 'url' | 'query' | 'stop'>;

const READY_WITHIN_MS = 60_000;

/** Starts a VictoriaMetrics on loopback; it is killed with this process at the latest. */
export async function startVictoriaMetrics(binary: string): Promise<RunningVictoriaMetrics> {
  const folder = mkdtempSync(join(tmpdir(), 'victoria-metrics-'));
  const address = `127.0.0.1:${await closedPort()}`;
  const flags = [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=${address}`,
    // What was written is to be seen at once, and is not older than the question.
    '-search.latencyOffset=1s',
    '-search.disableCache',
  ];
  const child = spawn(binary, flags, { stdio: 'ignore' });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const stop = async (): Promise<void> => {
    process.off('exit', killWithUs);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://${address}`;
  const isReady = async (): Promise<boolean> => {
    try {
      return (await fetch(`${url}/health`)).ok;
    } catch {
      return false;
    }
  };
  try {
    await until('VictoriaMetrics is ready', isReady, READY_WITHIN_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, query: apiOf(url).query, stop };
}
