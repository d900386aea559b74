import { STATES, type Failure, type Judgement, type PastScrape, type State } from './model.ts';

/** A state at a glance: a sign and a word, so that no meaning hangs on a colour. */
export const STATE_WORDS: Readonly<Record<State, { readonly sign: string; readonly word: string }>> = {
  failing: { sign: '✗', word: 'failing' },
  low: { sign: '▼', word: 'below threshold' },
  stale: { sign: '◷', word: 'stale' },
  doubtful: { sign: '?', word: 'to look at' },
  never: { sign: '○', word: 'never scraped' },
  ok: { sign: '✓', word: 'well' },
};

/** What a reason means, for who reads it first on this page. */
export const REASON_WORDS: Readonly<Record<Failure['reason'], string>> = {
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

/** A failure in short: `auth, HTTP 401`. */
export function describeFailure({ reason, status }: Failure): string {
  return status === undefined ? reason : `${reason}, HTTP ${status}`;
}

const UNITS = [
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3_600 },
  { name: 'minute', seconds: 60 },
  { name: 'second', seconds: 1 },
] as const;

/** A span of time in the largest unit of which two have passed: `42 seconds`, `90 minutes`. */
export function spanInWords(spanMs: number): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1000));
  const unit = UNITS.find((each) => seconds >= 2 * each.seconds) ?? UNITS[3];
  return countInWords(Math.floor(seconds / unit.seconds), unit.name);
}

/** How long ago something was: `42 seconds ago`, or `just now`. */
export function ageInWords(ageMs: number): string {
  return ageMs < 1000 ? 'just now' : `${spanInWords(ageMs)} ago`;
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

const MAX_NAME_CHARACTERS = 80;
// Controls, marks of direction and invisible characters could make one name look like another.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

/** A text from elsewhere as it can be shown: cut to so many characters, invisible ones as their code points. */
export function showName(name: string, maxCharacters = MAX_NAME_CHARACTERS): string {
  const head = name.slice(0, 2 * maxCharacters);
  const characters = Array.from(head);
  const isCut = characters.length > maxCharacters || head.length < name.length;
  const shown = isCut ? `${characters.slice(0, maxCharacters).join('')}…` : name;
  return shown.replace(
    INVISIBLE,
    (character) => `[U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}

const NAMES = new Intl.Collator('en', { numeric: true });

/** Sorts names; `shop2` stands before `shop10`. */
export function compareNames(a: string, b: string): number {
  return NAMES.compare(a, b);
}

/** The last scrapes in one sentence: `Last 20 scrapes: 3 failed (timeout).` */
export function describeScrapes(scrapes: readonly PastScrape[]): string {
  const failures = scrapes.flatMap(({ failure }) => failure ?? []);
  const which = scrapes.length === 1 ? 'One scrape so far' : `Last ${scrapes.length} scrapes`;
  if (failures.length === 0) return `${which}: none failed.`;
  return `${which}: ${failures.length} failed (${[...new Set(failures.map(({ reason }) => reason))].join(', ')}).`;
}

// What is said of the worst state, with the number before it, and in short of the states behind it.
const VERDICTS: Readonly<Record<State, { one: string; many: string; short: string }>> = {
  failing: { one: 'fails', many: 'fail', short: 'failing' },
  low: { one: 'is below a threshold', many: 'are below a threshold', short: 'below a threshold' },
  stale: { one: 'has not been scraped lately', many: 'have not been scraped lately', short: 'not scraped lately' },
  doubtful: { one: 'needs a look', many: 'need a look', short: 'to look at' },
  never: { one: 'has never been scraped', many: 'have never been scraped', short: 'never scraped' },
  ok: { one: 'is well', many: 'are well', short: 'well' },
};

/** All accounts in one sentence, worst first: `2 of 500 accounts fail, 76 below a threshold`. */
export function tellVerdict(counts: Readonly<Record<State, number>>, total: number): string {
  if (total === 0) return 'No account is configured';
  const [worst = 'ok', ...others] = STATES.filter((state) => counts[state] > 0);
  const count = counts[worst];
  const { one, many } = VERDICTS[worst];
  const accounts = countInWords(total, 'account');
  if (count === total && worst === 'never') return `None of ${accounts} has ever been scraped`;
  if (count === total) return total === 1 ? `The account ${one}` : `All ${accounts} ${many}`;
  const rest = others
    .filter((state) => state !== 'ok')
    .map((state) => `, ${counts[state].toLocaleString('en')} ${VERDICTS[state].short}`);
  return `${count.toLocaleString('en')} of ${accounts} ${count === 1 ? one : many}${rest.join('')}`;
}

/** One account in one sentence: `tickets fails: server_error, HTTP 503`. */
export function tellAccountVerdict(judgement: Judgement, nowMs: number): string {
  const { account, state, failure, belowCount, criticalCount } = judgement;
  const name = account.settings.name === undefined ? 'The default account' : showName(account.displayName);
  if (failure !== undefined) return `${name} fails: ${describeFailure(failure)}`;
  if (state === 'low') {
    const critical = criticalCount > 0 ? ` (${criticalCount} critical)` : '';
    return `${name} is below ${countInWords(belowCount, 'threshold')}${critical}`;
  }
  if (state === 'stale') {
    const latest = account.history.scrapes.at(-1)?.atMs ?? nowMs;
    return `${name} has not been scraped for ${spanInWords(nowMs - latest)}`;
  }
  return `${name} ${VERDICTS[state].one}`;
}

/** Something that should be looked at although balances were read. */
interface Doubt {
  readonly words: string;
  /** Of what. */
  readonly names: readonly string[];
  /** The alert whose runbook tells more. */
  readonly alert: string | undefined;
}

/** What should be looked at, apart from thresholds. */
export function listDoubts({ unusedThresholds, unratedThresholds, disagreeing, last }: Judgement): readonly Doubt[] {
  const invalid = last?.invalid ?? [];
  const all: Doubt[] = [
    { words: 'Not understood and left out', names: invalid, alert: 'TheDexInvalidBalances' },
    { words: 'Total is not hold and available together', names: disagreeing, alert: 'TheDexBalanceMismatch' },
    { words: 'Threshold on a currency that the answer does not hold', names: unusedThresholds, alert: undefined },
    { words: 'Value threshold without a rate', names: unratedThresholds, alert: 'TheDexRateMissing' },
    { words: 'Not read', names: last?.ratesFailed === true ? ['exchange rates'] : [], alert: 'TheDexRateMissing' },
  ];
  return all.filter(({ names }) => names.length > 0);
}
