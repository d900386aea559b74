import { isLess, isZero, roundToCents } from '../lib/amount.ts';
import type { Reason } from './reading.ts';
import type { State } from './standing.ts';

/** A state at a glance: a sign and a word, so that no meaning hangs on a colour. */
export const STATE_WORDS: Readonly<Record<State, { readonly sign: string; readonly word: string }>> = {
  failing: { sign: '✗', word: 'failing' },
  low: { sign: '▼', word: 'below threshold' },
  stale: { sign: '◷', word: 'not scraped lately' },
  never: { sign: '○', word: 'never scraped yet' },
  ok: { sign: '✓', word: 'OK' },
};

/** What a reason means, for who reads it first on this page. */
export const REASON_WORDS: Readonly<Record<Reason, string>> = {
  timeout: 'the answer did not come before the deadline',
  network: 'the gateway could not be reached, or the connection broke',
  tls: 'the connection could not be secured, or the certificate is not to be trusted',
  auth: 'the gateway refused the API key or the signature',
  rate_limited: 'the gateway asks for fewer requests',
  client_error: 'the gateway refused the request, or redirected it',
  server_error: 'the gateway failed, or something in front of it',
  invalid_response: 'the answer was not one of balances',
  internal: 'a defect of the exporter; its log has the stack',
};

const UNITS = [
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3_600 },
  { name: 'minute', seconds: 60 },
  { name: 'second', seconds: 1 },
] as const;

/** How long ago something was, in the largest unit of which two have passed: `42 seconds ago`, `90 minutes ago`. */
export function ageInWords(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 1) return 'just now';
  if (seconds === 1) return '1 second ago';
  const unit = UNITS.find((each) => seconds >= 2 * each.seconds) ?? UNITS[3];
  return `${Math.floor(seconds / unit.seconds)} ${unit.name}s ago`;
}

/** A moment to the second, in UTC: `2026-09-01 12:34:56 UTC`. */
export function momentInWords(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A duration with two significant places or whole units: `6.4 ms`, `420 ms`, `1.2 s`, `10 s`. */
export function durationInWords(seconds: number): string {
  const [value, unit] = seconds < 1 ? [seconds * 1000, 'ms'] : [seconds, 's'];
  return `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)} ${unit}`;
}

/** A count with its noun: `1 account`, `1,000 accounts`. */
export function countInWords(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** A value in fiat to the cent; what would be rounded to nothing says so. */
export function moneyInWords(value: string): string {
  return !isZero(value) && !isLess(value, '0') && isLess(value, '0.01') ? '<0.01' : roundToCents(value);
}

const MAX_NAME_CHARACTERS = 80;
// Controls, marks of direction and invisible characters could make one name look like another.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

/** A name from the gateway as it can be shown: at most 80 characters, invisible ones as their code points. */
export function showName(name: string): string {
  const head = name.slice(0, 2 * MAX_NAME_CHARACTERS);
  const characters = Array.from(head);
  const isCut = characters.length > MAX_NAME_CHARACTERS || head.length < name.length;
  const shown = isCut ? `${characters.slice(0, MAX_NAME_CHARACTERS).join('')}…` : name;
  return shown.replace(
    INVISIBLE,
    (character) => `[U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}
