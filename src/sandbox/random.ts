/** Draws numbers that are evenly spread over 0 (included) to 1 (excluded). */
export type Random = () => number;

const UINT32_RANGE = 2 ** 32;

/**
 * Draws that depend on the seed alone. The generator is mulberry32 by Tommy Ettinger (public domain,
 * https://gist.github.com/tommyettinger/46a874533244883189143505d203312c): 32 bits of state are plenty for invented
 * money, and nothing for secrets.
 *
 * @param seed a whole number; its lowest 32 bits count
 */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / UINT32_RANGE;
  };
}

/** A seed for a generator of its own, so that what happens to one currency never shifts the draws of another. */
export function drawSeed(random: Random): number {
  return Math.floor(random() * UINT32_RANGE);
}

/** A whole number from `least` to `most`, both included. */
export function drawInteger(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}
