import { HABITS, listing, randomFrom, type Habit } from './history-market.ts';
import { labelText, type Labels, type Sample } from './history-text.ts';

/** A wallet as Prometheus tells it apart; `account` is there only for targets of `/probe`. */
export interface Wallet {
  readonly job: string;
  readonly instance: string;
  readonly account?: string;
}

/** What the simulated gateway and configuration offer besides balances. */
export interface WalletOptions {
  readonly currencies: number;
  readonly rates: boolean;
  readonly payoutLimits: boolean;
  readonly thresholds: boolean;
  /** Currencies that have a balance but no exchange rate. */
  readonly unrated?: readonly string[];
}

/** What became of one scrape: it was answered, refused by the gateway for a reason, or never happened. */
export type Outcome = 'success' | 'server_error' | 'timeout' | 'unscraped';

interface Account {
  readonly currency: string;
  /** US dollars for one unit. */
  readonly price: number;
  /** How the money moves, per minute, in US dollars. */
  readonly habit: Habit;
  available: number;
  hold: number;
}

const REASONS = ['timeout', 'network', 'tls', 'auth', 'rate_limited', 'client_error'];
const ALL_REASONS = [...REASONS, 'server_error', 'invalid_response', 'internal'];

/** One wallet, minute by minute; the same seed gives the same history. */
export class SimulatedWallet {
  readonly #labels: Labels;
  readonly #accounts: Account[];
  readonly #options: WalletOptions;
  readonly #random: () => number;

  constructor(wallet: Wallet, options: WalletOptions, seed: number) {
    this.#labels = { ...wallet };
    this.#options = options;
    this.#random = randomFrom(seed);
    this.#accounts = listing(options.currencies).map(([currency, price], index) => {
      const habit = HABITS[index % HABITS.length]!;
      const usd = habit.threshold * (1.6 + this.#random());
      return { currency, price, habit, available: usd / price, hold: (usd * habit.holdShare) / price };
    });
  }

  /** Lets a minute of money move; it does so whether or not anybody reads the balances. */
  advance(minute: number): void {
    for (const account of this.#accounts) {
      const { habit, price } = account;
      account.available += (habit.deposit * this.#random() * 2) / price;
      const payout = (habit.payout * (0.5 + this.#random())) / price;
      if (this.#random() < habit.payoutChance && payout < account.available) {
        account.available -= payout;
      }
      if (habit.topUpEveryMinutes > 0 && minute % habit.topUpEveryMinutes === habit.topUpEveryMinutes - 1) {
        account.available += (habit.threshold * 3) / price;
      }
      const held = (account.available + account.hold) * habit.holdShare;
      const moved = Math.min((held - account.hold) * 0.02, account.available);
      account.hold += moved;
      account.available -= moved;
    }
  }

  /** What one scrape of this wallet brings. */
  samples(outcome: Exclude<Outcome, 'unscraped'>): Sample[] {
    const seconds = outcome === 'timeout' ? 9.5 : 0.18 + this.#random() * 0.3;
    return [
      ['thedex_up', this.#text(), outcome === 'success' ? 1 : 0],
      ['thedex_scrape_duration_seconds', this.#text(), seconds],
      ['thedex_scrape_timeout_seconds', this.#text(), 9.5],
      ...ALL_REASONS.map((reason): Sample => [
        'thedex_scrape_error',
        this.#text({ reason }),
        reason === outcome ? 1 : 0,
      ]),
      ...this.#collectors(outcome === 'success', seconds),
      ...this.#thresholds(),
      ...(outcome === 'success' ? this.#answer() : []),
    ];
  }

  #collectors(success: boolean, seconds: number): Sample[] {
    const names = ['balances', this.#options.rates && 'rates', this.#options.payoutLimits && 'payout_limits'];
    return names
      .filter((name) => name !== false)
      .flatMap((collector, index): Sample[] => [
        ['thedex_scrape_collector_success', this.#text({ collector }), success ? 1 : 0],
        ['thedex_scrape_collector_duration_seconds', this.#text({ collector }), seconds * (1 - index * 0.25)],
      ]);
  }

  #thresholds(): Sample[] {
    if (!this.#options.thresholds) {
      return [];
    }
    const perCurrency = this.#accounts.flatMap(({ currency, habit, price }, index): Sample[] => {
      const value = Number((habit.threshold / price).toPrecision(2));
      const available: Sample = ['thedex_balance_threshold', this.#text({ currency, kind: 'available' }), value];
      return index === 1
        ? [available, ['thedex_balance_threshold', this.#text({ currency, kind: 'total' }), value * 1.5]]
        : [available];
    });
    return [...perCurrency, ['thedex_value_threshold', this.#text({ fiat: 'USD' }), 25_000]];
  }

  #answer(): Sample[] {
    const { rates, payoutLimits, unrated = [] } = this.#options;
    return [
      ['thedex_invalid_balances', this.#text(), this.#random() < 0.001 ? 1 : 0],
      ...this.#accounts.flatMap(({ currency, price, available, hold }): Sample[] => [
        ['thedex_balance', this.#text({ currency, kind: 'total' }), available + hold],
        ['thedex_balance', this.#text({ currency, kind: 'hold' }), hold],
        ['thedex_balance', this.#text({ currency, kind: 'available' }), available],
        ['thedex_balance_discrepancy', this.#text({ currency }), 0],
        ...(rates && !unrated.includes(currency) ? this.#rates(currency, price) : []),
        ...(payoutLimits ? [['thedex_payout_minimum', this.#text({ currency }), 5 / price] as Sample] : []),
      ]),
    ];
  }

  #rates(currency: string, price: number): Sample[] {
    const wobble = 1 + (this.#random() - 0.5) * 0.002;
    return [
      ['thedex_exchange_rate', this.#text({ currency, fiat: 'EUR' }), price * wobble * 0.92],
      ['thedex_exchange_rate', this.#text({ currency, fiat: 'USD' }), price * wobble],
    ];
  }

  #text(more: Labels = {}): string {
    return labelText({ ...more, ...this.#labels });
  }
}
