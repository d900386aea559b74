import ms, { type StringValue } from 'ms';

/** The longest duration that is accepted: a scrape that may take longer than an hour is a mistake in writing. */
export const MAX_DURATION_MS = 3_600_000;

// Longer texts are not looked at; `ms` takes no longer ones either.
const MAX_LENGTH = 99;

// `ms` takes a bare number for milliseconds, and accepts negative ones, days and years: here a unit is required, so
// that `10` cannot be a hundredth of a second where ten were meant. Zero alone needs none.
const NUMBER_AND_UNIT = /^(?:\d+(?:\.\d*)?|\.\d+) ?[a-z]+$/i;

/**
 * The whole milliseconds of a duration such as `10s`, `0.5s`, `500ms` or `1 minute`, at most {@link MAX_DURATION_MS}.
 *
 * @returns `undefined` for everything else, also for what is longer than nothing and would be rounded to it
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > MAX_LENGTH || !NUMBER_AND_UNIT.test(text)) return undefined;
  const exact = ms(text as StringValue) as number | undefined;
  if (exact === undefined || !(exact >= 0 && exact <= MAX_DURATION_MS)) return undefined;
  const rounded = Math.round(exact);
  return rounded === 0 && exact > 0 ? undefined : rounded;
}
