/** A source of random numbers that gives the same ones for the same seed, so that a simulation can be repeated. */
export interface Random {
  /** Evenly from 0 up to, not including, 1. */
  next(): number;
  /** Around 0 with a deviation of 1. */
  normal(): number;
  /** How often something happens that happens `mean` times on average. */
  poisson(mean: number): number;
  /** An amount as people pay them: most are small, a few are large. */
  amount(mean: number): number;
}

/** How far amounts spread: the deviation of their logarithm. */
const SPREAD = 0.8;

/** The generator is mulberry32: 32 bits of state are plenty for weeks of minutes. */
export function createRandom(seed: string): Random {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    normal,
    poisson: (mean) => {
      let count = -1;
      for (let left = 1, limit = Math.exp(-mean); left > limit; left *= next()) count += 1;
      return Math.max(0, count);
    },
    amount: (mean) => mean * Math.exp(SPREAD * normal() - SPREAD ** 2 / 2),
  };
}
