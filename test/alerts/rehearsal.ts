import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { hurryRoute, startAlertmanager, type Route, type RunningAlertmanager } from '../support/alertmanager.ts';
import { until } from '../support/poll.ts';
import { alertsFolder } from './rule-file.ts';

export const configPath = `${alertsFolder}alertmanager.yml`;

export type Labels = Readonly<Record<string, string>>;

/** What a receiver was sent, as people read it. */
export interface Message {
  /** The kind of receiver; `email` came by SMTP. */
  readonly receiver: 'slack' | 'pagerduty' | 'webhook' | 'email';
  readonly title: string;
  readonly text: string;
}

/** How many times faster than in the field the groups of alerts are told. */
const FACTOR = 300;
/** How long the first alert of a group waits for others. */
const GROUP_WAIT = '2s';
/** How long Alertmanager may take for a step, in milliseconds; a busy machine needs seconds. */
const PATIENCE_MS = 30_000;

interface Config {
  global: Record<string, unknown>;
  route: Route;
  time_intervals: { name: string; time_intervals: unknown[] }[];
  receivers: Record<string, unknown>[];
}

/** An Alertmanager with the bundled configuration, whose receivers are all here and remember what they are told. */
export class Rehearsal {
  /** In the order of their arrival. */
  readonly messages: Message[] = [];
  readonly #web = this.#createWebSink();
  readonly #mail = this.#createMailSink();
  #alertmanager: RunningAlertmanager | undefined;

  /** Where Alertmanager listens, for those that report to it on their own. */
  get url(): string {
    return `http://${this.#alertmanager?.address ?? ''}`;
  }

