/** How money moves, in US dollars. */
export interface Habit {
  readonly deposit: number;
  readonly payout: number;
  readonly payoutChance: number;
  readonly holdShare: number;
  readonly topUpEveryMinutes: number;
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
export const HABITS: readonly Habit[] = [
  { deposit: 40, payout: 2400, payoutChance: 0.03, holdShare: 0.05, topUpEveryMinutes: 650, threshold: 6000 },
  { deposit: 60, payout: 9000, payoutChance: 0.004, holdShare: 0.1, topUpEveryMinutes: 0, threshold: 12_000 },
  { deposit: 3, payout: 220, payoutChance: 0.006, holdShare: 0.62, topUpEveryMinutes: 0, threshold: 3000 },
  { deposit: 8, payout: 1100, payoutChance: 0.006, holdShare: 0.02, topUpEveryMinutes: 900, threshold: 2500 },
];

/** The currency codes of a wallet with `count` currencies, in the order in which the gateway lists them. */
export function currencyCodes(count: number): string[] {
  return listing(count).map(([currency]) => currency);
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
