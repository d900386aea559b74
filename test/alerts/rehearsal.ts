import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { until } from '../support/poll.ts';
import { alertsFolder } from './rule-file.ts';

export const configPath = join(alertsFolder, 'alertmanager.yml');

interface AlertmanagerConfig {
  readonly inhibit_rules: readonly unknown[];
}

export type Labels = Readonly<Record<string, string>>;

/** How long Alertmanager may take for a step, in milliseconds; a busy machine needs seconds. */
const PATIENCE_MS = 20_000;

/** An Alertmanager of our own, with the inhibition of the example and a receiver that remembers what it is told. */
export class Rehearsal {
  /** `firing` or `resolved`, and the alert's name and account, in the order of their arrival. */
  readonly received: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  /** Where Alertmanager listens, for those that report to it on their own. */
  url = '';
  #process: ChildProcess | undefined;
  #receiver: Server | undefined;

  /** @param program the path of Alertmanager */
  async start(program: string): Promise<void> {
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { alerts } = JSON.parse(body) as { alerts: { status: string; labels: Labels }[] };
        this.received.push(...alerts.map(({ status, labels }) => `${status} ${describeLabels(labels)}`));
        response.end();
      });
    });
    this.#receiver = receiver;
    await new Promise<void>((resolve) => {
      receiver.listen(0, '127.0.0.1', resolve);
    });
    const { port } = receiver.address() as AddressInfo;
    const file = join(this.#folder, 'alertmanager.yml');
    writeFileSync(file, stringify(rehearsedConfig(port)));
    const flags = [
      `--config.file=${file}`,
      `--storage.path=${this.#folder}`,
      '--cluster.listen-address=',
      '--web.listen-address=127.0.0.1:0',
    ];
    const child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    await until(
      'Alertmanager to listen',
      () => {
        const address = /Listening on"? address=(127\.0\.0\.1:\d+)/.exec(log)?.[1];
        this.url = `http://${address ?? ''}`;
        return address !== undefined;
      },
      PATIENCE_MS,
    );
    await until('Alertmanager to be ready', async () => (await fetch(`${this.url}/-/ready`)).ok, PATIENCE_MS);
  }

  async stop(): Promise<void> {
    const { exitCode } = this.#process ?? { exitCode: 0 };
    if (this.#process !== undefined && exitCode === null) {
      const ended = new Promise((resolve) => this.#process?.once('exit', resolve));
      this.#process.kill();
      await ended;
    }
    this.#receiver?.closeAllConnections();
    this.#receiver?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Reports alerts as Prometheus does: those that fire, and with `resolved` those that no longer do. */
  async report(alerts: readonly Labels[], state: 'firing' | 'resolved' = 'firing'): Promise<void> {
    const now = Date.now();
    const endsAt = new Date(state === 'firing' ? now + 600_000 : now - 1000).toISOString();
    const startsAt = new Date(now - 60_000).toISOString();
    const response = await fetch(`${this.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map((labels) => ({ labels, startsAt, endsAt }))),
    });
    expect(response.status).to.equal(200);
  }

  /** Waits until Alertmanager has told of this one. Groups flush in the order of their alerts' arrival. */
  async hears(what: string): Promise<void> {
    await until(`the message "${what}"`, () => this.received.includes(what), PATIENCE_MS);
  }

  /** The alerts that Alertmanager holds back because of another one. */
  async inhibited(): Promise<readonly string[]> {
    const response = await fetch(`${this.url}/api/v2/alerts?active=false&inhibited=true&silenced=false`);
    const alerts = (await response.json()) as { labels: Labels; status: { inhibitedBy: string[] } }[];
    return alerts.filter(({ status }) => status.inhibitedBy.length > 0).map(({ labels }) => describeLabels(labels));
  }
}

export function describeLabels(labels: Labels): string {
  return [labels['alertname'], labels['account'], labels['instance'] === 'a' ? undefined : labels['instance']]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** The example's inhibition, told to one receiver without waiting. */
function rehearsedConfig(port: number): unknown {
  const { inhibit_rules: inhibitions } = parse(readFileSync(configPath, 'utf8')) as AlertmanagerConfig;
  return {
    route: { receiver: 'test', group_by: ['...'], group_wait: '100ms', group_interval: '100ms', repeat_interval: '1h' },
    inhibit_rules: inhibitions,
    receivers: [{ name: 'test', webhook_configs: [{ url: `http://127.0.0.1:${String(port)}/`, send_resolved: true }] }],
  };
}
