import { ACCOUNT, BALANCE, lastKnown, live, LAST_KNOWN, perAccount, TARGETS, type Known } from './selectors.ts';

/** Lines that one graph can hold and a legend can name; beyond that, the most telling ones are shown. */
export const MOST_LINES = 8;
/** An account is stale when its balances have not been read for this long, in seconds. */
export const STALE_SECONDS = 600;
/** A balance that lasts less than this needs attention, in seconds: 48 hours. */
export const SHORT_SECONDS = 172_800;
/** More than this says "more than 3 days": nobody has to act tonight. */
export const LONG_SECONDS = 259_200;
/** Up to this share of its threshold a balance is close to it. */
export const CLOSE_SHARE = 1.25;

export type Kind = 'total' | 'hold' | 'available';
export type Severity = 'warning' | 'critical';

/** The last known balances of one kind. */
export function balance(kind: Kind, matchers = BALANCE): string {
  return lastKnown('thedex_balance', `${matchers}, kind="${kind}"`);
}

/** The last known value of each currency in the chosen fiat; currencies without a rate are left out. */
export function value(kind: Kind): string {
  return `${balance(kind)}
* ignoring (kind, fiat) ${lastKnown('thedex_exchange_rate', `${BALANCE}, fiat="$fiat"`)}`;
}

/** What the same was worth a day ago, where it could be read then. */
export const VALUE_YESTERDAY = `${perAccount(`last_over_time(thedex_balance{${BALANCE}, kind="available"}[1h] offset 1d)`)}
* ignoring (kind, fiat) ${perAccount(`last_over_time(thedex_exchange_rate{${BALANCE}, fiat="$fiat"}[1h] offset 1d)`)}`;

/** The thresholds for some kinds of balances; without a severity the higher one, which is reached first. */
export function thresholds(kinds: string, known: Known = lastKnown, severity?: Severity): string {
  return `max without (severity) (${known('thedex_balance_threshold', `${BALANCE}, kind=~"${kinds}"${only(severity)}`)})`;
}

/** The value of all that is available, in each fiat that rates are known for, as the currency `value in USD`. */
export function allAvailable(known: Known = lastKnown): string {
  return `max without (fiat) (label_replace(
  sum without (currency, kind) (
    ${known('thedex_balance', `${ACCOUNT}, kind="available"`)}
    * ignoring (kind, fiat) group_right () ${known('thedex_exchange_rate', ACCOUNT)}
  ), "currency", "value in $1", "fiat", "(.*)"
))`;
}

/** That value against the account's threshold, whatever currency is chosen. */
export function valueShare(known: Known = lastKnown, severity?: Severity): string {
  return `${allAvailable(known)}
/ (max without (fiat, severity) (label_replace(
  ${known('thedex_value_threshold', `${ACCOUNT}${only(severity)}`)}, "currency", "value in $1", "fiat", "(.*)"
)) > 0)`;
}

/** Every balance that has a threshold against it, kind by kind, 1 being exactly the threshold. */
export function sharesOfKinds(known: Known = lastKnown, severity?: Severity): string {
  const kinds = 'available|total';
  return `(
  ${known('thedex_balance', `${BALANCE}, kind=~"${kinds}"`)}
  / (${thresholds(kinds, known, severity)} > 0)
)`;
}

/** The same of the kind that is lower. */
export function shares(known: Known = lastKnown, severity?: Severity): string {
  return `min without (kind) ${sharesOfKinds(known, severity)}`;
}

/** Both together: all that can be below a threshold. */
export function allShares(severity?: Severity): string {
  return `(${shares(lastKnown, severity)} or ${valueShare(lastKnown, severity)})`;
}

/** Of these currencies, or of all, no alert tells how long they last. */
const RUNWAY_OFF = `${live('thedex_alert_limit', `${BALANCE}, limit="runway_seconds"`)} == 0`;
const ALL_RUNWAYS_OFF = `thedex_alert_limit{${ACCOUNT}, currency="*", limit="runway_seconds"} == 0`;

/** Seconds until nothing is available, at the pace that the bundled rules record. */
export const RECORDED_LEFT = `max without (kind) (account:thedex_runway_seconds{${BALANCE}})`;

