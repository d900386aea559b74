import { expect } from 'chai';
import * as fc from 'fast-check';
import { CURRENCIES, type SandboxCurrency } from '../../src/sandbox/currencies.ts';
import { parseMinorUnits } from '../../src/sandbox/minor-units.ts';
import { Purse } from '../../src/sandbox/purse.ts';
import { createRandom } from '../../src/sandbox/random.ts';

const trx = CURRENCIES.find(({ code }) => code === 'TRX_TRON')!;

function purseOf(changes: Partial<SandboxCurrency>, seed = 1): Purse {
  return new Purse({ ...trx, ...changes }, createRandom(seed));
}

describe('a purse', () => {
  it('opens with its currency all available', () => {
    const { hold, available } = purseOf({}).amounts;
    expect([hold, available]).to.deep.equal([0n, parseMinorUnits(trx.opening, trx.scale)]);
  });

  it('pays out nothing that it cannot pay with the fee', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const purse = purseOf({ opening: '10.000000', networkFee: '4.000000' }, seed);
        for (let tick = 1; tick <= 3_600; tick += 1) {
          purse.step(tick);
          expect(purse.amounts.available >= 0n).to.equal(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes money that comes in on hold, and gives what it paid out to nobody else', () => {
    const purse = purseOf({});
    let before = purse.amounts;
    for (let tick = 1; tick <= 3_600; tick += 1) {
      purse.step(tick);
      const { hold, available } = purse.amounts;
      // Money that becomes available was on hold a tick before.
      if (available > before.available) expect(before.hold >= available - before.available, `${tick}`).to.equal(true);
      // Money that goes out without a trace was on hold a tick before, too.
      const lost = before.hold + before.available - hold - available;
      if (lost > 0n) expect(before.hold >= lost, `${tick}`).to.equal(true);
      before = purse.amounts;
    }
  });

  it('that opens with nothing keeps nothing', () => {
    const purse = purseOf({ opening: '0' });
    for (let tick = 1; tick <= 600; tick += 1) purse.step(tick);
    expect(purse.amounts).to.deep.equal({ hold: 0n, available: 0n });
  });
});
