// An hour compressed: many scrapes of changing currencies with faults and reloads, after which memory must be level:
// `npm run soak -- --scrapes=200000 --seed=1`. `--bin` and `--node` take another build or another Node.js.
import { parseArgs } from 'node:util';
import { formatReport } from '../test/chaos/chaos.ts';
import { runSoak } from '../test/chaos/soak.ts';
import { BIN } from '../test/support/bin.ts';

/** What a pair of Prometheus servers asks for in an hour of 1,600 accounts, at one scrape a minute. */
const SCRAPES = 200_000;
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
const report = await runSoak({
  command: [values.node, values.bin],
  scrapes: Number(values.scrapes),
  seed: Number(values.seed),
  openssl: 'openssl',
});
process.stdout.write(formatReport(report));
process.stdout.write(
  `from the second quarter to the last, resident memory grew by ${report.growthMiB.toFixed(1)} MiB\n`,
);
// Node.js 20 was seen to spin in its own clean-up for ever after thousands of connections had been broken.
process.exit(report.violations.length === 0 && report.growthMiB <= LEVEL_MIB ? 0 : 1);