const AVAILABLE = `max without (kind, $replica) (thedex_balance{${BALANCE}, kind="available"})`;
const TOTAL = `thedex_balance{${BALANCE}, kind="total"}`;

/** By how much the peaks of the total fell over three hours; below 0 where they rose. */
function fallen(peak: string): string {
  return `(
    max without (kind, $replica) (max_over_time(${TOTAL}[${peak}] offset 3h))
    - max without (kind, $replica) (max_over_time(${TOTAL}[${peak}]))
  )`;
}

/** The same where those rules do not run, at the pace at which the peaks of the total fell over three hours. */
export const ESTIMATED_LEFT = `${AVAILABLE} * 10800 / (${fallen('3h')} > 0)`;

/**
 * The same for a graph, which asks for a peak at every point, so that three hours would cost it dear. What does not fall
 * lasts for ever.
 */
export const ESTIMATED_LEFT_OVER_TIME = `${AVAILABLE} * 10800 / clamp_min(${fallen('15m')}, 0)`;

/** Whether the bundled rules run. */
export const BY_RULES = `on () account:thedex_up{${ACCOUNT}}`;

/** Those seconds but for currencies whose alert is switched off; nothing where no pace is known. */
export function secondsLeft(left = `${RECORDED_LEFT}\nor ${ESTIMATED_LEFT} unless ${BY_RULES}`): string {
  return `((${left})
unless ignoring (limit) ${RUNWAY_OFF}
unless on (job, account) ${ALL_RUNWAYS_OFF})`;
}

/** When balances were last read, target by target, within a window. */
function lastRead(window: string): string {
  return `max_over_time((timestamp(thedex_up{${ACCOUNT}}) and thedex_up{${ACCOUNT}} == 1)[${window}])`;
}

/** When balances were last read within a day, target by target; beyond two hours to within 5 minutes. */
export const LAST_READ = `(${lastRead('2h:1m')} or ${lastRead(`${LAST_KNOWN}:5m`)})`;

/**
 * The same, and for accounts that cannot be read what was recorded when they last could: a balance that was running dry
 * does not cease to because nobody sees it.
 */
export function lastSecondsLeft(): string {
  const recorded = `account:thedex_runway_seconds{${BALANCE}}`;
  // What is recorded ends soon after the last read, so the last look that saw the account read saw its pace, too.
  return `(
  ${secondsLeft()}
  or (
    max without (kind) (last_over_time(${recorded}[${LAST_KNOWN}]))
    and on (job, account, currency) max_over_time(timestamp(${recorded})[${LAST_KNOWN}:15m]) + 300
      >= on (job, account) group_left () max by (job, account) (
        max_over_time(timestamp(account:thedex_up{${ACCOUNT}} == 1)[${LAST_KNOWN}:15m])
      )
  ) unless on (job, account) thedex_up{${ACCOUNT}} == 1
)`;
}

/** Seconds since the balances of each account were last read, a day at most. */
export const AGE = `(
  (
    time() - ${perAccount(LAST_READ)}
    or 0 * ${perAccount(`last_over_time(thedex_up{${ACCOUNT}}[${LAST_KNOWN}])`)} + 86400
  ) and on (job, account) ${TARGETS}
)`;

/** The part of each balance that is on hold, from 0 to 1. */
export function held(known: Known = live): string {
  return `(
  ${known('thedex_balance', `${BALANCE}, kind="hold"`)}
  / ignoring (kind) (${known('thedex_balance', `${BALANCE}, kind="total"`)} > 0)
)`;
}

/** What came in, or went out, during each bar of a graph, seen in steps of 10 minutes. */
export function flow(direction: 'in' | 'out', matchers: string): string {
  const series = `thedex_balance{${matchers}, kind="total"}`;
  const before = perAccount(`last_over_time(${series}[10m] offset 10m)`);
  const after = perAccount(`last_over_time(${series}[10m])`);
  return `sum_over_time(clamp_min(${direction === 'in' ? `${after} - ${before}` : `${before} - ${after}`}, 0)[$__interval:10m])`;
}

/** The same at the end of the dashboard's range, for choices that hold over a whole graph. */
export function atEnd(expression: string): string {
  return expression.replaceAll(/\}(\[\w+\])?/g, '}$1 @ end()');
}

function only(severity: Severity | undefined): string {
  return severity === undefined ? '' : `, severity="${severity}"`;
}
