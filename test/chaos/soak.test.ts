import { expect } from 'chai';
import { BIN } from '../support/bin.ts';
import { plantDefect } from '../support/planted.ts';
import { requireTool } from '../support/tools.ts';
import { runSoakApart } from './apart.ts';
import { formatReport } from './chaos.ts';

const SCRAPES = 1_000;
/** A process is young after so few scrapes, and grows by itself; what the planted leak keeps is several times as much. */
const LEVEL_MIB = 40;
const LEAKED_BYTES = 600_000;

describe('The program after many scrapes with few faults', () => {
  it('has broken no promise, and its memory is level', async function () {
    this.timeout(300_000);
    const seed = Math.floor(Date.now() / 1000) % 1_000_000;
    const openssl = requireTool(this, 'openssl');
    const report = await runSoakApart({ command: [process.execPath, BIN], scrapes: SCRAPES, seed, openssl });
    process.stdout.write(formatReport(report));
    expect(report.violations, `seed ${seed}`).to.deep.equal([]);
    expect(report.outcomes.get('success')).to.be.greaterThan(SCRAPES / 3);
    expect(report.growthMiB).to.be.lessThan(LEVEL_MIB);
  });

  it('is caught with a planted leak', async function () {
    this.timeout(300_000);
    const openssl = requireTool(this, 'openssl');
    const planted = plantDefect({
      file: 'src/scrape/account.ts',
      find: 'this.#lastSuccess = snapshot;',
      replace: `this.#lastSuccess = snapshot;\n    ((globalThis as any).kept ??= []).push(Buffer.alloc(${LEAKED_BYTES}, 1));`,
    });
    try {
      const report = await runSoakApart({ command: planted.command, scrapes: SCRAPES, seed: 1, openssl });
      expect(report.growthMiB).to.be.greaterThan(LEVEL_MIB);
    } finally {
      planted.remove();
    }
  });
});
