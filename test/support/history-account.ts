import { HABITS, priceOf, randomFrom, type Habit } from './history-market.ts';
import { labelText, type Labels, type Sample } from './history-text.ts';

/** Why a scrape failed, in the order in which the exporter lists the reasons. */
export const REASONS = [
  'timeout',
  'network',
  'tls',
  'auth',
  'rate_limited',
  'client_error',
  'server_error',
  'invalid_response',
  'internal',
] as const;

/** What became of one scrape: read, failed for a reason, the exporter was down, or Prometheus had no such target. */
export type Outcome = 'success' | (typeof REASONS)[number] | 'down' | 'gone';

/** What the simulated gateway and configuration offer besides balances. */
export interface AccountOptions {
  readonly currencies: readonly string[];
  readonly rates: boolean;
  readonly payoutLimits: boolean;
  readonly thresholds: boolean;
  /** With `alert_limits` for the first currency. */
  readonly limits?: boolean;
  /** Currencies that have a balance but no exchange rate. */
  readonly unrated?: readonly string[];
  /** Currencies of which there is nothing. */
  readonly empty?: readonly string[];
  /** How money moves, for one currency after the other, again from the first when they are used up. */
  readonly habits?: readonly Habit[];
}

interface Money {
  readonly currency: string;
  /** US dollars for one unit. */
  readonly price: number;
  readonly habit: Habit;
  /** In units of the currency. */
  readonly threshold: number;
  available: number;
  hold: number;
}

/** Above this share of a balance on hold the bundled rules speak of it, and what the accounts with `alert_limits` have instead. */
const USUAL_HOLD_LIMIT = 0.5;
const CONFIGURED_HOLD_LIMIT = 0.8;

/** One account at the gateway, minute by minute; the same seed gives the same history. */
export class SimulatedAccount {
  readonly money: readonly Money[];
  readonly #options: AccountOptions;
  readonly #random: () => number;

  constructor(options: AccountOptions, seed: number) {
    this.#options = options;
    this.#random = randomFrom(seed);
    const habits = options.habits ?? HABITS;
    this.money = options.currencies.map((currency, index) => {
      const habit = habits[index % habits.length]!;
      const price = priceOf(currency);
      const usd = options.empty?.includes(currency) ? 0 : habit.threshold * (1.6 + this.#random());
      const threshold = Number((habit.threshold / price).toPrecision(2));
      return { currency, price, habit, threshold, available: usd / price, hold: (usd * habit.holdShare) / price };
    });
  }

  /** Lets a minute of money move; it does so whether or not anybody reads the balances. */
  advance(minute: number): void {
    for (const money of this.money.filter(({ currency }) => !this.#options.empty?.includes(currency))) {
      const { habit, price } = money;
      money.available += (habit.deposit * this.#random() * 2) / price;
      const payout = (habit.payout * (0.5 + this.#random())) / price;
      if (this.#random() < habit.payoutChance && payout < money.available) {
        money.available -= payout;
      }
      if (habit.topUpEveryMinutes > 0 && minute % habit.topUpEveryMinutes === habit.topUpEveryMinutes - 1) {
        money.available += (habit.threshold * 1.5) / price;
      }
      const held = (money.available + money.hold) * habit.holdShare;
      const moved = Math.min((held - money.hold) * 0.02, money.available);
      money.hold += moved;
      money.available -= moved;
    }
  }

  /** The share on hold that is normal for this account. */
  get holdLimit(): number {
    return this.#options.limits === true ? CONFIGURED_HOLD_LIMIT : USUAL_HOLD_LIMIT;
  }

  /** What is emitted whether or not the balances could be read. */
  configured(labels: Labels): Sample[] {
    const text = (more: Labels): string => labelText({ ...more, ...labels });
    const limits: Sample[] = this.#options.limits
      ? [
          ['thedex_alert_limit', text({ currency: this.money[0]?.currency, limit: 'drop_ratio' }), Infinity],
          ['thedex_alert_limit', text({ currency: '*', limit: 'hold_ratio' }), CONFIGURED_HOLD_LIMIT],
        ]
      : [];
    if (!this.#options.thresholds) return limits;
    const filled = this.money.filter(({ currency }) => !this.#options.empty?.includes(currency));
    const perCurrency = filled.flatMap(({ currency, threshold }, index): Sample[] => {
      const kinds = index === 1 ? (['available', 'total'] as const) : (['available'] as const);
      return kinds.flatMap((kind): Sample[] => {
        const value = kind === 'total' ? threshold * 1.2 : threshold;
        return [
          ['thedex_balance_threshold', text({ currency, kind, severity: 'warning' }), value],
          ['thedex_balance_threshold', text({ currency, kind, severity: 'critical' }), value * 0.25],
        ];
      });
    });
    return [
      ...limits,
      ...perCurrency,
      ['thedex_value_threshold', text({ fiat: 'USD', severity: 'warning' }), 25_000],
      ['thedex_value_threshold', text({ fiat: 'USD', severity: 'critical' }), 5000],
    ];
  }

  /** What an answer of the gateway becomes. */
  answered(labels: Labels): Sample[] {
    const { rates, payoutLimits, unrated = [] } = this.#options;
    const text = (more: Labels): string => labelText({ ...more, ...labels });
    return this.money.flatMap(({ currency, price, available, hold }): Sample[] => [
      ['thedex_balance', text({ currency, kind: 'total' }), available + hold],
      ['thedex_balance', text({ currency, kind: 'hold' }), hold],
      ['thedex_balance', text({ currency, kind: 'available' }), available],
      ...(rates && !unrated.includes(currency)
        ? ([
            ['thedex_exchange_rate', text({ currency, fiat: 'EUR' }), price * 0.92],
            ['thedex_exchange_rate', text({ currency, fiat: 'USD' }), price],
          ] satisfies Sample[])
        : []),
      ...(payoutLimits ? ([['thedex_payout_minimum', text({ currency }), 5 / price]] satisfies Sample[]) : []),
    ]);
  }

  /** What one scrape brings. */
  scraped(labels: Labels, outcome: Exclude<Outcome, 'down' | 'gone'>): Sample[] {
    const text = (more: Labels = {}): string => labelText({ ...more, ...labels });
    const seconds = outcome === 'timeout' ? 9.5 : 0.18 + this.#random() * 0.3;
    const read = outcome === 'success';
    return [
      ['thedex_up', text(), read ? 1 : 0],
      ['thedex_scrape_duration_seconds', text(), seconds],
      ['thedex_scrape_timeout_seconds', text(), 9.5],
      ...REASONS.map((reason): Sample => ['thedex_scrape_error', text({ reason }), reason === outcome ? 1 : 0]),
      ...this.#collectors().flatMap((collector): Sample[] => [
        ['thedex_scrape_collector_success', text({ collector }), read ? 1 : 0],
        ['thedex_scrape_collector_duration_seconds', text({ collector }), seconds],
      ]),
      ...this.configured(labels),
      ...(read ? this.answered(labels) : []),
      ...(read ? ([['thedex_invalid_balances', text(), 0]] satisfies Sample[]) : []),
      ...(read ? this.money.map(({ currency }): Sample => ['thedex_balance_discrepancy', text({ currency }), 0]) : []),
    ];
  }

  #collectors(): string[] {
    const { rates, payoutLimits } = this.#options;
    return ['balances', ...(rates ? ['rates'] : []), ...(payoutLimits ? ['payout_limits'] : [])];
  }
}
