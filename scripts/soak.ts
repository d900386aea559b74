// An hour compressed: many scrapes of changing currencies with faults and reloads, after which memory must be level:
// `npm run soak -- --scrapes=200000 --seed=1`. With `--node` it runs on another Node.js.
import { parseArgs } from 'node:util';
import { formatReport, runChaos } from '../test/chaos/chaos.ts';
import { BIN } from '../test/support/bin.ts';

/** What a pair of Prometheus servers asks for in an hour of 1,600 accounts, at one scrape a minute. */
const SCRAPES = 200_000;
const FAULT_SHARE = 0.1;
const PAUSE_MS = 10;
/** By how much the last quarter may exceed the second, in MiB: the heap is collected when it pleases Node.js. */
const LEVEL_MIB = 25;

const { values } = parseArgs({
  options: {
    scrapes: { type: 'string', default: String(SCRAPES) },
    seed: { type: 'string', default: '1' },
    bin: { type: 'string', default: BIN },
    node: { type: 'string', default: process.execPath },
  },
});
process.stdout.write(`seed ${values.seed}, ${values.scrapes} scrapes\n`);
const report = await runChaos({
  command: [values.node, values.bin],
  scrapes: Number(values.scrapes),
  seed: Number(values.seed),
  openssl: 'openssl',
  faultShare: FAULT_SHARE,
  pauseMs: PAUSE_MS,
});
process.stdout.write(formatReport(report));
const quarter = (index: number): number => {
  const size = report.residentMiB.length / 4;
  const part = report.residentMiB.slice(Math.floor(index * size), Math.floor((index + 1) * size));
  return part.reduce((sum, value) => sum + value, 0) / part.length;
};
const growth = quarter(3) - quarter(1);
process.stdout.write(`from the second quarter to the last, resident memory grew by ${growth.toFixed(1)} MiB\n`);
// Node.js 20 was seen to spin in its own clean-up for ever after thousands of connections had been broken.
process.exit(report.violations.length === 0 && growth <= LEVEL_MIB ? 0 : 1);
