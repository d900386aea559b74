import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../lib/log.ts';
import { type Answer, errorAnswer } from './answer.ts';
import { answerControl, isControlPath } from './control.ts';
import { endpointOfPath } from './endpoints.ts';
import { replacedAnswer } from './faults.ts';
import type { Gateway } from './gateway.ts';

/** The address that the sandbox listens on unless it is told to listen {@link EVERYWHERE}. */
export const LOOPBACK = '127.0.0.1';
export const EVERYWHERE = '0.0.0.0';

/** Where to listen; port 0 is a free one. */
export interface ListenAddress {
  readonly address: typeof LOOPBACK | typeof EVERYWHERE;
  readonly port: number;
}

/** Bodies of the API have some hundred bytes at most. */
const MAX_BODY_BYTES = 64 * 1024;

// Like common reverse proxies; above the usual scrape intervals, so that connections live from scrape to scrape.
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** Listens. @throws Error naming address and port when they cannot be had */
export async function listen(gateway: Gateway, { address, port }: ListenAddress, log: Logger): Promise<Server> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, (request, response) => {
    serve({ gateway, log, request, response }).catch((error: unknown) => {
      // A client that went away is no defect.
      if (request.socket.destroyed) return;
      log.error('Sandbox request failed', {
        error: error instanceof Error ? (error.stack ?? error.message) : 'unknown',
      });
      response.destroy();
    });
  });
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Error(`the sandbox cannot listen on ${address}:${port}: ${(cause as Error).message}`, { cause });
  }
  return server;
}

/** The port that a listening server got. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

interface Exchange {
  readonly gateway: Gateway;
  readonly log: Logger;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(exchange: Exchange): Promise<void> {
  const { request } = exchange;
  const [path = '', search = ''] = (request.url ?? '').split('?', 2);
  if (isControlPath(path)) serveControl(exchange, path, search);
  else await serveApi(exchange, path);
}

function serveControl({ gateway, log, request, response }: Exchange, path: string, search: string): void {
  const { method = '', headers } = request;
  const answer = answerControl({ method, path, query: new URLSearchParams(search), headers }, gateway);
  if (method === 'POST' && answer.status === 200) {
    log.info('Sandbox scenario switched', { scenarios: gateway.scenarios.names.join(' ') });
  }
  request.resume();
  send(response, answer);
}

async function serveApi({ gateway, request, response }: Exchange, path: string): Promise<void> {
  const endpoint = endpointOfPath(path);
  gateway.journal.countRequest(endpoint);
  const body = await readBody(request);
  if (body === undefined) return send(response, errorAnswer(413, 'the body is too large'));
  const fault = gateway.scenarios.faultOf(endpoint);
  if (fault?.name === 'down') return void request.socket.resetAndDestroy();
  if (fault?.name === 'hang') return;
  if (fault?.name === 'slow') await waitWhileConnected(response, fault.delayMs);
  const replacement = fault === undefined ? undefined : replacedAnswer(fault);
  if (replacement !== undefined) return send(response, replacement);
  const { method = '', headers } = request;
  const { answer, balances } = gateway.reply({ path, method, headers, body });
  if (fault?.name === 'truncated') return sendHalf(response, answer);
  if (balances !== undefined) gateway.journal.recordBalances(balances, gateway.now());
  send(response, answer);
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

// A client that leaves ends the wait with an error, and so does the end of the sandbox.
async function waitWhileConnected(response: ServerResponse, ms: number): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  await delay(ms, undefined, { signal: left.signal });
}

function send(response: ServerResponse, { status, contentType, body, headers }: Answer): void {
  response.writeHead(status, headersOf(contentType, body, headers));
  response.end(body);
}

// The length promises the whole answer, so that the client can tell that it was cut off.
function sendHalf(response: ServerResponse, { status, contentType, body, headers }: Answer): void {
  response.writeHead(status, headersOf(contentType, body, headers));
  response.write(body.slice(0, Math.ceil(body.length / 2)), () => response.destroy());
}

function headersOf(contentType: string, body: string, headers: Answer['headers']): Record<string, string | number> {
  return {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  };
}
