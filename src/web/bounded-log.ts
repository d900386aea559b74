import type { LogFields, Logger } from '../lib/log.ts';

/** Enough to see what happens and to whom. */
export const MAX_LINES = 10;
const PERIOD_MS = 60_000;

/** Logs a warning, or counts it. */
export type Warn = (message: string, fields: LogFields) => void;

/**
 * Warnings that clients can bring about as often as they like: at most {@link MAX_LINES} in a minute are logged, and the
 * first one after that says how many were not. No timer wakes an idle process for it.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function boundWarnings(log: Logger, now: () => number = () => performance.now()): Warn {
  let periodEndsAt = 0;
  let count = 0;
  return (message, fields) => {
    if (now() >= periodEndsAt) {
      const suppressed = Math.max(0, count - MAX_LINES);
      periodEndsAt = now() + PERIOD_MS;
      count = 1;
      log.warn(message, suppressed > 0 ? { ...fields, suppressed } : fields);
      return;
    }
    count += 1;
    if (count <= MAX_LINES) log.warn(message, fields);
  };
}
