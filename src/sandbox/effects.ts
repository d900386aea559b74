import { formatBigDecimal, parseMinorUnits } from './minor-units.ts';
import type { Amounts } from './ledger.ts';
import type { Holding } from './wallet.ts';

/** What can happen to one currency. */
export const CURRENCY_EFFECTS = [
  'drain',
  'dust',
  'sudden-drop',
  'stuck-hold',
  'mismatch',
  'invalid',
  'vanish',
  'rate-missing',
] as const;
export type CurrencyEffect = (typeof CURRENCY_EFFECTS)[number];

/** Something that happens to one currency, from a moment on. */
export interface ActiveEffect {
  readonly name: CurrencyEffect;
  readonly currency: string;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** How long `drain` takes; nothing else takes time. */
  readonly durationMs: number;
  /** What was available at that moment, in the smallest unit. */
  readonly startedWith: bigint;
}

/** One currency in an answer of balances, as the gateway writes it. */
export interface WireBalance {
  readonly totalBalance: string;
  readonly holdBalance: string;
  readonly availableBalance: string | null;
}

/** What `sudden-drop` leaves. */
const KEPT_AFTER_DROP_PERCENT = 20n;
/** What `stuck-hold` puts on hold: well over the half that alerts ask about. */
const STUCK_PERCENT = 80n;
/** What `mismatch` adds to the total, besides one smallest unit. */
const MISMATCH_PERCENT = 1n;

/** What an effect makes of the amounts that it finds. */
type Change = (amounts: Amounts, scene: { holding: Holding; effect: ActiveEffect; nowMs: number }) => Amounts;

const unchanged: Change = (amounts) => amounts;

const CHANGES: Readonly<Record<CurrencyEffect, Change>> = {
  drain: ({ hold }, { effect, nowMs }) => ({ hold, available: leftOfDrain(effect, nowMs) }),
  dust: (_, { holding: { currency } }) => ({
    hold: 0n,
    available: parseMinorUnits(currency.payoutMinimum, currency.scale) / 2n,
  }),
  'sudden-drop': ({ hold, available }) => ({
    hold: percent(hold, KEPT_AFTER_DROP_PERCENT),
    available: percent(available, KEPT_AFTER_DROP_PERCENT),
  }),
  'stuck-hold': ({ hold, available }) => {
    const stuck = percent(hold + available, STUCK_PERCENT);
    return { hold: stuck, available: hold + available - stuck };
  },
  mismatch: unchanged,
  invalid: unchanged,
  vanish: unchanged,
  'rate-missing': unchanged,
};

/** The amounts of a holding after all its effects, the oldest first. */
export function applyEffects(holding: Holding, effects: readonly ActiveEffect[], nowMs: number): Amounts {
  return effects.reduce<Amounts>(
    (amounts, effect) => CHANGES[effect.name](amounts, { holding, effect, nowMs }),
    holding,
  );
}

function percent(amount: bigint, share: bigint): bigint {
  return (amount * share) / 100n;
}

function leftOfDrain({ startedWith, sinceMs, durationMs }: ActiveEffect, nowMs: number): bigint {
  const leftMs = Math.floor(Math.min(durationMs, sinceMs + durationMs - nowMs));
  return leftMs <= 0 ? 0n : (startedWith * BigInt(leftMs)) / BigInt(Math.ceil(durationMs));
}

/** What the gateway says of a holding, or `undefined` when it keeps it from the answer. */
export function reportBalance(
  holding: Holding,
  effects: readonly ActiveEffect[],
  nowMs: number,
): WireBalance | undefined {
  const has = (name: CurrencyEffect) => effects.some((effect) => effect.name === name);
  if (has('vanish')) return undefined;
  const { scale } = holding.currency;
  const { hold, available } = applyEffects(holding, effects, nowMs);
  const total = hold + available;
  return {
    totalBalance: formatBigDecimal(has('mismatch') ? total + percent(total, MISMATCH_PERCENT) + 1n : total, scale),
    holdBalance: formatBigDecimal(hold, scale),
    availableBalance: has('invalid') ? null : formatBigDecimal(available, scale),
  };
}
