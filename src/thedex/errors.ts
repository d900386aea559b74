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

/** What {@link adviceFor} needs to know of a failure. */
export interface AdvisedFailure {
  readonly reason: Reason;
  readonly status?: number | undefined;
  readonly said?: readonly string[] | undefined;
  readonly botWall?: boolean | undefined;
}

const ADVICE_FOR_REASON: Readonly<Record<Reason, string>> = {
  timeout:
    'Check the way to the gateway (name resolution, firewall, proxy), or grant more time: --thedex.timeout, and scrape_timeout in Prometheus.',
  network: "Check that the gateway's host name and port, or those of the proxy, can be reached from this machine.",
  tls: "Check the gateway's certificate and this machine's clock; --thedex.ca-file trusts a private certificate authority.",
  auth: 'Check that the API key and the secret key are one pair of an active merchant, and were copied whole.',
  rate_limited: 'Scrape less often, or let fewer programs use this account; scrapes wait as long as the gateway asks.',
  client_error: 'Check --thedex.url: it is the address of the gateway without the path of the API.',
  server_error: 'The gateway has trouble of its own: wait, and ask its support if it lasts.',
  invalid_response:
    'Check --thedex.url, and what stands between here and the gateway: what answered does not speak its API.',
  internal: 'This is a defect of the exporter: please report it with the stack in its log.',
};

const ADVICE_FOR_WORD: Readonly<Record<SaidWord, string>> = {
  nonce:
    'The gateway speaks of a nonce: try --thedex.legacy-nonce, and let no other program use the same key with nonces.',
  timestamp: "The gateway speaks of a timestamp: check this machine's clock.",
  permission: 'The gateway speaks of a permission: allow this API key to read balances.',
  'rate limit': 'The gateway speaks of a rate limit: scrape less often, or let fewer programs use this account.',
  maintenance: 'The gateway speaks of maintenance: wait until it is over.',
  suspended: 'The gateway says that something is suspended: ask its support about the state of the account.',
};

/** What to do about a failure, in one sentence: the same in the log, on the landing page and in `probe`. */
export function adviceFor({ reason, status, said = [], botWall }: AdvisedFailure): string {
  if (botWall === true) {
    return "A bot wall, a firewall or an allow-list in front of the API refused: have this machine's outgoing address allowed.";
  }
  const word = SAID_WORDS.find((each) => said.includes(each));
  if (word !== undefined) return ADVICE_FOR_WORD[word];
  if (status !== undefined && status >= 300 && status <= 399) {
    return 'Check --thedex.url: the gateway has moved or wants another address, and redirects are never followed.';
  }
  return ADVICE_FOR_REASON[reason];
}
