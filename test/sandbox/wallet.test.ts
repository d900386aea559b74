import { expect } from 'chai';
import * as fc from 'fast-check';
import { CURRENCIES } from '../../src/sandbox/currencies.ts';
import { type Holding, Wallet } from '../../src/sandbox/wallet.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const times = fc.integer({ min: 0, max: 3 * HOUR_MS });

function holdingOf(holdings: readonly Holding[], code: string): Holding {
  const found = holdings.find(({ currency }) => currency.code === code);
  if (found === undefined) throw new Error(`no ${code}`);
  return found;
}

describe('the wallet', () => {
  it('is a function of seed and time, whenever and however often it is read', () => {
    fc.assert(
      fc.property(seeds, fc.array(times, { maxLength: 20 }), times, (seed, earlier, end) => {
        const read = new Wallet(seed);
        for (const time of earlier.filter((each) => each <= end).toSorted((a, b) => a - b)) read.holdingsAt(time);
        expect(read.holdingsAt(end)).to.deep.equal(new Wallet(seed).holdingsAt(end));
      }),
      { numRuns: 30 },
    );
  });

  it('holds something or nothing of each currency, and never less', () => {
    fc.assert(
      fc.property(seeds, times, (seed, time) => {
        for (const { hold, available, usd, eur, uah } of new Wallet(seed).holdingsAt(time)) {
          expect(hold >= 0n).to.equal(true);
          expect(available >= 0n).to.equal(true);
          expect(usd > 0n).to.equal(true);
          expect(eur > 0n).to.equal(true);
          expect(uah > eur).to.equal(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('differs from seed to seed', () => {
    expect(new Wallet(1).holdingsAt(0)).not.to.deep.equal(new Wallet(2).holdingsAt(0));
  });

  it('stands still when the clock steps back', () => {
    const wallet = new Wallet(4);
    const late = wallet.holdingsAt(HOUR_MS);
    expect(wallet.holdingsAt(0)).to.deep.equal(late);
  });

  for (const seed of [1, 2, 3]) {
    it(`lives: within ten minutes every lively currency moves, is held and is released (seed ${seed})`, () => {
      const wallet = new Wallet(seed);
      const samples = Array.from({ length: 60 }, (_, i) => wallet.holdingsAt(i * 10_000));
      for (const { code } of CURRENCIES.filter(({ habit }) => habit === 'lively')) {
        const own = samples.map((holdings) => holdingOf(holdings, code));
        const holds = own.map(({ hold }) => hold);
        expect(new Set(own.map(({ hold, available }) => hold + available)).size, code).to.be.above(3);
        expect(
          holds.some((hold, i) => i > 0 && hold > holds[i - 1]!),
          code,
        ).to.equal(true);
        expect(
          holds.some((hold, i) => i > 0 && hold < holds[i - 1]!),
          code,
        ).to.equal(true);
      }
    });
  }

  it('moves its rates a little: dollars and euros', () => {
    const wallet = new Wallet(5);
    const before = holdingOf(wallet.holdingsAt(0), 'BTC_BITCOIN');
    const after = holdingOf(wallet.holdingsAt(10 * MINUTE_MS), 'BTC_BITCOIN');
    expect(after.usd).not.to.equal(before.usd);
    expect(after.eur).not.to.equal(before.eur);
    expect(Math.abs(Number(after.usd) / Number(before.usd) - 1)).to.be.below(0.05);
    expect(Number(after.eur) / Number(after.usd)).to.be.within(0.9, 0.94);
  });

  it('alarms nobody by itself: over two days no total halves within an hour, and little is on hold', () => {
    const wallet = new Wallet(6);
    let anHourAgo = wallet.holdingsAt(0);
    for (let hour = 1; hour <= 48; hour += 1) {
      const holdings = wallet.holdingsAt(hour * HOUR_MS);
      for (const [i, { currency, hold, available }] of holdings.entries()) {
        const before = anHourAgo[i]!;
        expect((hold + available) * 2n >= before.hold + before.available, currency.code).to.equal(true);
        expect(hold * 2n <= hold + available, currency.code).to.equal(true);
      }
      anHourAgo = holdings;
    }
  });

  it('loses one currency slowly, a fiftieth an hour, and has nothing of two', () => {
    const wallet = new Wallet(7);
    const before = holdingOf(wallet.holdingsAt(0), 'LTC_LITECOIN');
    const after = holdingOf(wallet.holdingsAt(10 * HOUR_MS), 'LTC_LITECOIN');
    const left = Number(after.hold + after.available) / Number(before.hold + before.available);
    expect(left).to.be.within(0.7, 0.9);
    for (const code of ['BNB_BSC', 'DOGE_DOGECOIN']) {
      expect(holdingOf(wallet.holdingsAt(10 * HOUR_MS), code)).to.include({ hold: 0n, available: 0n });
    }
  });

  it('is topped up before it runs dry', () => {
    const wallet = new Wallet(8);
    const opening = 9_625_000_000n;
    const daily = Array.from({ length: 14 }, (_, day) =>
      holdingOf(wallet.holdingsAt(day * 24 * HOUR_MS), 'LTC_LITECOIN'),
    );
    for (const { available } of daily) expect(available * 20n > opening).to.equal(true);
    expect(daily.some(({ available }, day) => day > 0 && available > daily[day - 1]!.available)).to.equal(true);
  }).timeout(30_000);
});
