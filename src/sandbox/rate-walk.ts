import { parseMinorUnits } from './minor-units.ts';
import { drawInteger, type Random } from './random.ts';

/** Decimal places of exchange rates, as in the gateway's documentation. */
export const RATE_SCALE = 8;

const MILLION = 1_000_000;

// A walk crosses its whole range in hours, and never leaves it.
const STEPS_ACROSS = 200;
const TICKS_PER_STEP = 10;

/** A price that wanders around a middle, in units of 10^-8. */
export class RateWalk {
  readonly #random: Random;
  readonly #middle: bigint;
  readonly #swing: number;
  #offset = 0;

  /** @param swing how far it strays from the middle at most, in millionths */
  constructor(middle: string, swing: number, random: Random) {
    this.#middle = parseMinorUnits(middle, RATE_SCALE);
    this.#swing = swing;
    this.#random = random;
  }

  get price(): bigint {
    return (this.#middle * BigInt(MILLION + this.#offset)) / BigInt(MILLION);
  }

  /** Goes on to a tick; ticks are taken one after the other, without gaps. */
  step(tick: number): void {
    if (tick % TICKS_PER_STEP !== 0) return;
    const longest = Math.max(1, Math.ceil((2 * this.#swing) / STEPS_ACROSS));
    const moved = this.#offset + drawInteger(this.#random, -longest, longest);
    this.#offset = Math.min(this.#swing, Math.max(-this.#swing, moved));
  }
}
