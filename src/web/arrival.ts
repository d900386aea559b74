import type { IncomingMessage } from 'node:http';

/** How a request came, and whether its client still waits. */
export interface Arrival {
  /** `performance.now()` when the head of the request had arrived: before queues and password checks. */
  readonly atMs: number;
  /** Aborts when the client hangs up before the answer was sent. */
  readonly gone: AbortSignal;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();

/** Notes how a request came; the server does it before the handler runs. */
export function recordArrival(request: IncomingMessage, arrival: Arrival): void {
  arrivals.set(request, arrival);
}

/** How a request came. One that no server of ours took, as in a test, has just arrived and never hangs up. */
export function arrivalOf(request: IncomingMessage): Arrival {
  const known = arrivals.get(request);
  if (known !== undefined) return known;
  const arrival = { atMs: performance.now(), gone: new AbortController().signal };
  arrivals.set(request, arrival);
  return arrival;
}
