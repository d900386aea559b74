/**
 * Lets the alert rules judge weeks of merchants' lives and hours of incidents, scraped once a minute, and prints how often
 * they are wrong and how late they are: the tables of docs/alerts.md.
 *
 *     npx tsx scripts/simulate-alerts.ts [DAYS] [SEED] [PROMTOOL]
 */
import { DAY } from '../test/alerts/simulator/account.ts';
import { INCIDENT_MINUTES, simulateIncidents } from '../test/alerts/simulator/incidents.ts';
import { judgeAccounts } from '../test/alerts/simulator/judge.ts';
import { simulateMerchants } from '../test/alerts/simulator/merchants.ts';
import {
  countFalseAlarms,
  countMostInAnHour,
  describeDelays,
  describeFalseAlarms,
  measureDelays,
} from '../test/alerts/simulator/report.ts';

const [days = '14', seed = 'thedex', promtool = 'promtool'] = process.argv.slice(2);
const minutes = Number(days) * DAY;

const incidents = await judgeAccounts(promtool, simulateIncidents(seed), INCIDENT_MINUTES);
const delays = measureDelays(incidents);
process.stdout.write(`${describeDelays(delays)}\n\n`);
process.stdout.write(`Most of one cause in an hour: ${countMostInAnHour(incidents)}\n\n`);

const merchants = await judgeAccounts(promtool, simulateMerchants(seed, minutes), minutes);
process.stdout.write(`${describeFalseAlarms(countFalseAlarms(merchants), minutes)}\n`);

process.exitCode = delays.some(({ problem }) => problem !== undefined) ? 1 : 0;
