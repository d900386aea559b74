import { CURRENCIES, type SandboxCurrency } from './currencies.ts';
import { type Amounts, Ledger } from './ledger.ts';
import { createRandom, drawSeed } from './random.ts';
import { RATE_SCALE, RateWalk } from './rate-walk.ts';

/** Milliseconds of one step of the simulation. */
const TICK_MS = 1000;

// The first answer shows a wallet in the middle of its life, with deposits and payouts under way.
const TICKS_BEFORE_START = 600;

// The merchants' own currencies: TheDex quotes each cryptocurrency in all of them.
const EUROS_PER_DOLLAR = '0.92';
const EURO_SWING = 4_000;
const HRYVNIAS_PER_DOLLAR = '41.75';
const HRYVNIA_SWING = 6_000;

/** What the wallet holds of one currency at one tick, and what one unit is worth in units of 10^-8. */
export interface Holding extends Amounts {
  readonly currency: SandboxCurrency;
  readonly usd: bigint;
  readonly eur: bigint;
  readonly uah: bigint;
}

interface Pocket {
  readonly currency: SandboxCurrency;
  readonly ledger: Ledger;
  readonly dollars: RateWalk;
}

/**
 * The wallet of the sandbox: a function of the seed and of the time since its start, however often it is read. It moves
 * in steps of {@link TICK_MS} that are made up for when somebody reads, so an unread wallet costs nothing.
 */
export class Wallet {
  readonly #pockets: readonly Pocket[];
  readonly #euros: RateWalk;
  readonly #hryvnias: RateWalk;
  #tick = 0;

  constructor(seed: number) {
    const seeds = createRandom(seed);
    const branch = () => createRandom(drawSeed(seeds));
    this.#euros = new RateWalk(EUROS_PER_DOLLAR, EURO_SWING, branch());
    this.#pockets = CURRENCIES.map((currency) => ({
      currency,
      ledger: new Ledger(currency, branch()),
      dollars: new RateWalk(currency.usd, currency.rateSwing, branch()),
    }));
    // Drawn last, so that a seed of earlier versions still makes the same wallet.
    this.#hryvnias = new RateWalk(HRYVNIAS_PER_DOLLAR, HRYVNIA_SWING, branch());
  }

  /** Everything that is there, in the order of the table, at a time since the start; a clock that steps back waits. */
  holdingsAt(elapsedMs: number): readonly Holding[] {
    const target = TICKS_BEFORE_START + Math.floor(elapsedMs / TICK_MS);
    while (this.#tick < target) this.#step();
    return this.#pockets.map(({ currency, ledger, dollars }) => {
      const usd = dollars.price;
      const priceIn = (fiat: RateWalk) => (usd * fiat.price) / 10n ** BigInt(RATE_SCALE);
      return { currency, ...ledger.amounts, usd, eur: priceIn(this.#euros), uah: priceIn(this.#hryvnias) };
    });
  }

  #step(): void {
    this.#tick += 1;
    this.#euros.step(this.#tick);
    this.#hryvnias.step(this.#tick);
    for (const { ledger, dollars } of this.#pockets) {
      ledger.step(this.#tick);
      dollars.step(this.#tick);
    }
  }
}
