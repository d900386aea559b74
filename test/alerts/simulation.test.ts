import { expect } from 'chai';
import { requireTool } from '../support/tools.ts';
import { DAY, seriesOf } from './simulator/account.ts';
import { INCIDENT_MINUTES, incidents, simulateIncidents } from './simulator/incidents.ts';
import { judgeAccounts, type Firing } from './simulator/judge.ts';
import { merchants, simulateMerchants } from './simulator/merchants.ts';
import { countFalseAlarms, countMostInAnHour, measureDelays } from './simulator/report.ts';

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

  let days: readonly Firing[];
  let hours: readonly Firing[];

  // Side by side, on a processor each.
  before(async function () {
    const promtool = requireTool(this, 'promtool');
    [days, hours] = await Promise.all([
      judgeAccounts(promtool, simulateMerchants(SEED, DAY), DAY),
      judgeAccounts(promtool, simulateIncidents(SEED), INCIDENT_MINUTES),
    ]);
  });

  for (const { name, life } of merchants) {
    it(`tells nothing of a day of ${name} that is not wrong (${life})`, () => {
      const own = countFalseAlarms(days).find(({ merchant }) => merchant === name);
      expect(own?.alarms).to.deep.equal([]);
    });
  }

  for (const { name, alert, within } of incidents) {
    it(`tells by ${alert} of a ${name}, within ${within} minutes`, () => {
      expect(measureDelays(hours).find(({ incident }) => incident === name)?.problem).to.equal(undefined);
    });
  }

  it('tells at most twice an hour of one cause', () => {
    expect(days).to.not.have.lengthOf(0);
    expect(countMostInAnHour([...days, ...hours])).to.be.within(1, 2);
  });
});
