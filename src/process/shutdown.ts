import type { Logger } from '../lib/log.ts';
import type { Readiness } from '../web/readiness.ts';
import type { ScrapeGate } from '../web/scrape-gate.ts';

/** What is brought to its end when the process is asked to end. */
export interface Shutdown {
  readonly readiness: Readiness;
  readonly gate: ScrapeGate;
  /** Closes the listeners and lets what is under way end within the time given. */
  readonly drain: (graceMs: number) => Promise<void>;
  /** Closes everything else. */
  readonly close: () => Promise<void>;
  readonly log: Logger;
}

/** How long scrapes that are under way may take to end. */
export const GRACE_MS = 10_000;

/**
 * Ends the process on SIGTERM or SIGINT with status 0: not ready at once, the listeners open until the scrapes in
 * flight are answered. A second signal ends it at once.
 */
export function endOnSignal(shutdown: Shutdown): void {
  let isEnding = false;
  const end = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(1);
    isEnding = true;
    shutdown.log.info('Ending', { signal });
    void drain(shutdown).then(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

async function drain({ readiness, gate, drain: drainListeners, close, log }: Shutdown): Promise<void> {
  const deadline = Date.now() + GRACE_MS;
  readiness.drain();
  const grace = after(GRACE_MS);
  await Promise.race([gate.idle(), grace]);
  await Promise.race([drainListeners(Math.max(0, deadline - Date.now())), grace]);
  await Promise.race([close(), grace]);
  log.info('Ended');
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
