import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureOwn, measureSize, measureStartUp, type Campaign } from './campaign.ts';
import { limit, ours, pythonClient, type Contender } from './contenders.ts';
import { FULL, QUICK, SIZES } from './plan.ts';
import { startChild, type Child } from './processes.ts';
import { formatReport } from './report.ts';
import { Results } from './results.ts';

const USAGE = `npm run bench -- [options]

  --quick          fewer rounds and scrapes: a glance, with more noise
  --rounds <n>     how often every program is measured
  --bin <path>     the exporter to measure, such as another build's dist/main.js
  --only <text>    only figures whose name contains it, such as cpu30, and not what stands alone at the end
  --help           print this
`;
/** Debian's own, which sees Debian's python3-prometheus-client, before whatever comes first in PATH. */
const PYTHONS = ['/usr/bin/python3', 'python3'];
const GATEWAY_WITHIN_MS = 5_000;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    bin: { type: 'string', default: fileURLToPath(new URL('../dist/main.js', import.meta.url)) },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) process.stdout.write(USAGE);
else await run();

async function run(): Promise<void> {
  const { quick, bin, rounds, only } = options;
  if (!existsSync(bin)) throw new Error(`${bin} is not there: npm run build makes it`);
  const preset = quick ? QUICK : FULL;
  const gateway = await startGateway();
  const campaign: Campaign = {
    contenders: [ours(bin), limit, ...findPython()],
    plan: { ...preset, rounds: Number(rounds ?? preset.rounds) },
    results: new Results(),
    gateway: gateway.url,
    wants: (figure) => only === undefined || figure.includes(only),
    progress: (what) => void process.stderr.write(`${what}\n`),
  };
  try {
    for (const size of SIZES) await measureSize(campaign, size);
    await measureStartUp(campaign);
    const own = only === undefined ? await measureOwn(campaign) : undefined;
    process.stdout.write(`\n${formatReport(campaign.results, own)}`);
  } finally {
    await gateway.child.stop();
  }
}

async function startGateway(): Promise<{ url: string; child: Child }> {
  const child = startChild(process.execPath, [fileURLToPath(new URL('servers/gateway.mjs', import.meta.url))], {});
  const deadline = performance.now() + GATEWAY_WITHIN_MS;
  for (;;) {
    const port = /^listening (\d+)$/m.exec(child.output())?.[1];
    if (port !== undefined) return { url: `http://127.0.0.1:${port}`, child };
    if (performance.now() > deadline) throw new Error(`the gateway did not start: ${child.output()}`);
    await delay(10);
  }
}

function findPython(): Contender[] {
  const found = PYTHONS.find((python) => {
    try {
      execFileSync(python, ['-c', 'import prometheus_client'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return [pythonClient(found)];
  process.stderr.write('*** NOT COMPARED with the Python client: install python3-prometheus-client ***\n');
  return [];
}
