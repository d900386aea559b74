import type { Habit, SandboxCurrency } from './currencies.ts';
import { parseMinorUnits } from './minor-units.ts';
import { drawInteger, type Random } from './random.ts';

/** What is there of one currency, in its smallest unit; the total is always exactly their sum. */
export interface Amounts {
  readonly hold: bigint;
  readonly available: bigint;
}

/** Money on hold until a tick: then `released` of it becomes available, and the rest has left the wallet. */
interface Hold {
  readonly amount: bigint;
  readonly released: bigint;
  readonly untilTick: number;
}

interface Pace {
  /** Chances per tick of one second. */
  readonly deposit: number;
  readonly payout: number;
  /** The mean size of a movement, in millionths: of the opening amount for deposits, of what is available for payouts. */
  readonly meanShare: number;
}

const MILLION = 1_000_000n;

// Something moves every minute or so, and because payouts shrink with what is available, it never runs away.
const PACES: Readonly<Record<Habit, Pace>> = {
  lively: { deposit: 1 / 50, payout: 1 / 50, meanShare: 15_000 },
  declining: { deposit: 0, payout: 1 / 60, meanShare: 330 },
  idle: { deposit: 0, payout: 0, meanShare: 0 },
};

/** Confirmations of a deposit and the approval of a payout take this long, in ticks. */
const SHORTEST_HOLD = 20;
const LONGEST_HOLD = 180;

/** The gateway keeps this much of each deposit, in millionths. */
const GATEWAY_FEE = 4_000n;

/** One payout in this many is refused, and its money comes back. */
const PAYOUTS_PER_REFUSAL = 20;

/** A top-up of what was there at the start comes when less than one part in this many is left. */
const TOP_UP_BELOW_PART = 10n;

/** The simulation of one currency: deposits, payouts, holds and fees, one step a tick. */
export class Ledger {
  readonly #random: Random;
  readonly #pace: Pace;
  readonly #opening: bigint;
  readonly #networkFee: bigint;
  #available: bigint;
  #hold = 0n;
  #holds: Hold[] = [];

  constructor(currency: SandboxCurrency, random: Random) {
    this.#random = random;
    this.#pace = PACES[currency.habit];
    this.#opening = parseMinorUnits(currency.opening, currency.scale);
    this.#networkFee = parseMinorUnits(currency.networkFee, currency.scale);
    this.#available = this.#opening;
  }

  get amounts(): Amounts {
    return { hold: this.#hold, available: this.#available };
  }

  /** Goes on to a tick; ticks are taken one after the other, without gaps. */
  step(tick: number): void {
    if (this.#opening === 0n) return;
    this.#settle(tick);
    if (this.#available * TOP_UP_BELOW_PART < this.#opening) this.#available += this.#opening;
    const chance = this.#random();
    if (chance < this.#pace.deposit) this.#receive(tick);
    else if (chance < this.#pace.deposit + this.#pace.payout) this.#payOut(tick);
  }

  #settle(tick: number): void {
    if (!this.#holds.some(({ untilTick }) => untilTick <= tick)) return;
    for (const { amount, released } of this.#holds.filter(({ untilTick }) => untilTick <= tick)) {
      this.#hold -= amount;
      this.#available += released;
    }
    this.#holds = this.#holds.filter(({ untilTick }) => untilTick > tick);
  }

  #receive(tick: number): void {
    const paid = this.#drawShare(this.#opening);
    const amount = paid - (paid * GATEWAY_FEE) / MILLION;
    this.#place({ amount, released: amount, untilTick: this.#drawEnd(tick) });
  }

  #payOut(tick: number): void {
    const amount = this.#drawShare(this.#available) + this.#networkFee;
    const untilTick = this.#drawEnd(tick);
    const isRefused = drawInteger(this.#random, 1, PAYOUTS_PER_REFUSAL) === 1;
    if (amount > this.#available) return;
    this.#available -= amount;
    this.#place({ amount, released: isRefused ? amount : 0n, untilTick });
  }

  #place(hold: Hold): void {
    this.#hold += hold.amount;
    this.#holds.push(hold);
  }

  #drawShare(whole: bigint): bigint {
    return (whole * BigInt(drawInteger(this.#random, 1, 2 * this.#pace.meanShare))) / MILLION;
  }

  #drawEnd(tick: number): number {
    return tick + drawInteger(this.#random, SHORTEST_HOLD, LONGEST_HOLD);
  }
}
