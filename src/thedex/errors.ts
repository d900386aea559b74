import { FetchError, type Response } from 'node-fetch';
import { ProxyError, UnexpectedUpgradeError, type Connections } from './connection.ts';

/** Why a request to the gateway failed, as `thedex_scrape_error{reason}` tells it; the order is that of the metrics page. */
export const REASONS = [
  'timeout',
  'network',
  'tls',
  'auth',
  'rate_limited',
  'client_error',
  'server_error',
  'invalid_response',
  'internal',
] as const;
export type Reason = (typeof REASONS)[number];

/** The words of an answer that may be shown; nothing else of a body is, because a gateway may echo a key in it. */
export const SAID_WORDS = ['nonce', 'timestamp', 'permission', 'rate limit', 'maintenance', 'suspended'] as const;
export type SaidWord = (typeof SAID_WORDS)[number];

/** What a failure tells besides its message. */
export interface FailureDetails {
  /** The status of the answer, if one came. */
  readonly status?: number | undefined;
  /** The {@link SAID_WORDS} that the answer contained. */
  readonly said?: readonly SaidWord[] | undefined;
  readonly cause?: unknown;
}

/**
 * A request to the gateway that failed for a reason outside this program. The message says what was tried, on what, and
 * what came back. It holds nothing of a body or of a header.
 */
export abstract class TheDexError extends Error {
  abstract readonly reason: Exclude<Reason, 'internal'>;
  /** The status of the answer; `undefined` if none came. */
  readonly status: number | undefined;
  /** The {@link SAID_WORDS} that the answer contained. */
  readonly said: readonly SaidWord[];

  constructor(message: string, { status, said = [], cause }: FailureDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.status = status;
    this.said = said;
  }
}

/** The deadline of the scrape passed, wherever the time went. */
export class DeadlineError extends TheDexError {
  readonly reason = 'timeout';
}

/** No connection, or one that ended before the answer did, or anything wrong with a proxy. */
export class NetworkError extends TheDexError {
  readonly reason = 'network';
}

/** The connection could not be secured, or the gateway's certificate is not to be trusted. */
export class TlsError extends TheDexError {
  readonly reason = 'tls';
}

/** The gateway refused the API key or the signature. */
export class AuthError extends TheDexError {
  readonly reason = 'auth';
}

/** Status 429. */
export class RateLimitedError extends TheDexError {
  readonly reason = 'rate_limited';
  /** How long the gateway wants not to be asked, in seconds; `undefined` if it did not say. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, details: FailureDetails & { readonly retryAfterSeconds?: number | undefined } = {}) {
    super(message, details);
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** Another status 4xx, or a redirect, which is never followed. */
export class ClientError extends TheDexError {
  readonly reason = 'client_error';
  /** Whether something in front of the API refused: a bot wall, a firewall or an allow-list. */
  readonly botWall: boolean;

  constructor(message: string, details: FailureDetails & { readonly botWall?: boolean } = {}) {
    super(message, details);
    this.botWall = details.botWall ?? false;
  }
}

/** A status 5xx. */
export class ServerError extends TheDexError {
  readonly reason = 'server_error';
}

/** An answer came, but it is not what the API promises. */
export class InvalidResponseError extends TheDexError {
  readonly reason = 'invalid_response';
  /** How many entries were refused, when the answer had the right shape and none of its entries was valid. */
  readonly invalidEntries: number | undefined;

  constructor(message: string, details: FailureDetails & { readonly invalidEntries?: number | undefined } = {}) {
    super(message, details);
    this.invalidEntries = details.invalidEntries;
  }
}

/** Nobody waits for the answer any more, which is no failure of the gateway. */
export class CanceledError extends Error {
  override readonly name = 'CanceledError';
}

/** The one reason of any failure; whatever is not a {@link TheDexError} is a defect of this program. */
export function reasonOf(error: unknown): Reason {
  return error instanceof TheDexError ? error.reason : 'internal';
}

/**
 * The error of an answer whose status is not 2xx; `undefined` for the others. Only those 4xx that may be a refused key
 * in other words, and a 403, are looked at further.
 * @param text the body, or nothing if it did not come soon
 */
export function errorOfStatus({ status, headers }: Response, text: string, request: string): TheDexError | undefined {
  if (status >= 200 && status <= 299) return undefined;
  const message = `${request}: status ${status}`;
  const details = { status, said: findSaidWords(text) };
  if (status === 401) return new AuthError(message, details);
  if (status === 403) {
    if (!isHtml(headers, text) && !headers.has('cf-mitigated')) return new AuthError(message, details);
    const wall = 'a bot wall, a firewall or an allow-list in front of the API refused';
    return new ClientError(`${message}, ${wall}`, { ...details, botWall: true });
  }
  if (status === 429) {
    const retryAfterSeconds = parseRetryAfter(headers.get('Retry-After'));
    return new RateLimitedError(message, { ...details, retryAfterSeconds });
  }
  if (status >= 500 && status <= 599) return new ServerError(message, details);
  if (status >= 300 && status <= 399) {
    return new ClientError(`${message}, a redirect, which is not followed`, details);
  }
  if (status < 200 || status > 599) {
    return new InvalidResponseError(`${message}, which HTTP does not know`, details);
  }
  return saysCredentialsRefused(text) ? refusedCredentials(status, text, request) : new ClientError(message, details);
}

/** Whether a status says enough without its body. */
export function isDecidedByStatus(status: number): boolean {
  return (
    status === 401 || status === 403 || status === 429 || status < 200 || status > 499 || (status > 299 && status < 400)
  );
}

/** The error of an answer that was not understood; a status decides alone then, and a text may say that the key was refused. */
export function errorOfText(
  error: InvalidResponseError,
  response: Response,
  text: string,
  request: string,
): TheDexError {
  const { status } = response;
  const refused = errorOfStatus(response, text, request);
  if (refused !== undefined) return refused;
  if (saysCredentialsRefused(text)) return refusedCredentials(status, text, request);
  return new InvalidResponseError(`${request}: status ${status}: ${error.message}`, {
    status,
    said: findSaidWords(text),
    invalidEntries: error.invalidEntries,
    cause: error,
  });
}

function refusedCredentials(status: number, text: string, request: string): AuthError {
  const message = `${request}: status ${status}, and the answer says that the key or the signature was refused`;
  return new AuthError(message, { status, said: findSaidWords(text) });
}

// Node's names for what OpenSSL refuses in a certificate (its documentation of tls lists them), and for failed handshakes.
const TLS_CODE =
  /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERROR_IN_|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_|HOSTNAME_MISMATCH$|OUT_OF_MEM$|UNSPECIFIED$)/;

