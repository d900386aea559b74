/** How the money of one currency moves, in US dollars. */
export interface Habit {
  /** What comes in each minute, on average. */
  readonly deposit: number;
  /** What one payout takes, on average, and how likely one is in a minute. */
  readonly payout: number;
  readonly payoutChance: number;
  readonly holdShare: number;
  /** Minutes between top-ups of a threshold and a half; 0 for none. */
  readonly topUpEveryMinutes: number;
  /** The warning threshold; the critical one is a quarter of it. */
  readonly threshold: number;
}

const KNOWN: readonly (readonly [currency: string, price: number])[] = [
  ['USDT_TRON', 1],
  ['BTC_BITCOIN', 64_250.5],
  ['ETH_ETHEREUM', 3120.25],
  ['USDT_ETHEREUM', 1],
  ['TRX_TRON', 0.24],
  ['LTC_LITECOIN', 83.4],
  ['BNB_BSC', 587.1],
  ['SHIB_ETHEREUM', 0.0000118],
];
const TICKERS = [
  'USDC',
  'DAI',
  'LINK',
  'UNI',
  'AAVE',
  'SNX',
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
export const HABITS: readonly Habit[] = [
  { deposit: 40, payout: 1900, payoutChance: 0.03, holdShare: 0.05, topUpEveryMinutes: 650, threshold: 6000 },
  { deposit: 35, payout: 9000, payoutChance: 0.004, holdShare: 0.1, topUpEveryMinutes: 0, threshold: 12_000 },
  { deposit: 3, payout: 220, payoutChance: 0.006, holdShare: 0.62, topUpEveryMinutes: 0, threshold: 3000 },
  { deposit: 8, payout: 1100, payoutChance: 0.006, holdShare: 0.02, topUpEveryMinutes: 900, threshold: 2500 },
];

/** The currency codes of a wallet with `count` currencies, in the order in which the gateway lists them. */
export function currencyCodes(count: number): string[] {
  return listing(count).map(([currency]) => currency);
}

/** The price of one unit in US dollars. */
export function priceOf(currency: string): number {
  const price = new Map(listing(Infinity)).get(currency);
  if (price === undefined) throw new Error(`the simulated market does not know ${currency}`);
  return price;
}

/** The first `count` currencies with their prices in US dollars. */
export function listing(count: number): (readonly [string, number])[] {
  const generated = CHAINS.flatMap((chain, row) =>
    TICKERS.map((ticker, column): readonly [string, number] => [
      `${ticker}_${chain}`,
      0.8 + ((row * 7 + column * 13) % 40),
    ]),
  );
  return [...KNOWN, ...generated].slice(0, count);
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
