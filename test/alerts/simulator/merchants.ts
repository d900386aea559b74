import { DAY, HOUR, type Exporter, type Holding, type SimulatedAccount, type Wallet } from './account.ts';
import { createRandom, type Random } from './random.ts';

/** A kind of merchant, and what its configuration says is normal. */
export interface Merchant {
  readonly name: string;
  /** What it does, for people. */
  readonly life: string;
  /** The alerts that are right to fire in it, as `alert currency`. */
  readonly expected?: readonly string[];
  readonly simulate: (random: Random, minutes: number) => Omit<SimulatedAccount, 'name'>;
}

/** How many of a day's payments come in each hour of it: few at night, most in the evening. */
const RHYTHM = [3, 2, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6, 7, 7, 7, 6, 5, 4].map((share) => share / 100);

/** One step of a life: what is in the wallet after the minute. */
export type Live = (before: Holding, minute: number, random: Random) => Holding;

/** A wallet that begins with `available` and is lived in minute by minute; nothing falls below zero. */
export function live(random: Random, minutes: number, available: number, step: Live): Wallet {
  const wallet: Holding[] = [];
  let holding: Holding = { available, hold: 0 };
  for (let minute = 0; minute < minutes; minute += 1) {
    const next = step(holding, minute, random);
    holding = { available: Math.max(0, next.available), hold: Math.max(0, next.hold) };
    wallet.push(holding);
  }
  return wallet;
}

/** What comes or goes in a minute at `perHour` payments of `mean`. */
export function pay(random: Random, perHour: number, mean: number): number {
  let sum = 0;
  for (let count = random.poisson(perHour / HOUR); count > 0; count -= 1) sum += random.amount(mean);
  return sum;
}

/** Deposits of a shop: `perDay` of them with the day's rhythm. */
function sell(random: Random, minute: number, perDay: number, mean: number): number {
  return pay(random, perDay * (RHYTHM[Math.floor((minute % DAY) / HOUR)] ?? 0), mean);
}

/** A shop: customers pay by day, and each evening a part of it is paid out. */
export function shop(random: Random, minutes: number, share = 0.35): Wallet {
  return live(random, minutes, 8000, ({ available, hold }, minute) => {
    const isPayday = minute % DAY === 19 * HOUR;
    return { available: available * (isPayday ? 1 - share : 1) + sell(random, minute, 120, 35), hold };
  });
}

/** A casino: as much goes out as comes in, hundreds of times an hour; the house keeps the wallet in its bounds. */
export function casino(
  random: Random,
  minutes: number,
  options: { perHour: number; mean: number; size: number },
): Wallet {
  const { perHour, mean, size } = options;
  return live(random, minutes, size, ({ available, hold }) => {
    const changed = available + pay(random, perHour, mean) - pay(random, perHour, mean);
    const isOutOfBounds = changed < size / 3 || changed > 2 * size;
    return { available: isOutOfBounds ? size : changed, hold };
  });
}

/** Pods of a deployment that is rolled out every `hours`: the next begins 2 minutes after the last has gone. */
export function redeployed(minutes: number, hours: number): readonly Exporter[] {
  const count = Math.ceil(minutes / (hours * HOUR));
  return Array.from({ length: count }, (_, index) => ({
    pod: `thedex-${index}`,
    from: index === 0 ? 0 : index * hours * HOUR + 2,
    to: (index + 1) * hours * HOUR,
  }));
}

const pair = (minutes: number): readonly Exporter[] => [
  { pod: 'thedex-0', from: 0, to: minutes },
  { pod: 'thedex-1', from: 0, to: minutes },
];

const warning = (currency: string, value: string) =>
  ({ currency, kind: 'available', severity: 'warning', value }) as const;

