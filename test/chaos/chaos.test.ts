import { expect } from 'chai';
import { BIN } from '../support/bin.ts';
import { requireTool } from '../support/tools.ts';
import { runChaosApart } from './apart.ts';
import { formatReport } from './chaos.ts';
import { PLANTS } from './plants.ts';
import { plantDefect } from '../support/planted.ts';

/** Enough that nearly every fault and act occurs, and few enough for twenty seconds. */
const SCRAPES = 900;
/** A planted defect shows itself long before, as soon as the act or the fault that it needs is drawn. */
const PLANTED_SCRAPES = 10_000;
/** What excuses nothing, so that a defect shows itself soon. */
const CALM_ACTS = ['reload over HTTP'] as const;
/** What is left behind by design of the plant is not waited for. */
const PLANTED_REST_MS = 1_500;

describe('The program in a storm of faults', () => {
  it('breaks no promise', async function () {
    this.timeout(300_000);
    const seed = Math.floor(Date.now() / 1000) % 1_000_000;
    const report = await runChaosApart({
      command: [process.execPath, BIN],
      scrapes: SCRAPES,
      seed,
      openssl: requireTool(this, 'openssl'),
    });
    process.stdout.write(formatReport(report));
    expect(report.violations, `seed ${seed}`).to.deep.equal([]);
    // A storm in which nothing succeeds or nothing fails would prove nothing.
    expect(report.outcomes.get('success')).to.be.greaterThan(SCRAPES / 10);
    expect(report.outcomes.size).to.be.greaterThan(6);
    expect(report.faults.size).to.be.greaterThan(40);
  });

  for (const plant of PLANTS) {
    it(`is caught with a planted defect: ${plant.name}`, async function () {
      this.timeout(300_000);
      const openssl = requireTool(this, 'openssl');
      const planted = plantDefect(plant);
      try {
        const report = await runChaosApart({
          command: planted.command,
          scrapes: plant.scrapes ?? PLANTED_SCRAPES,
          seed: 1,
          openssl,
          stopAt: plant.found,
          restWithinMs: PLANTED_REST_MS,
          acts: plant.acts ?? CALM_ACTS,
        });
        expect(report.violations.join('\n')).to.match(plant.found);
      } finally {
        planted.remove();
      }
    });
  }
});
