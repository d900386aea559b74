import { constants, openSync, writeSync } from 'node:fs';
import { escapeControls } from './quote.ts';

/** Levels of `--log.level`, least important first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Formats of `--log.format`. */
export const LOG_FORMATS = ['logfmt', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a line says besides its message; `undefined` values are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The whole of logging that the program needs; every line goes to one stream, oldest first. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes whole lines; standard error in the program. */
  readonly write: (line: string) => void;
}

/** A logger whose lines begin with the time (RFC 3339, UTC) and the level, then the message and its fields. */
export function createLogger({ level, format, write }: LogOptions): Logger {
  const formatLine = format === 'json' ? formatJson : formatLogfmt;
  const lineOf = (label: LogLevel) => {
    if (LOG_LEVELS.indexOf(label) < LOG_LEVELS.indexOf(level)) return () => {};
    return (message: string, fields: LogFields = {}) =>
      write(`${formatLine({ ts: new Date().toISOString(), level: label, msg: message, ...fields })}\n`);
  };
  return { debug: lineOf('debug'), info: lineOf('info'), warn: lineOf('warn'), error: lineOf('error') };
}

function formatJson(record: LogFields): string {
  return escapeControls(JSON.stringify(record));
}

function formatLogfmt(record: LogFields): string {
  return Object.entries(record)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quoteIfNeeded(String(value))}`)
    .join(' ');
}

function quoteIfNeeded(text: string): string {
  return /^[\w.:/+@,;-]+$/.test(text) ? text : escapeControls(JSON.stringify(text));
}

const STANDARD_ERROR = 2;

/**
 * A logger to standard error. Whatever is wrong with that costs lines and nothing else: a closed pipe, a full disk, or a
 * reader that does not read. As soon as lines can be written again, one says how many were lost.
 */
export function createStderrLogger(options: Omit<LogOptions, 'write'>): Logger {
  const fd = openWithoutWaiting();
  let lost = 0;
  // Of a line that is written in part, the next one begins a line of its own.
  let start = '';
  const tryToWrite = (line: string): boolean => {
    const text = start + line;
    const written = writeAsMuchAsFits(fd, text);
    const isWhole = written === Buffer.byteLength(text);
    if (written > 0) start = isWhole ? '' : '\n';
    return isWhole;
  };
  const lossLogger = createLogger({ ...options, write: (line) => void (lost = tryToWrite(line) ? 0 : lost) });
  return createLogger({
    ...options,
    write: (line) => {
      if (lost > 0) lossLogger.error('Log lines were lost', { count: lost });
      if (lost > 0 || !tryToWrite(line)) lost += 1;
    },
  });
}

function writeAsMuchAsFits(fd: number, text: string): number {
  try {
    return writeSync(fd, text);
  } catch {
    return 0;
  }
}

/** Standard error once more, such that a full pipe is an error: waiting for its reader would hold up everything. */
function openWithoutWaiting(): number {
  // A disk or a pipe that was reported broken to the stream of this descriptor must not end the process either.
  process.stderr.on('error', () => {});
  try {
    return openSync(`/proc/self/fd/${STANDARD_ERROR}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch {
    // Without /proc, as on macOS; sockets, as of systemd, cannot be opened again.
    return STANDARD_ERROR;
  }
}
