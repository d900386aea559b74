import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hurryAlertmanagerConfig, startAlertmanager } from '../../support/alertmanager.ts';
import { shorten } from '../../support/fast-rules.ts';
import { HOUR } from './account.ts';
import type { Firing } from './judge.ts';

/** One message that a webhook was sent. */
export interface Message {
  /** When it came, in minutes of the simulation. */
  readonly minute: number;
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  /** The labels of the alerts that it lists. */
  readonly alerts: readonly Firing['labels'][];
}

/** Longer than the longest interval of a group, in minutes: what is over at the end has been told by then. */
const AFTERWARDS = HOUR;
/** How long an alert goes on if nobody says that it is over, in milliseconds: longer than any simulation takes. */
const ENDLESS_MS = 86_400_000;

/**
 * Tells a real Alertmanager, with the bundled configuration and shorter times, what fired when up to a minute, and says
 * what it sent to a webhook. Each account is a cluster of its own, because the accounts of a simulation belong to different merchants;
 * alerts that have a cluster keep it.
 *
 * @param program the path of Alertmanager 0.29 or later: it has to forget groups that have ended as much sooner as well
 * @param options up to which minute; and how many times faster than in the field time passes
 */
export async function replayFirings(
  program: string,
  firings: readonly Firing[],
  { minutes, factor }: { readonly minutes: number; readonly factor: number },
): Promise<readonly Message[]> {
  const minuteMs = 60_000 / factor;
  const messages: Message[] = [];
  let begun = Date.now();
  const webhook = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { receiver, status, alerts } = JSON.parse(body) as WebhookBody;
      const minute = Math.floor((Date.now() - begun) / minuteMs);
      messages.push({ minute, receiver, status, alerts: alerts.map(({ labels }) => labels) });
      response.end();
    });
  });
  webhook.listen(0, '127.0.0.1');
  await once(webhook, 'listening');
  const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`;
  const alertmanager = await startAlertmanager(program, hurryAlertmanagerConfig(factor, url), [
    `--dispatch.maintenance-interval=${shorten('30s', factor)}`,
  ]);
  try {
    const steps = stepsOf(firings).filter(({ minute }) => minute <= minutes);
    begun = Date.now() - (steps[0]?.minute ?? 0) * minuteMs;
    const at = (minute: number): number => begun + minute * minuteMs;
    for (const { minute, started, ended } of steps) {
      await sleep(Math.max(0, at(minute) - Date.now()));
      await report(alertmanager.address, [
        ...ended.map((firing) => toAlert(firing, at(firing.from), Date.now() - 1)),
        ...started.map((firing) => toAlert(firing, at(firing.from), Date.now() + ENDLESS_MS)),
      ]);
    }
    await sleep(at(minutes + AFTERWARDS) - Date.now());
  } finally {
    await alertmanager.stop();
    webhook.closeAllConnections();
    webhook.close();
  }
  return messages;
}

interface WebhookBody {
  readonly receiver: string;
  readonly status: Message['status'];
  readonly alerts: readonly { readonly labels: Firing['labels'] }[];
}

/** What begins and ends at a minute. */
interface Step {
  readonly minute: number;
  readonly started: readonly Firing[];
  readonly ended: readonly Firing[];
}

function stepsOf(firings: readonly Firing[]): readonly Step[] {
  const minutes = new Set(firings.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to])));
  return [...minutes]
    .toSorted((a, b) => a - b)
    .map((minute) => ({
      minute,
      started: firings.filter(({ from }) => from === minute),
      ended: firings.filter(({ to }) => to === minute),
    }));
}

function toAlert({ labels, account }: Firing, startsAt: number, endsAt: number): unknown {
  const [start, end] = [startsAt, endsAt].map((time) => new Date(time).toISOString());
  return { labels: { cluster: account, ...labels }, annotations: {}, startsAt: start, endsAt: end };
}

async function report(address: string, alerts: readonly unknown[]): Promise<void> {
  const { status } = await fetch(`http://${address}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  if (status !== 200) throw new Error(`Alertmanager refused alerts with status ${status}`);
}

/**
 * What fires if the same happens to many accounts of one exporter, in one cluster: half of them are scraped after an
 * evaluation that the others are scraped before, and so are a minute later.
 */
export function multiply(firings: readonly Firing[], count: number): readonly Firing[] {
  return Array.from({ length: count }, (_, index) => index).flatMap((index) =>
    firings.map((firing) => ({
      ...firing,
      labels: { ...firing.labels, cluster: firing.account, account: `shop-${index}` },
      from: firing.from + (index % 2),
      to: firing.to === undefined ? undefined : firing.to + (index % 2),
    })),
  );
}