  /**
   * @param program the path of Alertmanager
   * @param options `isAlwaysNight` makes every hour one of the intervals that mute
   */
  async start(program: string, { isAlwaysNight = false } = {}): Promise<void> {
    const [web, mail] = await Promise.all([listen(this.#web), listen(this.#mail)]);
    this.#alertmanager = await startAlertmanager(program, stringify(rehearsedConfig(web, mail, isAlwaysNight)));
  }

  async stop(): Promise<void> {
    await this.#alertmanager?.stop();
    this.#web.closeAllConnections();
    this.#web.close();
    this.#mail.close();
  }

  /** Reports alerts as Prometheus does: those that fire, and with `resolved` those that no longer do. */
  async report(alerts: readonly Labels[], state: 'firing' | 'resolved' = 'firing'): Promise<void> {
    const now = Date.now();
    const endsAt = new Date(state === 'firing' ? now + 600_000 : now - 1000).toISOString();
    // An alert begins when it fires, not when it was pending first.
    const startsAt = new Date(state === 'firing' ? now : now - 60_000).toISOString();
    const response = await fetch(`${this.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map((labels) => ({ labels, annotations: annotationsOf(labels), startsAt, endsAt }))),
    });
    expect(response.status).to.equal(200);
  }

  /** The first message whose title begins so, once it is there. */
  async hears(title: string): Promise<Message> {
    const find = (): Message | undefined => this.messages.find((message) => message.title.startsWith(title));
    await until(`the message "${title}"`, () => find() !== undefined, PATIENCE_MS);
    return find() as Message;
  }

  /** The names of the alerts that are held back because of another one, once there are as many. */
  async inhibited(count: number): Promise<readonly string[]> {
    const held = async (): Promise<readonly Labels[]> => (await this.#alertmanager?.inhibited()) ?? [];
    await until(`${count} alerts to be held back`, async () => (await held()).length >= count, PATIENCE_MS);
    return (await held()).map((labels) => describeLabels(labels)).toSorted();
  }

  #createWebSink(): Server {
    return createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        this.messages.push(readMessage(request.url ?? '', JSON.parse(body)));
        response.end('{}');
      });
    });
  }

  /** As much of SMTP as Alertmanager speaks. */
  #createMailSink(): TcpServer {
    return createTcpServer((socket: Socket) => {
      let mail: string | undefined;
      const say = (line: string) => socket.write(`${line}\r\n`);
      let rest = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\r\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (mail === undefined) {
            if (line === 'DATA') mail = '';
            say(line === 'DATA' ? '354 go on' : '250 ok');
          } else if (line === '.') {
            this.messages.push(readMail(mail));
            mail = undefined;
            say('250 ok');
          } else {
            mail += `${line}\n`;
          }
        }
      });
      // Alertmanager is ended in the middle of a conversation, too.
      socket.on('error', () => undefined);
      say('220 sink');
    });
  }
}

/** An alert's texts, as the rules would have written them for an amount of 10. */
function annotationsOf(labels: Labels): Labels {
  const { alertname = '', account = 'the default account', currency = '' } = labels;
  const what = [account, currency].filter((part) => part !== '').join(': ');
  return {
    summary: `${alertname} of ${what} is 10.`,
    description: `The alert ${alertname} is about ${what}.`,
    runbook_url: `https://runbooks.example.org/#${alertname.toLowerCase()}`,
  };
}

export function describeLabels(labels: Labels): string {
  return ['alertname', 'severity', 'account', 'currency', 'instance']
    .map((name) => labels[name])
    .filter((part) => part !== undefined)
    .join(' ');
}

function readMessage(path: string, body: unknown): Message {
  if (path === '/slack') {
    const { attachments } = body as { attachments: { title: string; text: string }[] };
    return { receiver: 'slack', title: attachments[0]?.title ?? '', text: attachments[0]?.text ?? '' };
  }
  if (path.startsWith('/pagerduty')) {
    const { payload, event_action: action } = body as {
      payload?: { summary: string; custom_details: Record<string, string> };
      event_action: string;
    };
    return {
      receiver: 'pagerduty',
      title: `${action}: ${payload?.summary ?? ''}`,
      text: JSON.stringify(payload?.custom_details),
    };
  }
  const { alerts, status } = body as { status: string; alerts: { labels: Labels; status: string }[] };
  return {
    receiver: 'webhook',
    title: `${status}: ${alerts.map(({ labels }) => describeLabels(labels)).join(', ')}`,
    text: '',
  };
}

function readMail(mail: string): Message {
  const decoded = mail
    .replaceAll('=\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  const title = /^Subject: (.*(?:\n[ \t].*)*)/m.exec(decoded)?.[1] ?? '';
  return { receiver: 'email', title, text: decoded.slice(decoded.indexOf('\n\n')) };
}

async function listen(server: Server | TcpServer): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A busy machine takes longer than a hundredth of a second for hundreds of alerts that belong into one message. */
function gatherLonger(route: Route): Route {
  return {
    ...route,
    ...(route.group_wait === undefined ? {} : { group_wait: GROUP_WAIT }),
    ...(route.routes && { routes: route.routes.map(gatherLonger) }),
  };
}

/** The bundled configuration with our addresses instead of its own, and shorter times. */
function rehearsedConfig(web: string, mail: string, isAlwaysNight: boolean): unknown {
  const config = parse(readFileSync(configPath, 'utf8')) as Config;
  const url = `http://${web}`;
  const receivers = JSON.stringify(config.receivers)
    .replaceAll('"routing_key_file":"/etc/alertmanager/secrets/pagerduty_routing_key"', '"routing_key":"key"')
    .replaceAll('http://127.0.0.1:9099/thedex', `${url}/webhook`);
  return {
    global: {
      smtp_smarthost: mail,
      smtp_from: config.global['smtp_from'],
      smtp_require_tls: false,
      smtp_hello: 'localhost',
      slack_api_url: `${url}/slack`,
      pagerduty_url: `${url}/pagerduty`,
    },
    route: gatherLonger(hurryRoute(config.route, FACTOR)),
    time_intervals: isAlwaysNight
      ? config.time_intervals.map(({ name }) => ({
          name,
          time_intervals: [{ times: [{ start_time: '00:00', end_time: '24:00' }] }],
        }))
      : config.time_intervals,
    inhibit_rules: (parse(readFileSync(configPath, 'utf8')) as { inhibit_rules: unknown }).inhibit_rules,
    receivers: JSON.parse(receivers) as unknown,
  };
}
