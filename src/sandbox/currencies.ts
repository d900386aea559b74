/** One currency of the sandbox's wallet. Amounts are plain decimal text in units of the currency. */
export interface SandboxCurrency {
  /** As the gateway spells it, for example `USDT_TRON`. */
  readonly code: string;
  /** Decimal places of its amounts. */
  readonly scale: number;
  /** What is available at the start; a currency that starts with nothing stays at nothing. */
  readonly opening: string;
  /** The network's fee for one payout. */
  readonly networkFee: string;
  /** The smallest payout, in the gateway's own words: not necessarily with the scale of the currency. */
  readonly payoutMinimum: string;
  /** US dollars for one unit, around which the rate moves. */
  readonly usd: string;
  /** How far the rate strays from that at most, in millionths. */
  readonly rateSwing: number;
  readonly habit: Habit;
}

/**
 * How money moves. `lively`: deposits and payouts that balance in the long run. `declining`: payouts alone, some 2 % of
 * what is there an hour, and a top-up when nine tenths are gone. `idle`: nothing at all.
 */
export type Habit = 'lively' | 'declining' | 'idle';

const COIN_SWING = 20_000;
const STABLECOIN_SWING = 800;

/** The wallet, in the order of the answers. */
export const CURRENCIES: readonly SandboxCurrency[] = [
  {
    code: 'BTC_BITCOIN',
    scale: 8,
    opening: '0.84210337',
    networkFee: '0.00001200',
    payoutMinimum: '0.000025000',
    usd: '64210.50',
    rateSwing: COIN_SWING,
    habit: 'lively',
  },
  {
    code: 'ETH_ETHEREUM',
    scale: 18,
    opening: '12.403918275510934427',
    networkFee: '0.000420000000000000',
    payoutMinimum: '0.001000000000000000',
    usd: '3120.25',
    rateSwing: COIN_SWING,
    habit: 'lively',
  },
  {
    code: 'USDT_TRON',
    scale: 6,
    opening: '18250.500000',
    networkFee: '1.000000',
    payoutMinimum: '5.000000',
    usd: '1.0002',
    rateSwing: STABLECOIN_SWING,
    habit: 'lively',
  },
  {
    code: 'USDT_ETHEREUM',
    scale: 6,
    opening: '6400.000000',
    networkFee: '3.200000',
    payoutMinimum: '20.000000',
    usd: '1.0002',
    rateSwing: STABLECOIN_SWING,
    habit: 'lively',
  },
  {
    code: 'USDC_ETHEREUM',
    scale: 6,
    opening: '9120.750000',
    networkFee: '3.200000',
    payoutMinimum: '20.000000',
    usd: '0.9999',
    rateSwing: STABLECOIN_SWING,
    habit: 'lively',
  },
  {
    code: 'TRX_TRON',
    scale: 6,
    opening: '48000.125000',
    networkFee: '1.100000',
    payoutMinimum: '10.000000',
    usd: '0.1234',
    rateSwing: COIN_SWING,
    habit: 'lively',
  },
  {
    code: 'LTC_LITECOIN',
    scale: 8,
    opening: '96.25000000',
    networkFee: '0.00050000',
    payoutMinimum: '0.01000000',
    usd: '78.40',
    rateSwing: COIN_SWING,
    habit: 'declining',
  },
  {
    code: 'BCH_BITCOINCASH',
    scale: 8,
    opening: '7.31940000',
    networkFee: '0.00001000',
    payoutMinimum: '0.00100000',
    usd: '391.10',
    rateSwing: COIN_SWING,
    habit: 'lively',
  },
  {
    code: 'BNB_BSC',
    scale: 18,
    opening: '0',
    networkFee: '0.000100000000000000',
    payoutMinimum: '0.010000000000000000',
    usd: '580.75',
    rateSwing: COIN_SWING,
    habit: 'idle',
  },
  {
    code: 'DOGE_DOGECOIN',
    scale: 8,
    opening: '0',
    networkFee: '0.50000000',
    payoutMinimum: '5.00000000',
    usd: '0.1187',
    rateSwing: COIN_SWING,
    habit: 'idle',
  },
];

/** The codes, in the same order. */
export const CURRENCY_CODES: readonly string[] = CURRENCIES.map(({ code }) => code);