export const merchants: readonly Merchant[] = [
  {
    name: 'shop',
    life: '120 sales a day, a third paid out each evening',
    simulate: (random, minutes) => ({
      wallets: { USDT_TRON: shop(random, minutes) },
      thresholds: [warning('USDT_TRON', '500')],
    }),
  },
  {
    name: 'shop-redeployed',
    life: 'a shop whose exporter is replaced every 5 hours',
    simulate: (random, minutes) => ({
      wallets: { USDT_TRON: shop(random, minutes) },
      exporters: redeployed(minutes, 5),
      thresholds: [warning('USDT_TRON', '500')],
    }),
  },
  {
    name: 'shop-pair',
    life: 'a shop that two exporters read',
    simulate: (random, minutes) => ({ wallets: { USDT_TRON: shop(random, minutes) }, exporters: pair(minutes) }),
  },
  {
    name: 'shop-flaky',
    life: 'a shop, with 3 of 10 reads failing and an outage of 20 minutes every other day',
    expected: ['TheDexApiFailing '],
    simulate: (random, minutes) => {
      const ends = Array.from({ length: minutes }, (_, minute) =>
        minute % (2 * DAY) >= 1500 && minute % (2 * DAY) < 1520 ? true : random.next() < 0.3,
      );
      return {
        wallets: { USDT_TRON: shop(random, minutes) },
        scrapeAt: (minute) => (ends[minute] ? 'timeout' : 'success'),
      };
    },
  },
  {
    name: 'shop-many',
    life: 'a shop with six currencies, dust and zeros among them, and a value threshold',
    expected: ['TheDexRateMissing JUNK_BSC', 'TheDexBalanceBelowPayoutMinimum TRX_TRON'],
    simulate: (random, minutes) => ({
      wallets: {
        USDT_TRON: shop(random, minutes),
        USDC_ETHEREUM: shop(random, minutes, 0.25),
        BTC_BITCOIN: live(random, minutes, 0.4, ({ available, hold }, minute) => ({
          available: available * (minute % (7 * DAY) === 10 * HOUR ? 0.6 : 1) + sell(random, minute, 6, 0.002),
          hold,
        })),
        TRX_TRON: live(random, minutes, 30, (holding, minute) =>
          minute % DAY === 600 ? { ...holding, available: minute % (2 * DAY) === 600 ? 1 : 30 } : holding,
        ),
        LTC_LITECOIN: live(random, minutes, 0, (holding) => holding),
        JUNK_BSC: live(random, minutes, 0.000001, (holding) => holding),
      },
      rates: { USDT_TRON: 1, USDC_ETHEREUM: 1, BTC_BITCOIN: 60_000, TRX_TRON: 0.2, LTC_LITECOIN: 80 },
      payoutMinimums: { USDT_TRON: 5, USDC_ETHEREUM: 5, BTC_BITCOIN: 0.0005, TRX_TRON: 20 },
      valueThresholds: [{ fiat: 'USD', severity: 'critical', value: '2000' }],
    }),
  },
  {
    name: 'casino',
    life: '400 deposits and 400 payouts an hour',
    simulate: (random, minutes) => ({
      wallets: { USDT_TRON: casino(random, minutes, { perHour: 400, mean: 40, size: 60_000 }) },
    }),
  },
  {
    name: 'casino-tight',
    life: '250 deposits and 250 payouts an hour in a small wallet',
    simulate: (random, minutes) => ({
      wallets: { USDT_TRON: casino(random, minutes, { perHour: 250, mean: 40, size: 20_000 }) },
    }),
  },
  {
    name: 'casino-at-threshold',
    life: 'a casino whose balance goes up and down around its threshold',
    expected: ['TheDexBalanceBelowThreshold USDT_TRON'],
    simulate: (random, minutes) => ({
      wallets: { USDT_TRON: casino(random, minutes, { perHour: 100, mean: 20, size: 10_000 }) },
      thresholds: [warning('USDT_TRON', '10000')],
    }),
  },
  {
    name: 'sweeper',
    life: 'sales by day, everything but 100 swept at 02:00 each night; drop: off',
    simulate: (random, minutes) => ({
      wallets: {
        USDT_TRON: live(random, minutes, 3000, ({ available, hold }, minute) => ({
          available: (minute % DAY === 2 * HOUR ? Math.min(100, available) : available) + sell(random, minute, 200, 35),
          hold,
        })),
      },
      alertLimits: [{ currency: 'USDT_TRON', limit: 'drop_ratio', value: '+Inf' }],
    }),
  },
  {
    name: 'payroll',
    life: 'filled on Thursday, 200 payouts of three quarters of it on Friday morning; drop: 90%, runway: off',
    simulate: (random, minutes) => ({
      wallets: {
        USDC_ETHEREUM: live(random, minutes, 20_000, ({ available, hold }, minute) => {
          const time = minute % (7 * DAY);
          const filled = time === 3 * DAY + 15 * HOUR ? 120_000 : available;
          const isPayday = time >= 4 * DAY + 9 * HOUR && time < 4 * DAY + 10.5 * HOUR;
          return { available: filled - (isPayday ? pay(random, 200 / 1.5, 450) : 0), hold };
        }),
      },
      alertLimits: [
        { currency: 'USDC_ETHEREUM', limit: 'drop_ratio', value: '0.9' },
        { currency: '*', limit: 'runway_seconds', value: '0' },
      ],
    }),
  },
  {
    name: 'settlement',
    life: 'sales are on hold until they are settled and paid out at 06:00; hold: off, drop: off',
    simulate: (random, minutes) => ({
      wallets: {
        USDT_TRON: live(random, minutes, 1000, ({ available, hold }, minute) => {
          const sold = hold + sell(random, minute, 200, 35);
          return minute % DAY === 6 * HOUR ? { available, hold: 0 } : { available, hold: sold };
        }),
      },
      alertLimits: [
        { currency: '*', limit: 'hold_ratio', value: '+Inf' },
        { currency: '*', limit: 'drop_ratio', value: '+Inf' },
      ],
    }),
  },
  {
    name: 'payouts-on-hold',
    life: 'each payout is on hold for half an hour before it leaves; filled when a quarter has gone',
    simulate: (random, minutes) => {
      const queue = Array.from({ length: minutes + 30 }, () => 0);
      return {
        wallets: {
          USDT_TRON: live(random, minutes, 30_000, ({ available, hold }, minute) => {
            const paid = pay(random, 10, 40);
            queue[minute + 30] = paid;
            const filled = available + hold < 22_000 ? 8000 : 0;
            return { available: available - paid + filled, hold: hold + paid - (queue[minute] ?? 0) };
          }),
        },
      };
    },
  },
  {
    name: 'marketplace',
    life: 'sales all day, and sellers paid in one batch every hour',
    simulate: (random, minutes) => ({
      wallets: {
        USDT_TRON: live(random, minutes, 20_000, ({ available, hold }, minute) => ({
          available: available * (minute % HOUR === 0 ? 0.95 : 1) + pay(random, 30, 34),
          hold,
        })),
      },
    }),
  },
  {
    name: 'topped-up-daily',
    life: 'paid out at working hours and filled each morning, a fifth left in the evening; runway: 1h',
    simulate: (random, minutes) => ({
      wallets: {
        USDT_TRON: live(random, minutes, 20_000, ({ available, hold }, minute) => {
          const time = minute % DAY;
          const isWorking = time >= 9 * HOUR && time < 18 * HOUR;
          return { available: time === 8 * HOUR ? 20_000 : available - (isWorking ? pay(random, 40, 44) : 0), hold };
        }),
      },
      alertLimits: [{ currency: '*', limit: 'runway_seconds', value: '3600' }],
    }),
  },
  {
    name: 'topped-up-hourly',
    life: 'payouts all day, and a transfer every 2 hours that makes up for them',
    simulate: (random, minutes) => ({
      wallets: {
        USDT_TRON: live(random, minutes, 20_000, ({ available, hold }, minute) => ({
          available: minute % (2 * HOUR) === 0 ? 20_000 : available - pay(random, 60, 40),
          hold,
        })),
      },
    }),
  },
  {
    name: 'saver',
    life: 'deposits only, two payouts of a quarter a week',
    simulate: (random, minutes) => ({
      wallets: {
        BTC_BITCOIN: live(random, minutes, 1.5, ({ available, hold }, minute) => ({
          available: available * (minute % (3.5 * DAY) === 700 ? 0.75 : 1) + sell(random, minute, 20, 0.003),
          hold,
        })),
      },
    }),
  },
];

/** The merchants' accounts over a time, each with a chance of its own. */
export function simulateMerchants(seed: string, minutes: number): readonly SimulatedAccount[] {
  return merchants.map(({ name, simulate }) => ({ name, ...simulate(createRandom(`${seed} ${name}`), minutes) }));
}
