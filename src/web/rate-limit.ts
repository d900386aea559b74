import type { Middleware } from 'koa';
import type { RateLimit } from './web-config-file.ts';

/** Holds a request for each that may come at once. */
export class TokenBucket {
  readonly limit: RateLimit;
  readonly #now: () => number;
  #tokens: number;
  #filledAtMs: number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(limit: RateLimit, now: () => number) {
    this.limit = limit;
    this.#now = now;
    this.#tokens = limit.burst;
    this.#filledAtMs = now();
  }

  /** Takes one request out, if there is one. */
  take(): boolean {
    const now = this.#now();
    const { burst, intervalMs } = this.limit;
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#filledAtMs) / intervalMs);
    this.#filledAtMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** Answers 429 to requests beyond the rate, of all clients together, as the exporter-toolkit does. */
export function limitRate(bucketInForce: () => TokenBucket | undefined, exempt: ReadonlySet<string>): Middleware {
  return async (ctx, next) => {
    const bucket = bucketInForce();
    if (bucket === undefined || exempt.has(ctx.path) || bucket.take()) {
      await next();
    } else {
      ctx.status = 429;
      ctx.set('Retry-After', String(Math.max(1, Math.ceil(bucket.limit.intervalMs / 1000))));
      ctx.body = 'Too Many Requests (rate_limit of the web configuration)\n';
    }
  };
}