const WORDS: Readonly<Record<string, string | undefined>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'no connection could be made',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was closed before the answer was complete',
};

/**
 * The error of a request that went wrong on the wire.
 * @param thrown what node-fetch threw
 * @param cause the first error of the socket, if there was one
 * @returns `thrown` itself if it did not come from outside: Node.js refused to send the request, by a defect of ours
 */
export function errorOfWire(
  thrown: unknown,
  cause: Error | undefined,
  { proxyName, asksProxy }: Connections,
  request: string,
): unknown {
  const problem = cause ?? thrown;
  if (problem instanceof ProxyError) return new NetworkError(`${request}: ${problem.message}`, { cause: problem });
  if (!(thrown instanceof FetchError) && cause === undefined) return thrown;
  const options = { cause: problem };
  if (thrown instanceof FetchError && thrown.type === 'max-size') {
    return new InvalidResponseError(`${request}: the answer is larger than 2 MiB`, options);
  }
  const through = proxyName === undefined ? '' : ` through the proxy ${proxyName}`;
  if (cause instanceof UnexpectedUpgradeError) {
    return new InvalidResponseError(`${request}: status 101${through}, which nobody asked for`, {
      ...options,
      status: 101,
    });
  }
  const code = codeOf(cause) ?? codeOf(thrown) ?? 'no code';
  // llhttp's names for bytes that are not HTTP.
  const isUnreadable = code.startsWith('HPE_');
  const what = isUnreadable ? 'the answer is not HTTP' : (WORDS[code] ?? 'the connection failed');
  if (isUnreadable && !asksProxy) return new InvalidResponseError(`${request}: ${what} (${code})${through}`, options);
  if (TLS_CODE.test(code) && !asksProxy) {
    return new TlsError(`${request}: the connection is not secure (${code})${through}`, options);
  }
  return new NetworkError(`${request}: ${what} (${code})${through}`, options);
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : undefined;
}

/** The longest time that a gateway may ask for, in seconds: a day by mistake must not silence an account. */
const MAX_RETRY_AFTER_SECONDS = 3600;

/** The seconds that `Retry-After` asks for, a number or a date; `undefined` if it cannot be read. */
export function parseRetryAfter(header: string | null, nowMs = Date.now()): number | undefined {
  const text = header?.trim() ?? '';
  const seconds = /^\d+$/.test(text)
    ? Number(text)
    : text.endsWith('GMT')
      ? Math.ceil((Date.parse(text) - nowMs) / 1000)
      : NaN;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS);
}

function isHtml(headers: Response['headers'], text: string): boolean {
  return /html/i.test(headers.get('Content-Type') ?? '') || /^\s*<(?:!doctype|html)/i.test(text);
}

// A refusal is a sentence; a longer body is something else, in which these words may stand by chance.
const MAX_REFUSAL_LENGTH = 4096;

// The words of the gateway's documentation ("incorrect signature, api key or payload header") and of its relatives.
const CREDENTIAL = /signature|api[ _-]?key|secret[ _-]?key|payload header|x-ex-/i;
const REFUSAL =
  /incorrect|invalid|wrong|(?:^|[^a-z])bad(?![a-z])|unknown|missing|expired|revoked|disabled|inactive|mismatch|refused|rejected|denied|not (?:valid|found|active|allowed|match)|n't match/i;
const PLAIN_REFUSAL =
  /unauthori[sz]ed|incorrect headers|"(?:status|code|statusCode)"\s{0,9}:\s{0,9}"?(?:401|403)(?!\d)/i;

/** Whether a body that is not the expected answer says that the key or the signature was refused. */
export function saysCredentialsRefused(text: string): boolean {
  if (text.length > MAX_REFUSAL_LENGTH) return false;
  const sentences = text.split(/[.!?{}]/);
  return PLAIN_REFUSAL.test(text) || sentences.some((each) => CREDENTIAL.test(each) && REFUSAL.test(each));
}

const SAID: readonly (readonly [SaidWord, RegExp])[] = [
  ['nonce', /nonce/i],
  ['timestamp', /time[ _-]?stamp/i],
  ['permission', /permission/i],
  ['rate limit', /rate[ _-]?limit|too many requests/i],
  ['maintenance', /maintenance/i],
  ['suspended', /suspended/i],
];

/** The words of a fixed list that an answer contains, but not as names of fields: each of Java's errors has a `timestamp`. */
export function findSaidWords(text: string): SaidWord[] {
  const said = text.slice(0, MAX_REFUSAL_LENGTH).replace(/"\w{0,64}"\s{0,9}:/g, ' ');
  return SAID.filter(([, pattern]) => pattern.test(said)).map(([word]) => word);
}
