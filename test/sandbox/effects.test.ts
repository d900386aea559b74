import { expect } from 'chai';
import * as fc from 'fast-check';
import { CURRENCIES } from '../../src/sandbox/currencies.ts';
import {
  type ActiveEffect,
  applyEffects,
  CURRENCY_EFFECTS,
  type CurrencyEffect,
  reportBalance,
} from '../../src/sandbox/effects.ts';
import { parseMinorUnits } from '../../src/sandbox/minor-units.ts';
import { type Holding, Wallet } from '../../src/sandbox/wallet.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_700_000_000_000;

const btc = CURRENCIES.find(({ code }) => code === 'BTC_BITCOIN')!;
const holding: Holding = { currency: btc, hold: 20_000_000n, available: 60_000_000n, usd: 1n, eur: 1n, uah: 1n };

function effect(name: CurrencyEffect, changes: Partial<ActiveEffect> = {}): ActiveEffect {
  const currency = btc.code;
  return { name, currency, sinceMs: START_MS, durationMs: 0, startedWith: holding.available, ...changes };
}

function report(...effects: ActiveEffect[]) {
  return reportBalance(holding, effects, START_MS);
}

describe('what happens to one currency', () => {
  it('is nothing unless asked for', () => {
    expect(report()).to.deep.equal({
      totalBalance: '0.80000000',
      holdBalance: '0.20000000',
      availableBalance: '0.60000000',
    });
  });

  it('drain: what is available sinks evenly to zero and stays there', () => {
    const drain = effect('drain', { durationMs: 10 * MINUTE_MS });
    const after = (minutes: number) => applyEffects(holding, [drain], START_MS + minutes * MINUTE_MS);
    expect(after(0).available).to.equal(60_000_000n);
    expect(after(5).available).to.equal(30_000_000n);
    expect(after(7.5).available).to.equal(15_000_000n);
    expect(after(10).available).to.equal(0n);
    expect(after(1000).available).to.equal(0n);
    expect(after(10).hold).to.equal(holding.hold);
  });

  it('drain in no time: at once', () => {
    expect(report(effect('drain'))).to.include({ availableBalance: '0E-8', totalBalance: '0.20000000' });
  });

  it('dust: half the smallest payout is left', () => {
    expect(report(effect('dust'))).to.include({ availableBalance: '0.00001250', holdBalance: '0E-8' });
  });

  it('sudden-drop: a fifth is left', () => {
    expect(report(effect('sudden-drop'))).to.include({ totalBalance: '0.16000000', availableBalance: '0.12000000' });
  });

  it('stuck-hold: four fifths of the same total are on hold', () => {
    expect(report(effect('stuck-hold'))).to.include({ totalBalance: '0.80000000', holdBalance: '0.64000000' });
  });

  it('mismatch: the total is a hundredth more than its parts, and never the same, not even for nothing', () => {
    expect(report(effect('mismatch'))).to.include({ totalBalance: '0.80800001', availableBalance: '0.60000000' });
    const nothing = { ...holding, hold: 0n, available: 0n };
    expect(reportBalance(nothing, [effect('mismatch')], START_MS)?.totalBalance).to.equal('1E-8');
  });

  it('invalid: the available balance is null', () => {
    expect(report(effect('invalid'))).to.include({ totalBalance: '0.80000000', availableBalance: null });
  });

  it('vanish: it is not reported', () => {
    expect(report(effect('vanish'))).to.equal(undefined);
  });

  it('several at once: each works on what the earlier ones left', () => {
    const effects = [effect('sudden-drop'), effect('stuck-hold'), effect('mismatch')];
    expect(report(...effects)).to.deep.equal({
      totalBalance: '0.16160001',
      holdBalance: '0.12800000',
      availableBalance: '0.03200000',
    });
  });

  it('total is exactly hold and available, for any seed, any time and any effects but mismatch', () => {
    const names = fc.subarray(CURRENCY_EFFECTS.filter((name) => !['mismatch', 'invalid', 'vanish'].includes(name)));
    fc.assert(
      fc.property(fc.nat(), fc.nat(60 * MINUTE_MS), names, (seed, time, chosen) => {
        for (const each of new Wallet(seed).holdingsAt(time)) {
          const effects = chosen.map((name) => effect(name, { durationMs: 30 * MINUTE_MS }));
          const { hold, available } = applyEffects(each, effects, START_MS + time);
          const wire = reportBalance(each, effects, START_MS + time)!;
          expect(hold >= 0n && available >= 0n).to.equal(true);
          expect(unitsOf(wire.totalBalance, each)).to.equal(
            unitsOf(wire.holdBalance, each) + unitsOf(wire.availableBalance!, each),
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});

// Reads what BigDecimal prints without the code under test: digits and exponent apart.
function unitsOf(text: string, { currency }: Holding): bigint {
  const [mantissa = '', exponent = '0'] = text.split('E');
  const shift = currency.scale + Number(exponent) - (mantissa.split('.')[1] ?? '').length;
  expect(shift).to.equal(0);
  return exponent === '0' ? parseMinorUnits(mantissa, currency.scale) : BigInt(mantissa.replace('.', ''));
}
