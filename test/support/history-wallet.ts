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

interface Habit {
  readonly deposit: number;
  readonly payout: number;
  readonly payoutChance: number;
  readonly holdShare: number;
  readonly topUpEveryMinutes: number;
  readonly threshold: number;
}

const REASONS = ['timeout', 'network', 'tls', 'auth', 'rate_limited', 'client_error'];
const ALL_REASONS = [...REASONS, 'server_error', 'invalid_response', 'internal'];

const KNOWN: readonly (readonly [currency: string, price: number])[] = [
  ['USDT_TRON', 1],
  ['BTC_BITCOIN', 64_250.5],
  ['ETH_ETHEREUM', 3120.25],
  ['USDT_ETHEREUM', 1],
  ['TRX_TRON', 0.24],
  ['LTC_LITECOIN', 83.4],
  ['BNB_BSC', 587.1],
];
const TICKERS = [
  'USDC',
  'DAI',
  'LINK',
  'UNI',
  'AAVE',
  'SHIB',
  'MATIC',
  'ARB',
  'OP',
  'PEPE',
  'CRV',
  'SAND',
  'GRT',
  'FTM',
];
const CHAINS = ['ETHEREUM', 'BSC', 'POLYGON', 'ARBITRUM'];

// The first currency drains faster than it is topped up and ends below its threshold; the third has its money held.
const HABITS: readonly Habit[] = [
  { deposit: 40, payout: 2400, payoutChance: 0.03, holdShare: 0.05, topUpEveryMinutes: 650, threshold: 6000 },
  { deposit: 60, payout: 9000, payoutChance: 0.004, holdShare: 0.1, topUpEveryMinutes: 0, threshold: 12_000 },
  { deposit: 3, payout: 220, payoutChance: 0.006, holdShare: 0.62, topUpEveryMinutes: 0, threshold: 3000 },
  { deposit: 8, payout: 1100, payoutChance: 0.006, holdShare: 0.02, topUpEveryMinutes: 900, threshold: 2500 },
];

/** The currency codes of a wallet with `count` currencies, in the order in which the gateway lists them. */
export function currencyCodes(count: number): string[] {
  return listing(count).map(([currency]) => currency);
}

function listing(count: number): (readonly [string, number])[] {
  const generated = CHAINS.flatMap((chain, row) =>
    TICKERS.map((ticker, column): readonly [string, number] => [
      `${ticker}_${chain}`,
      0.8 + ((row * 7 + column * 13) % 40),
    ]),
  );
  return [...KNOWN, ...generated].slice(0, count);
}

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

/** A small generator of numbers from 0 up to 1 (mulberry32), so that every run of a test sees the same history. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
