import { type ActiveEffect, reportBalance, type WireBalance } from './effects.ts';
import { formatBigDecimal } from './minor-units.ts';
import { RATE_SCALE } from './rate-walk.ts';
import type { Holding } from './wallet.ts';

/** The readings of the documented "list of maps": a map for each currency, one map in a list, the map alone. */
export const SHAPES = ['single-maps', 'one-map', 'bare-map'] as const;
export type Shape = (typeof SHAPES)[number];

/** What is reported, by currency, in the order of the answer. */
export type WireBalances = Readonly<Record<string, WireBalance>>;

/** What the gateway reports of its holdings at a moment, effects included. */
export function reportBalances(
  holdings: readonly Holding[],
  effects: readonly ActiveEffect[],
  nowMs: number,
): WireBalances {
  const entries = holdings.map((holding) => {
    const own = effects.filter(({ currency }) => currency === holding.currency.code);
    return [holding.currency.code, reportBalance(holding, own, nowMs)] as const;
  });
  return Object.fromEntries(entries.filter((entry): entry is [string, WireBalance] => entry[1] !== undefined));
}

const SHAPERS: Readonly<Record<Shape, (balances: WireBalances) => unknown>> = {
  'single-maps': (balances) => Object.entries(balances).map(([code, balance]) => ({ [code]: balance })),
  'one-map': (balances) => [balances],
  'bare-map': (balances) => balances,
};

/** `POST /api/v1/balances` */
export function shapeBalances(balances: WireBalances, shape: Shape): unknown {
  return SHAPERS[shape](balances);
}

/** `POST /api/v1/info/user/currencies/crypto` */
export function listRates(holdings: readonly Holding[], effects: readonly ActiveEffect[]): unknown {
  const isMissing = (code: string) =>
    effects.some((effect) => effect.name === 'rate-missing' && effect.currency === code);
  return holdings
    .filter(({ currency }) => !isMissing(currency.code))
    .map(({ currency, usd, eur, uah }) => ({
      monetary: currency.code,
      rates: [
        { fiatCurrency: 'USD', rate: formatBigDecimal(usd, RATE_SCALE) },
        { fiatCurrency: 'EUR', rate: formatBigDecimal(eur, RATE_SCALE) },
        { fiatCurrency: 'UAH', rate: formatBigDecimal(uah, RATE_SCALE) },
      ],
    }));
}

/** `POST /api/v1/info/payout/limit/crypto` */
export function listPayoutLimits(holdings: readonly Holding[]): unknown {
  return holdings.map(({ currency }) => ({ monetary: currency.code, minimalLimit: currency.payoutMinimum }));
}
