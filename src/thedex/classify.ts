import { FetchError } from 'node-fetch';
import {
  AuthError,
  ClientError,
  InvalidResponseError,
  NetworkError,
  RateLimitedError,
  ServerError,
  TheDexError,
  TlsError,
} from './errors.ts';

/**
 * The error that a status alone decides, before the body is looked at; `undefined` where the body has a say:
 * 2xx, and those 4xx that may be a refused key in other words.
 */
export function errorOfStatus(status: number, request: string): TheDexError | undefined {
  const message = `${request}: status ${status}`;
  if (status === 401 || status === 403) return new AuthError(message);
  if (status === 429) return new RateLimitedError(message);
  if (status >= 500 && status <= 599) return new ServerError(message);
  if (status >= 300 && status <= 399) return new ClientError(`${message}, a redirect, which is not followed`);
  if (status < 200 || status > 599) return new InvalidResponseError(`${message}, which HTTP does not know`);
  return undefined;
}

// Node's names for what OpenSSL refuses in a certificate (its documentation of tls lists them), and for failed handshakes.
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERROR_IN_C|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|OUT_OF_MEM|.*_CERT(?:IFICATE)?(?:_|$))/;
// llhttp's names for bytes that are not HTTP, and zlib's for a body that does not decompress.
const UNREADABLE_CODE = /^(?:HPE_|Z_|ERR__ERROR_|ERR_BROTLI|ERR_ZLIB)/;

/** The error of a request that threw: what node-fetch, the socket, TLS or the decompression reported. */
export function errorOfThrown(thrown: unknown, request: string): unknown {
  if (thrown instanceof TheDexError || !(thrown instanceof Error)) return thrown;
  const options = { cause: thrown };
  const code = codeOf(thrown);
  if (thrown instanceof FetchError && thrown.type === 'max-size') {
    return new InvalidResponseError(`${request}: the answer is larger than 8 MiB when decompressed`, options);
  }
  if (code === undefined) {
    // Only a proxy's refusal comes without a code; everything else without one did not come from the network.
    return thrown instanceof FetchError ? new NetworkError(`${request}: ${lastPart(thrown.message)}`, options) : thrown;
  }
  if (!cameFromOutside(thrown, code)) return thrown;
  if (UNREADABLE_CODE.test(code))
    return new InvalidResponseError(`${request}: the answer is unreadable (${code})`, options);
  if (TLS_CODE.test(code)) return new TlsError(`${request}: the connection is not secure (${code})`, options);
  return new NetworkError(`${request}: ${WORDS[code] ?? 'the connection failed'} (${code})`, options);
}

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

// Node gives codes to mistakes of its callers too, such as a header that it refuses to send: those are defects of ours.
function cameFromOutside(error: Error, code: string): boolean {
  return error instanceof FetchError || 'syscall' in error || WORDS[code] !== undefined;
}

function codeOf(error: Error): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : undefined;
}

function lastPart(message: string): string {
  return message.replace(/^.*failed, reason: /, '');
}

// The words of the gateway's documentation ("incorrect signature, api key or payload header") and of its relatives.
const CREDENTIAL = String.raw`(?:signature|api[ _-]?key|apikey|secret[ _-]?key|payload header|x-ex-\w+)`;
const REFUSAL = String.raw`(?:incorrect|invalid|wrong|bad|unknown|missing|expired|revoked|disabled|inactive|mismatch\w*|refused|rejected|denied|not (?:valid|found|active|allowed|match\w*)|(?:do|does)(?:n't| not) match)`;
const CREDENTIALS_REFUSED = new RegExp(
  String.raw`\b${REFUSAL}\b[^.!?{}]{0,60}\b${CREDENTIAL}|\b${CREDENTIAL}\b[^.!?{}]{0,60}\b${REFUSAL}\b|\bunauthori[sz]ed\b|\bincorrect headers\b`,
  'i',
);
const REFUSED_STATUS = /"(?:status|code|statusCode)"\s*:\s*"?(?:401|403)\b/i;

// A refusal is a sentence; a longer body is something else, in which these words may stand by chance.
const MAX_REFUSAL_LENGTH = 4096;

/** Whether a body that is not the expected answer says that the key or the signature was refused. */
export function saysCredentialsRefused(body: string): boolean {
  if (body.length > MAX_REFUSAL_LENGTH) return false;
  return CREDENTIALS_REFUSED.test(body) || REFUSED_STATUS.test(body);
}
