/** How long clients may take and how many there may be; times are in milliseconds. */
export interface ClientLimits {
  /** From connecting, or from the last answer's end and the next request's first byte, to the end of the headers. */
  readonly headersMs: number;
  /** The same, to the end of the body. */
  readonly requestMs: number;
  /** How often connections are held against the two above. */
  readonly checkEveryMs: number;
  /** How long a connection is kept while nothing is asked on it. */
  readonly keepAliveMs: number;
  /** How long a client may take nothing of an answer, besides the time that it may have to wait for it. */
  readonly slowReaderMs: number;
  /** Of one listener; further ones are closed as they come. */
  readonly maxConnections: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  // Who has not said what it wants within this time does not want to be answered.
  headersMs: 10_000,
  requestMs: 10_000,
  // Twelve looks a minute cost nothing that can be measured.
  checkEveryMs: 5_000,
  // Longer than the usual interval between scrapes, so that Prometheus need not connect anew for each.
  keepAliveMs: 120_000,
  // A page passes in milliseconds; this leaves room for lost packets.
  slowReaderMs: 30_000,
  // Far more than any number of Prometheus servers, and far less than there are descriptors.
  maxConnections: 1_000,
};

/** A scrape's headers take a few hundred bytes; cookies of a reverse proxy may add some thousands. */
export const MAX_HEADER_BYTES = 16 * 1024;
