/** The reads that the sandbox answers, by the names that the exporter's metrics give them. */
export const ENDPOINT_PATHS = {
  balances: '/api/v1/balances',
  rates: '/api/v1/info/user/currencies/crypto',
  payout_limits: '/api/v1/info/payout/limit/crypto',
} as const;

export type Endpoint = keyof typeof ENDPOINT_PATHS;

export const ENDPOINTS = Object.keys(ENDPOINT_PATHS) as readonly Endpoint[];

/** The endpoint of a path, or `undefined` for any other path. */
export function endpointOfPath(path: string): Endpoint | undefined {
  return ENDPOINTS.find((endpoint) => ENDPOINT_PATHS[endpoint] === path);
}

/** Whether a text names an endpoint. */
export function isEndpoint(name: string): name is Endpoint {
  return Object.hasOwn(ENDPOINT_PATHS, name);
}
