import { expect } from 'chai';
import { createRandom, drawInteger, drawSeed } from '../../src/sandbox/random.ts';

describe('random draws of the sandbox', () => {
  it('depend on the seed alone', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, createRandom(seed));
    expect(draw(7)).to.deep.equal(draw(7));
    expect(draw(7)).not.to.deep.equal(draw(8));
  });

  it('spread evenly over their range, both ends included', () => {
    const random = createRandom(1);
    const counts = new Map<number, number>();
    for (let i = 0; i < 6_000; i += 1) {
      const side = drawInteger(random, 1, 6);
      counts.set(side, (counts.get(side) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted((a, b) => a - b)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(count).to.be.within(850, 1_150);
  });

  it('give seeds of 32 bits', () => {
    const random = createRandom(3);
    const seeds = new Set(Array.from({ length: 100 }, () => drawSeed(random)));
    expect(seeds.size).to.equal(100);
    for (const seed of seeds) expect(seed).to.equal(seed >>> 0);
  });
});
