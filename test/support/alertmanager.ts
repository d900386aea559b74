import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { shorten } from './fast-rules.ts';
import { until } from './poll.ts';

/** How long Alertmanager may take from its start until it is ready, in milliseconds; a busy machine needs seconds. */
const READY_WITHIN_MS = 30_000;
/** How long it may take to write its notes and go, in milliseconds, before it is killed. */
const STOP_WITHIN_MS = 10_000;

type Labels = Readonly<Record<string, string>>;

/** One alert of a message that a receiver was sent. */
export interface Notice {
  /** The name of the receiver in Alertmanager's configuration. */
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
}

export interface NoticeBoard {
  /** Where webhooks send their messages. */
  readonly url: string;
  /** Every alert of every message, in the order of their arrival. */
  readonly notices: readonly Notice[];
  close(): Promise<void>;
}

export interface RunningAlertmanager {
  /** Where it listens, as `host:port`. */
  readonly address: string;
  /** The labels of the alerts that it holds back because of another one. */
  inhibited(): Promise<readonly Labels[]>;
  stop(): Promise<void>;
}

/** A receiver of webhooks on a free loopback port, which remembers what it is told. */
export async function startNoticeBoard(): Promise<NoticeBoard> {
  const notices: Notice[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { receiver, alerts } = JSON.parse(body) as { receiver: string; alerts: Omit<Notice, 'receiver'>[] };
      notices.push(...alerts.map(({ status, labels }) => ({ receiver, status, labels })));
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    notices,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The bundled `alerts/alertmanager.yml`, all times divided by a factor, and each receiver a webhook to one address. */
export function hurryAlertmanagerConfig(factor: number, webhookUrl: string): string {
  const path = new URL('../../alerts/alertmanager.yml', import.meta.url);
  const bundled = parse(readFileSync(path, 'utf8')) as BundledConfig;
  return stringify({
    route: hurryRoute(bundled.route, factor),
    time_intervals: bundled.time_intervals,
    inhibit_rules: bundled.inhibit_rules,
    receivers: bundled.receivers.map(({ name }) => ({
      name,
      webhook_configs: [{ url: webhookUrl, send_resolved: true }],
    })),
  });
}

interface BundledConfig {
  readonly route: Route;
  readonly time_intervals: readonly unknown[];
  readonly inhibit_rules: readonly unknown[];
  readonly receivers: readonly { readonly name: string }[];
}

/** One route of Alertmanager's configuration, with what can be shortened. */
export interface Route {
  readonly routes?: readonly Route[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
}

/** A route and those below it, all times divided by a factor. */
export function hurryRoute(route: Route, factor: number): Route {
  const times = (['group_wait', 'group_interval', 'repeat_interval'] as const).flatMap((name) => {
    const time = route[name];
    return time === undefined ? [] : [[name, shorten(time, factor)]];
  });
  return {
    ...route,
    ...(Object.fromEntries(times) as Partial<Route>),
    ...(route.routes && { routes: route.routes.map((child) => hurryRoute(child, factor)) }),
  };
}

/**
 * Starts a real Alertmanager on a free loopback port and resolves when it is ready. It is killed with this process at
 * the latest, and its temporary folder goes with it.
 *
 * @param binary the full path of the program; see `requireTool`
 * @throws Error with its log if it does not become ready
 */
export async function startAlertmanager(
  binary: string,
  configText: string,
  flags: readonly string[] = [],
): Promise<RunningAlertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  const config = join(folder, 'alertmanager.yml');
  writeFileSync(config, configText);
  const listen = ['--cluster.listen-address=', '--web.listen-address=127.0.0.1:0'];
  const child = spawn(
    binary,
    [`--config.file=${config}`, `--storage.path=${join(folder, 'data')}`, ...listen, ...flags],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const killWithUs = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', killWithUs);
  const exited = once(child, 'exit');
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  const address = () => /msg="Listening on" address=(127\.0\.0\.1:\d+)/.exec(log)?.[1];
  const get = async (path: string) => await fetch(`http://${address()}${path}`);
  const stop = async () => {
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    child.kill();
    await exited;
    clearTimeout(killer);
    process.removeListener('exit', killWithUs);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('Alertmanager listens', () => address() !== undefined || child.exitCode !== null, READY_WITHIN_MS);
    await until('Alertmanager is ready', async () => (await get('/-/ready')).ok, READY_WITHIN_MS);
  } catch (cause) {
    await stop();
    throw new Error(`Alertmanager did not become ready:\n${log}`, { cause });
  }
  return {
    address: address() ?? '',
    inhibited: async () => {
      const alerts = (await (await get('/api/v2/alerts')).json()) as HeldAlert[];
      return alerts.filter(({ status }) => status.inhibitedBy.length > 0).map(({ labels }) => labels);
    },
    stop,
  };
}

interface HeldAlert {
  readonly labels: Labels;
  readonly status: { readonly inhibitedBy: readonly string[] };
}
