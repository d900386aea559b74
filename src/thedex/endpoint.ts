/** One read of the API: where it is asked, and how its answer is understood. */
export interface Endpoint<T> {
  /** The collector's name in labels. */
  readonly name: EndpointName;
  /** Path below the gateway's URL. */
  readonly path: string;
  /**
   * Understands the answer's JSON.
   * @throws InvalidResponseError if it is none of the accepted shapes, or no entry of it is valid.
   */
  readonly parse: (json: unknown) => T;
}

export const ENDPOINT_NAMES = ['balances', 'rates', 'payout_limits'] as const;
export type EndpointName = (typeof ENDPOINT_NAMES)[number];
