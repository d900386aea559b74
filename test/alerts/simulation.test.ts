import { expect } from 'chai';
import { requireTool } from '../support/tools.ts';
import { DAY, seriesOf } from './simulator/account.ts';
import { INCIDENT_MINUTES, incidents, simulateIncidents } from './simulator/incidents.ts';
import { judgeAccounts, type Firing } from './simulator/judge.ts';
import { merchants, simulateMerchants } from './simulator/merchants.ts';
import { countFalseAlarms, measureDelays } from './simulator/report.ts';

const SEED = 'thedex';
/** promtool takes half a minute of one processor for a day of all merchants, and for all incidents. */
const WITHIN_MS = 600_000;

describe('the alerts, in the simulated lives of merchants', function () {
  this.timeout(WITHIN_MS);

  it('is the same for the same seed, and another for another', () => {
    const seriesWith = (seed: string): unknown => simulateMerchants(seed, 100).map((account) => seriesOf(account, 100));
    expect(seriesWith('a')).to.deep.equal(seriesWith('a'));
    expect(seriesWith('a')).to.not.deep.equal(seriesWith('b'));
  });

  describe('a day of each merchant', () => {
    let firings: readonly Firing[];

    before(async function () {
      firings = await judgeAccounts(requireTool(this, 'promtool'), simulateMerchants(SEED, DAY), DAY);
    });

    for (const { name, life } of merchants) {
      it(`tells nothing of ${name} that is not wrong (${life})`, () => {
        const own = countFalseAlarms(firings).find(({ merchant }) => merchant === name);
        expect(own?.alarms).to.deep.equal([]);
      });

      it(`tells at most twice an hour of one cause of ${name}`, () => {
        for (const { alert, of, from } of firings.filter(({ account }) => account === name)) {
          const withinAnHour = firings.filter(
            (other) =>
              other.account === name &&
              other.alert === alert &&
              other.of === of &&
              other.from >= from &&
              other.from < from + 60,
          );
          expect(withinAnHour.length, `${alert} ${of}`).to.be.at.most(2);
        }
      });
    }
  });

  describe('hours of each incident', () => {
    let firings: readonly Firing[];

    before(async function () {
      firings = await judgeAccounts(requireTool(this, 'promtool'), simulateIncidents(SEED), INCIDENT_MINUTES);
    });

    for (const { name, alert, within } of incidents) {
      it(`tells by ${alert} of a ${name}, within ${within} minutes`, () => {
        expect(measureDelays(firings).find(({ incident }) => incident === name)?.problem).to.equal(undefined);
      });
    }
  });
});
