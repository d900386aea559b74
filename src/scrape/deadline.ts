/** How long a scrape may take; see `GatewaySettings`. */
export interface DeadlineSettings {
  readonly timeoutMs: number;
  readonly timeoutOffsetMs: number;
}

// What Go prints for a float64, which is what Prometheus sends.
const SECONDS = /^\+?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;

/**
 * How long a scrape may take, in milliseconds: what Prometheus grants in `X-Prometheus-Scrape-Timeout-Seconds`, less
 * the offset that the way back needs, and never more than `--thedex.timeout`. A header that is absent, zero, negative
 * or unreadable grants just that; an offset that would leave nothing takes half of what is granted.
 */
export function scrapeTimeoutMs(header: string | undefined, { timeoutMs, timeoutOffsetMs }: DeadlineSettings): number {
  const grantedMs = header !== undefined && SECONDS.test(header.trim()) ? Number(header) * 1000 : 0;
  if (grantedMs <= 0 || !Number.isFinite(grantedMs)) return timeoutMs;
  const remainingMs = grantedMs - timeoutOffsetMs;
  return Math.min(timeoutMs, remainingMs > 0 ? remainingMs : grantedMs / 2);
}
