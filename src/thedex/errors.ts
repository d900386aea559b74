/** Why a read of the gateway failed, as `thedex_scrape_error{reason}` tells it; the order is that of the metrics page. */
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

/**
 * A read of the gateway that failed for a reason outside this program. The message says what was tried, on what, and
 * what came back; it holds nothing of a body or of a header, because a gateway may echo a key there.
 */
export abstract class TheDexError extends Error {
  abstract readonly reason: Exclude<Reason, 'internal'>;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The deadline of the scrape passed, wherever the time went. */
export class DeadlineError extends TheDexError {
  readonly reason = 'timeout';
}

/** No connection, or one that ended before the answer did; a proxy's refusal too. */
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
}

/** Another status 4xx, or a redirect, which is never followed. */
export class ClientError extends TheDexError {
  readonly reason = 'client_error';
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

  constructor(message: string, options?: ErrorOptions & { invalidEntries?: number }) {
    super(message, options);
    this.invalidEntries = options?.invalidEntries;
  }
}

/** The one reason of any failure; whatever is not a {@link TheDexError} is a defect of this program. */
export function reasonOf(error: unknown): Reason {
  return error instanceof TheDexError ? error.reason : 'internal';
}
