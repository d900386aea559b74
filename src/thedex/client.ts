import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import fetch, { type Response } from 'node-fetch';
import type { KeyPair } from '../config/settings.ts';
import type { Endpoint } from './answers.ts';
import { errorOfStatus, errorOfText, errorOfWire, isDecidedByStatus } from './classify.ts';
import { Connections, ProxyError, type Exchange, type Route } from './connection.ts';
import { InvalidResponseError, NetworkError, TheDexError } from './errors.ts';
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
        throw new ProxyError(`the proxy ${connections.proxyName} refused, with status 407`);
      }
      text = isDecidedByStatus(response.status) ? await readSoon(response) : await readText(response);
      const refused = errorOfStatus(response, text, request);
      if (refused !== undefined) throw refused;
      const secrets = [keys.apiKey.reveal(), keys.secretKey.reveal(), signature, payload];
      return endpoint.parse(parseJson(text), (name) => secrets.some((secret) => name.includes(secret)));
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes the text, in which a gateway may echo a key.
    throw new InvalidResponseError(text === '' ? 'the answer is empty' : 'the answer is not JSON');
  }
}
