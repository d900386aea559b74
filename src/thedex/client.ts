import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import fetch, { type Response } from 'node-fetch';
import type { KeyPair } from '../config/settings.ts';
import type { Endpoint, Steps } from './answers.ts';
import { Connections, ProxyError, type Exchange, type Route } from './connection.ts';
import {
  errorOfStatus,
  errorOfText,
  errorOfWire,
  InvalidResponseError,
  isDecidedByStatus,
  NetworkError,
  TheDexError,
} from './errors.ts';
import { encodePayload, signPayload, type BodyMaker } from './signature.ts';

/** What a gateway is asked with. */
export interface GatewayOptions extends Route {
  readonly makeBody: BodyMaker;
  readonly userAgent: string;
}

/** One gateway, asked on behalf of any number of accounts. */
export interface Gateway {
  /**
   * Signs and sends one request and understands its answer.
   * @param signal ends the request at once; its reason, a `DeadlineError` or `CanceledError`, is what is thrown then.
   * @throws TheDexError for every failure outside this program; anything else thrown is a defect.
   */
  ask<T>(endpoint: Endpoint<T>, keys: KeyPair, signal: AbortSignal): Promise<T>;
  /** Closes all connections. */
  close(): void;
}

/** The longest answer that is read, in bytes, compressed or not: 10,000 currencies have half of it. */
export const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

// A status that decides by itself waits so long for a body, which may say more.
const HINT_WAIT_MS = 250;

/** The way to one gateway; accounts with the same URL and proxy share it. */
export function openGateway(options: GatewayOptions): Gateway {
  const connections = new Connections(options);
  return {
    async ask(endpoint, keys, signal) {
      try {
        return await askOnce(endpoint, keys, signal);
      } catch (error) {
        if (!(error instanceof StaleConnectionError)) throw error;
      }
      // Gateways close connections that were idle for a while. The request that finds out has reached nobody, so it is
      // sent once more; one that a fresh connection lost may have been carried out, and the next scrape is its retry.
      connections.closeIdle();
      return askOnce(endpoint, keys, signal);
    },
    close: () => connections.destroy(),
  };

  async function askOnce<T>(endpoint: Endpoint<T>, keys: KeyPair, signal: AbortSignal): Promise<T> {
    const url = urlOf(options.url, endpoint.path);
    const request = `POST ${url}`;
    let exchange: Exchange | undefined;
    let response: Response | undefined;
    let text = '';
    try {
      // node-fetch leaves an error unhandled when it is given a signal that was aborted before.
      signal.throwIfAborted();
      const body = options.makeBody(endpoint.path);
      const payload = encodePayload(body);
      const signature = signPayload(payload, keys.secretKey);
      const answer = fetch(url, {
        method: 'POST',
        body,
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json',
          'Accept-Encoding': 'gzip',
          'User-Agent': options.userAgent,
          'X-EX-APIKEY': keys.apiKey.reveal(),
          'X-EX-PAYLOAD': payload,
          'X-EX-SIGNATURE': signature,
        },
        // A redirect would carry the signed headers to another host.
        redirect: 'manual',
        // node-fetch would take a truncated gzip for a whole one.
        compress: false,
        size: MAX_ANSWER_BYTES,
        agent: connections,
        signal,
      });
      exchange = connections.takeExchange();
      response = await answer;
      if (response.status === 407 && connections.asksProxy) {
        (response.body as Readable | null)?.destroy();
        throw new ProxyError(`the proxy ${connections.proxyName} refused, with status 407`);
      }
      text = isDecidedByStatus(response.status) ? await readSoon(response) : await readText(response);
      const refused = errorOfStatus(response, text, request);
      if (refused !== undefined) throw refused;
      const secrets = [keys.apiKey.reveal(), keys.secretKey.reveal(), signature, payload];
      const isForbiddenName = (name: string) => secrets.some((secret) => name.includes(secret));
      if (text.length < MIN_LARGE_LENGTH) return endpoint.parse(parseJson(text), isForbiddenName);
      refuseExcess(text);
      return await runWithPauses(endpoint.parseInSteps(parseJson(text), isForbiddenName));
    } catch (error) {
      if (error instanceof InvalidResponseError && error.status === undefined && response !== undefined) {
        throw errorOfText(error, response, text, request);
      }
      if (error instanceof TheDexError) throw error;
      if (signal.aborted) throw signal.reason;
      const failure = errorOfWire(error, exchange?.error, connections, request);
      throw failure instanceof NetworkError && exchange?.diedOnReuse === true
        ? new StaleConnectionError(failure.message, { cause: failure })
        : failure;
    }
  }
}

/** A connection that had served another request before ended without a byte of an answer. */
class StaleConnectionError extends NetworkError {}

function urlOf({ origin, pathname }: URL, path: string): string {
  return `${origin}${pathname.endsWith('/') ? pathname.slice(0, -1) : pathname}${path}`;
}

// What does not come soon, or cannot be read, is of no use: the status is known.
async function readSoon(response: Response): Promise<string> {
  const timer = setTimeout(() => (response.body as Readable | null)?.destroy(), HINT_WAIT_MS);
  try {
    return await readText(response);
  } catch {
    return '';
  } finally {
    clearTimeout(timer);
  }
}

const decompress = promisify(gunzip);

async function readText(response: Response): Promise<string> {
  const bytes = await decode(await response.arrayBuffer(), response.headers.get('Content-Encoding') ?? 'identity');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidResponseError('the answer is not UTF-8 text');
  }
}

async function decode(bytes: ArrayBuffer, encoding: string): Promise<ArrayBuffer | Buffer> {
  if (encoding === 'identity') return bytes;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new InvalidResponseError('the answer is compressed in a way that was not asked for');
  }
  try {
    return await decompress(bytes, { maxOutputLength: MAX_ANSWER_BYTES });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new InvalidResponseError(`the answer ${isTooLarge ? 'is larger than 2 MiB' : 'is no whole gzip'}`);
  }
}

// Shorter answers cannot hold the process up, whatever they hold.
const MIN_LARGE_LENGTH = 128 * 1024;
// `JSON.parse` cannot be interrupted, and needs most time and memory for many small values and for deep ones. 2 MiB of
// balances have fewer values and are not deep.
const MAX_SEPARATORS = 180_000;
const MAX_DEPTH = 32;

/** @throws InvalidResponseError if a text has more values than any answer of this API, or deeper ones. */
function refuseExcess(text: string): void {
  let depth = 0;
  let separators = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === ',' || character === ':') separators += 1;
    else if (character === '[' || character === '{') {
      separators += 1;
      depth += 1;
    } else if (character === ']' || character === '}') depth -= 1;
    if (depth > MAX_DEPTH) throw new InvalidResponseError('the answer is nested too deeply');
    if (separators > MAX_SEPARATORS) throw new InvalidResponseError('the answer holds too many values');
  }
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}

// The event loop turns at least this often while a large answer is read.
const SLICE_MS = 20;

async function runWithPauses<T>(steps: Steps<T>): Promise<T> {
  let startedAt = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - startedAt < SLICE_MS) continue;
    await setImmediate();
    startedAt = performance.now();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes the text, in which a gateway may echo a key.
    throw new InvalidResponseError(text === '' ? 'the answer is empty' : 'the answer is not JSON');
  }
}
