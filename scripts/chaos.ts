// Runs the built program through a storm of faults and prints what it counted: `npm run chaos -- --scrapes=100000 --seed=1`.
// `--bin` and `--node` take another build or another Node.js. The status is 1 if a promise was broken.
import { parseArgs } from 'node:util';
import { formatReport, runChaos } from '../test/chaos/chaos.ts';
import { BIN } from '../test/support/bin.ts';

/** As many scrapes as a pair of Prometheus servers makes of one account in a month. */
const SCRAPES = 100_000;

const { values } = parseArgs({
  options: {
    scrapes: { type: 'string', default: String(SCRAPES) },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
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
});
process.stdout.write(formatReport(report));
// Node.js 20 was seen to spin in its own clean-up for ever after thousands of connections had been broken.
process.exit(report.violations.length === 0 ? 0 : 1);
