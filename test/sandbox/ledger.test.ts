import { expect } from 'chai';
import * as fc from 'fast-check';
import { CURRENCIES, type SandboxCurrency } from '../../src/sandbox/currencies.ts';
import { parseMinorUnits } from '../../src/sandbox/minor-units.ts';
import { Ledger } from '../../src/sandbox/ledger.ts';
import { createRandom } from '../../src/sandbox/random.ts';

const trx = CURRENCIES.find(({ code }) => code === 'TRX_TRON')!;

function ledgerOf(changes: Partial<SandboxCurrency>, seed = 1): Ledger {
  return new Ledger({ ...trx, ...changes }, createRandom(seed));
}

describe('a ledger', () => {
  it('opens with its currency all available', () => {
    const { hold, available } = ledgerOf({}).amounts;
    expect([hold, available]).to.deep.equal([0n, parseMinorUnits(trx.opening, trx.scale)]);
  });

  it('pays out nothing that it cannot pay with the fee', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const ledger = ledgerOf({ opening: '10.000000', networkFee: '4.000000' }, seed);
        for (let tick = 1; tick <= 3_600; tick += 1) {
          ledger.step(tick);
          expect(ledger.amounts.available >= 0n).to.equal(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes money that comes in on hold, and gives what it paid out to nobody else', () => {
    const ledger = ledgerOf({});
    let before = ledger.amounts;
    for (let tick = 1; tick <= 3_600; tick += 1) {
      ledger.step(tick);
      const { hold, available } = ledger.amounts;
      // Money that becomes available was on hold a tick before.
      if (available > before.available) expect(before.hold >= available - before.available, `${tick}`).to.equal(true);
      // Money that goes out without a trace was on hold a tick before, too.
      const lost = before.hold + before.available - hold - available;
      if (lost > 0n) expect(before.hold >= lost, `${tick}`).to.equal(true);
      before = ledger.amounts;
    }
  });

  it('that opens with nothing keeps nothing', () => {
    const ledger = ledgerOf({ opening: '0' });
    for (let tick = 1; tick <= 600; tick += 1) ledger.step(tick);
    expect(ledger.amounts).to.deep.equal({ hold: 0n, available: 0n });
  });
});
