import type { Logger } from '../lib/log.ts';

/**
 * Ends the process with status 1 on a defect that nothing caught, so that a supervisor starts it anew, and says in the
 * log where it was. Only the error's own stack is printed: an inspected error would show whatever objects hang on it,
 * a request with its signed headers among them.
 */
export function exitOnDefect(log: Logger): void {
  const crash = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : 'a value that is no error was thrown';
    log.error('The exporter ends after a defect of its own', { stack });
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}
