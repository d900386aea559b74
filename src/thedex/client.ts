import type { Agent } from 'node:http';
import type { Readable } from 'node:stream';
import fetch, { AbortError, type Response } from 'node-fetch';
import type { Secret } from '../lib/secret.ts';
import { errorOfStatus, errorOfThrown, saysCredentialsRefused } from './classify.ts';
import { createConnection, type Connection } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { AuthError, ClientError, InvalidResponseError, NetworkError } from './errors.ts';
import type { BodyMaker } from './request-body.ts';
import { encodePayload, signPayload } from './signature.ts';

/** What a client signs with, and where it sends to. */
export interface ClientOptions {
  readonly url: URL;
  readonly apiKey: Secret;
  readonly secretKey: Secret;
  readonly makeBody: BodyMaker;
  readonly connection: Connection;
  readonly userAgent: string;
}

/** Asks the gateway on behalf of one account. */
export interface TheDexClient {
  /**
   * Signs and sends one request and understands its answer.
   * @param signal ends the request at once; its reason, a `DeadlineError`, is what is thrown then.
   * @throws TheDexError for every failure outside this program; anything else thrown is a defect.
   */
  read<T>(endpoint: Endpoint<T>, signal: AbortSignal): Promise<T>;
}

/** The longest answer that is read, in bytes after decompression. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export function createClient(options: ClientOptions): TheDexClient {
  return {
    async read(endpoint, signal) {
      const url = urlOf(options.url, endpoint.path);
      const request = `POST ${url}`;
      const response = await sendOverLiveConnection(options, endpoint.path, signal);
      try {
        return understand(endpoint, await readBody(response, request), { status: response.status, request });
      } catch (error) {
        throw thrownBy(error, signal, request);
      }
    },
  };
}

function urlOf(base: URL, path: string): string {
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}${path}`;
}

function thrownBy(error: unknown, signal: AbortSignal, request: string): unknown {
  return error instanceof AbortError && signal.aborted ? signal.reason : errorOfThrown(error, request);
}

// Gateways close connections that were idle for a while. The request that finds out has reached nobody, so it is sent
// once more; a request that a fresh connection lost may have been carried out, and the next scrape is its retry.
async function sendOverLiveConnection(options: ClientOptions, path: string, signal: AbortSignal): Promise<Response> {
  const request = `POST ${urlOf(options.url, path)}`;
  const tracked = options.connection.track();
  try {
    return await send(options, path, { agent: tracked.agent, signal });
  } catch (error) {
    const failure = thrownBy(error, signal, request);
    if (!(failure instanceof NetworkError && tracked.diedOnReuse())) throw failure;
  }
  options.connection.closeIdle();
  try {
    return await send(options, path, { agent: options.connection.track().agent, signal });
  } catch (error) {
    throw thrownBy(error, signal, request);
  }
}

type Transport = Readonly<{ agent: Agent; signal: AbortSignal }>;

function send(options: ClientOptions, path: string, transport: Transport): Promise<Response> {
  const body = options.makeBody(path);
  const payload = encodePayload(body);
  return fetch(urlOf(options.url, path), {
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'Accept-Encoding': 'gzip',
      'User-Agent': options.userAgent,
      'X-EX-APIKEY': options.apiKey.reveal(),
      'X-EX-PAYLOAD': payload,
      'X-EX-SIGNATURE': signPayload(payload, options.secretKey),
    },
    // A redirect would carry the signed headers to another host.
    redirect: 'manual',
    size: MAX_ANSWER_BYTES,
    agent: transport.agent,
    signal: transport.signal,
  });
}

async function readBody(response: Response, request: string): Promise<string> {
  const error = errorOfStatus(response.status, request);
  if (error !== undefined) {
    // The status decides, so nothing waits for the body; left unread, it would keep its connection busy.
    (response.body as Readable | null)?.destroy();
    throw error;
  }
  const bytes = await response.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidResponseError(`${request}: the answer is not UTF-8 text`);
  }
}

function understand<T>(endpoint: Endpoint<T>, body: string, answer: { status: number; request: string }): T {
  const { status, request } = answer;
  try {
    if (status >= 400) throw new ClientError(`${request}: status ${status}`);
    return endpoint.parse(parseJson(body));
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof InvalidResponseError)) throw error;
    if (saysCredentialsRefused(body)) {
      throw new AuthError(
        `${request}: status ${status}, and the answer says that the key or the signature was refused`,
      );
    }
    if (error instanceof ClientError) throw error;
    throw new InvalidResponseError(`${request}: status ${status}, ${body.length} characters: ${error.message}`, {
      cause: error,
      ...(error.invalidEntries === undefined ? {} : { invalidEntries: error.invalidEntries }),
    });
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The message of JSON.parse quotes the text, in which a gateway may echo a key.
    throw new InvalidResponseError(body === '' ? 'the answer is empty' : 'the answer is not JSON');
  }
}

/** The pair that signs a request. */
export interface KeyPair {
  readonly apiKey: Secret;
  readonly secretKey: Secret;
}

/** One gateway, asked on behalf of any number of accounts: nothing ties a connection to a key. */
export interface Gateway {
  /**
   * Signs and sends one request and understands its answer.
   * @param signal ends the request at once; its reason, a `DeadlineError` or `CanceledError`, is what is thrown then.
   * @throws TheDexError for every failure outside this program; anything else thrown is a defect.
   */
  ask<T>(endpoint: import('./answers.ts').Endpoint<T>, keys: KeyPair, signal: AbortSignal): Promise<T>;
  /** Closes all connections. */
  close(): void;
}

export interface GatewayOptions {
  readonly url: URL;
  /** The proxy that leads there, if one does. */
  readonly proxy: URL | undefined;
  /** What TLS trusts; `undefined` for what Node.js trusts. */
  readonly secureContext: import('node:tls').SecureContext | undefined;
  readonly makeBody: BodyMaker;
  readonly userAgent: string;
}

/** The way to one gateway: accounts with the same URL and proxy share it. */
export function openGateway({ url, proxy, makeBody, userAgent }: GatewayOptions): Gateway {
  const connection = createConnection({ url, ca: undefined, proxy });
  return {
    ask: (endpoint, keys, signal) =>
      createClient({ url, ...keys, makeBody, connection, userAgent }).read(
        { ...endpoint, parse: (json) => endpoint.parse(json, () => false) },
        signal,
      ),
    close: () => connection.close(),
  };
}
