/** Bounds the scrapes that wait at once, and knows when none does. */
export class ScrapeGate {
  readonly #limit: number;
  #inFlight = 0;
  #onIdle: (() => void)[] = [];

  /** @param limit `--web.max-requests`. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs a scrape, or returns `undefined` at once if too many are waiting. */
  async run<T>(scrape: () => Promise<T>): Promise<T | undefined> {
    if (this.#inFlight >= this.#limit) return undefined;
    this.#inFlight += 1;
    try {
      return await scrape();
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) for (const tell of this.#onIdle.splice(0)) tell();
    }
  }

  /** Fulfilled as soon as no scrape is waiting. */
  idle(): Promise<void> {
    return this.#inFlight === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }
}
