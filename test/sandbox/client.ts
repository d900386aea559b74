import { createHmac } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

/** What came back. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** What may differ from a well-made request. */
export interface Deviation {
  readonly method?: string;
  readonly body?: string;
  readonly secretKey?: string;
  readonly signal?: AbortSignal;
}

/** Sends a signed request on a connection of its own; rejects when no whole answer comes. */
export function ask(sandbox: Sandbox, path: string, deviation: Deviation = {}): Promise<Received> {
  const { body = '{}', secretKey = sandbox.secretKey } = deviation;
  const payload = Buffer.from(body).toString('base64');
  const headers = {
    'Content-Type': 'application/json',
    'X-EX-APIKEY': sandbox.apiKey,
    'X-EX-PAYLOAD': payload,
    'X-EX-SIGNATURE': createHmac('sha512', secretKey).update(payload).digest('hex'),
  };
  return exchange(new URL(path, sandbox.url), headers, { method: 'POST', ...deviation, body });
}

/** Sends an unsigned request on a connection of its own. */
export function exchange(url: URL, headers: Record<string, string>, deviation: Deviation): Promise<Received> {
  const { method = 'GET', body = '', signal } = deviation;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false, ...(signal && { signal }) }, (incoming) => {
      collect(incoming).then(
        (text) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function collect(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** `POST /control/…` */
export function switchTo(sandbox: Sandbox, scenario: string): Promise<Received> {
  return exchange(new URL(`/control/${scenario}`, sandbox.url), {}, { method: 'POST' });
}

/** The part of `GET /control` that tests read. */
export interface ControlState {
  readonly scenarios: readonly string[];
  readonly fault: unknown;
  readonly shape: string;
  readonly seed: number;
  readonly uptimeSeconds: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly lastBalances: AnsweredBalances | null;
  readonly answeredBalances: readonly AnsweredBalances[];
}

interface AnsweredBalances {
  readonly sequence: number;
  readonly time: string;
  readonly balances: Readonly<Record<string, Record<string, string | null>>>;
}

/** `GET /control` */
export async function readState(sandbox: Sandbox): Promise<ControlState> {
  return JSON.parse((await exchange(sandbox.controlUrl, {}, {})).text) as ControlState;
}

const DEADLINE_MS = 5_000;

/** Resolves when more reads of balances than `known` have come in. */
export async function waitForRead(sandbox: Sandbox, known: number): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (((await readState(sandbox)).requests['balances'] ?? 0) <= known) {
    if (Date.now() > deadline) throw new Error(`no read of balances within ${DEADLINE_MS} ms`);
  }
}

/** The balances in an answer of single maps. */
export function balancesIn({ text }: Received): Record<string, Record<string, string | null>> {
  return Object.assign({}, ...(JSON.parse(text) as object[])) as Record<string, Record<string, string | null>>;
}
