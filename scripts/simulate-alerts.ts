/**
 * Lets the alert rules judge weeks of merchants' lives and hours of incidents, scraped once a minute, and prints how often
 * they are wrong and how late they are: the tables of docs/alerts.md. With an Alertmanager of 0.29 or later, what fired in
 * the first week is told to it as well, and the messages are counted that it sends; that takes half an hour, most of it idle.
 *
 *     npx tsx scripts/simulate-alerts.ts [DAYS] [SEED] [PROMTOOL] [ALERTMANAGER]
 */
import { DAY, HOUR } from '../test/alerts/simulator/account.ts';
import {
  EXPORTER_OUTAGE,
  GATEWAY_OUTAGE,
  INCIDENT_AT,
  INCIDENT_MINUTES,
  simulateIncidents,
} from '../test/alerts/simulator/incidents.ts';
import { judgeAccounts, type Firing } from '../test/alerts/simulator/judge.ts';
import { simulateMerchants } from '../test/alerts/simulator/merchants.ts';
import { multiply, replayFirings } from '../test/alerts/simulator/replay.ts';
import {
  countFalseAlarms,
  countMostInAnHour,
  describeDelays,
  describeFalseAlarms,
  describeMessages,
  measureDelays,
} from '../test/alerts/simulator/report.ts';

const [days = '14', seed = 'thedex', promtool = 'promtool', alertmanager] = process.argv.slice(2);
const minutes = Number(days) * DAY;
/** How many accounts an exporter has whose outage is told. */
const MANY = 200;

const incidents = await judgeAccounts(promtool, simulateIncidents(seed), INCIDENT_MINUTES);
const delays = measureDelays(incidents);
process.stdout.write(`${describeDelays(delays)}\n\n`);
process.stdout.write(`Most of one cause in an hour: ${countMostInAnHour(incidents)}\n\n`);

const merchants = await judgeAccounts(promtool, simulateMerchants(seed, minutes), minutes);
process.stdout.write(`${describeFalseAlarms(countFalseAlarms(merchants), minutes)}\n`);

if (alertmanager !== undefined) {
  const isOutage = ({ account }: Firing): boolean => [GATEWAY_OUTAGE, EXPORTER_OUTAGE].includes(account);
  const outages = multiply(incidents.filter(isOutage), MANY);
  const others = incidents.filter((firing) => !isOutage(firing));
  const ofOutages = await replayFirings(alertmanager, outages, { minutes: INCIDENT_AT + 2 * HOUR, factor: 60 });
  process.stdout.write(`\nMessages of outages of ${MANY} accounts:\n${describeMessages(ofOutages)}\n`);
  const ofOthers = await replayFirings(alertmanager, others, { minutes: INCIDENT_MINUTES, factor: 300 });
  process.stdout.write(`\nMessages of incidents:\n${describeMessages(ofOthers)}\n`);
  const ofWeek = await replayFirings(alertmanager, merchants, { minutes: 7 * DAY, factor: 600 });
  process.stdout.write(`\nMessages of a week:\n${describeMessages(ofWeek)}\n`);
}

process.exitCode = delays.some(({ problem }) => problem !== undefined) ? 1 : 0;
