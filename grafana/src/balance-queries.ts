import { CURRENCY, LAST_KNOWN, STEP, stillScraped, WALLET, WALLET_LABELS } from './selectors.ts';

/** What identifies one currency of one wallet. */
export const CURRENCY_LABELS = `${WALLET_LABELS}, currency`;

/** Lines that one graph can hold and a legend can name; beyond that, the most telling ones are shown. */
export const MOST_LINES = 8;

export type Kind = 'total' | 'hold' | 'available';

/** `now` is the moment of evaluation, `end` the end of the dashboard's range, for choices that hold over the whole graph. */
export type Moment = 'now' | 'end';

interface Scope {
  readonly matchers?: string;
  readonly at?: Moment;
}

/** The last known balances of one kind, one series for each currency of each wallet. */
export function lastBalance(kind: Kind, { matchers = CURRENCY, at = 'now' }: Scope = {}): string {
  const balance = `last_over_time(thedex_balance{${matchers}, kind="${kind}"}[${LAST_KNOWN}]${modifier(at)})`;
  return stillScraped(`max by (${CURRENCY_LABELS}) (${balance})`, modifier(at));
}

function lastRate({ matchers = CURRENCY, at = 'now' }: Scope = {}): string {
  const rate = `last_over_time(thedex_exchange_rate{${matchers}, fiat="$fiat"}[${LAST_KNOWN}]${modifier(at)})`;
  return `max by (${CURRENCY_LABELS}) (${rate})`;
}

/** The last known value of each currency of each wallet, in the chosen fiat; currencies without a rate are left out. */
export function lastValue(kind: Kind, scope: Scope = {}): string {
  return `${lastBalance(kind, scope)} * on (${CURRENCY_LABELS}) ${lastRate(scope)}`;
}

/** Currencies with money that no rate is known for: 0 if none, and nothing at all while no rates are collected. */
export const UNRATED = `(
  count(${lastBalance('total')} > 0 unless on (${CURRENCY_LABELS}) ${lastRate()})
  or vector(0)
) and on () count(${lastRate()})`;

/** The thresholds for what is available; a threshold for the total judges something else. */
export const THRESHOLD = `max by (${CURRENCY_LABELS}) (thedex_balance_threshold{${CURRENCY}, kind="available"})`;

/** Available or total against its threshold, 1 being exactly the threshold; a threshold of 0 has no share. */
export function thresholdShare(at: Moment = 'now'): string {
  return stillScraped(
    `(
    last_over_time(thedex_balance{${CURRENCY}}[${LAST_KNOWN}]${modifier(at)})
    / on (${CURRENCY_LABELS}, kind) (thedex_balance_threshold{${CURRENCY}}${modifier(at)} > 0)
  )`,
    modifier(at),
  );
}

/** Names the kind only where it is not the usual one, so that a legend stays short. */
export function plainKind(expression: string): string {
  return `label_replace(${expression}, "kind", "", "kind", "available")`;
}

/** The value of all that is available against the wallet's value threshold in the chosen fiat, whatever currency is chosen. */
export const VALUE_SHARE = `(
    sum by (${WALLET_LABELS}) (${lastValue('available', { matchers: WALLET })})
    / on (${WALLET_LABELS}) (max by (${WALLET_LABELS}) (thedex_value_threshold{${WALLET}, fiat="$fiat"}) > 0)
  )`;

/** The part of a balance that is on hold, from 0 to 1. */
export function holdShare(at: Moment = 'now'): string {
  const of = (kind: Kind): string => `thedex_balance{${CURRENCY}, kind="${kind}"}`;
  return at === 'now'
    ? `${of('hold')} / on (${CURRENCY_LABELS}) (${of('total')} > 0)`
    : `${lastBalance('hold', { at })} / on (${CURRENCY_LABELS}) (${lastBalance('total', { at })} > 0)`;
}

/**
 * What came in, or went out, over a window, seen minute by minute: a top-up does not hide a payout, nor the other way round.
 * Failed reads of up to ten minutes are bridged; what moved within one minute is seen as one movement.
 */
export function flow(direction: 'in' | 'out', { kind, window, at = 'now' }: Flow): string {
  const series = `thedex_balance{${CURRENCY}, kind="${kind}"}`;
  const before = `last_over_time(${series}[10m] offset ${STEP})`;
  const after = `last_over_time(${series}[10m])`;
  const change = direction === 'in' ? `${after} - ${before}` : `${before} - ${after}`;
  return `sum_over_time(clamp_min(${change}, 0)[${window}:${STEP}]${modifier(at)})`;
}

interface Flow {
  readonly kind: Kind;
  /** A PromQL duration. */
  readonly window: string;
  readonly at?: Moment;
}

/** Hours until nothing is available, at the outflow of the last six hours and without any further deposit. */
export function hoursLeft(at: Moment = 'now'): string {
  const out = flow('out', { kind: 'available', window: '6h', at });
  return `${lastBalance('available', { at })}
  / on (${CURRENCY_LABELS}) (max by (${CURRENCY_LABELS}) (${out}) / 6 > 0)`;
}

/** Seconds since the gateway last reported each currency. */
export const REPORTED_AGE = stillScraped(
  `(time() - max by (${CURRENCY_LABELS}) (max_over_time(timestamp(thedex_balance{${CURRENCY}, kind="total"})[${LAST_KNOWN}:${STEP}])))`,
);

/** Seconds since the balances of each wallet were last read, for every wallet that Prometheus knows; a day at most. */
export const READ_AGE = stillScraped(
  `clamp_max(time() - max_over_time((thedex_up{${WALLET}} * timestamp(thedex_up{${WALLET}}))[${LAST_KNOWN}:${STEP}]), 86400)`,
);

function modifier(at: Moment): string {
  return at === 'end' ? ' @ end()' : '';
}
