import { pino } from 'pino';

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
  const destination = format === 'json' ? { write } : { write: (line: string) => write(logfmtOfJson(line)) };
  const sink = pino(
    {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    debug: (message, fields = {}) => sink.debug(fields, message),
    info: (message, fields = {}) => sink.info(fields, message),
    warn: (message, fields = {}) => sink.warn(fields, message),
    error: (message, fields = {}) => sink.error(fields, message),
  };
}

const LEADING_KEYS = ['ts', 'level', 'msg'];

function logfmtOfJson(line: string): string {
  const record = JSON.parse(line) as Record<string, unknown>;
  const keys = [...LEADING_KEYS, ...Object.keys(record).filter((key) => !LEADING_KEYS.includes(key))];
  return `${keys.map((key) => `${key}=${quoteIfNeeded(String(record[key]))}`).join(' ')}\n`;
}

// Anything but plain printable ASCII is written as a JSON string, so that one record stays one line.
function quoteIfNeeded(text: string): string {
  return /^[\w.:/+@,;-]+$/.test(text) ? text : JSON.stringify(text);
}
