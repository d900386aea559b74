import { existsSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execFileSync } from 'node:child_process';
import { measureRest, measureSize, measureStartUp, type Campaign } from './campaign.ts';
import { findContenders } from './contenders.ts';
import type { OwnFigures } from './figures.ts';
import { measureAccounts, measureHostile, type AccountFigures, type OwnCampaign } from './own.ts';
import { FULL, QUICK, SIZES } from './plan.ts';
import { startChild, type Child } from './processes.ts';
import { formatReport } from './report.ts';
import { Results } from './results.ts';

const USAGE = `npm run bench -- [options]

  --quick          fewer rounds and scrapes: a glance, with more noise
  --rounds <n>     how often every program is measured
  --node <path>    the Node.js that programs run on, may be given again for another report; this one by default
  --bin <path>     the exporter to measure, such as another build's dist/main.js
  --only <text>    only figures whose name contains it, such as cpu30, and not what stands alone at the end
  --help           print this
`;
const GATEWAY_WITHIN_MS = 5_000;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
    bin: { type: 'string', default: fileURLToPath(new URL('../dist/main.js', import.meta.url)) },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) process.stdout.write(USAGE);
else for (const node of options.node) await run(node);

async function run(node: string): Promise<void> {
  const { quick, bin, rounds, only } = options;
  if (!existsSync(bin)) throw new Error(`${bin} is not there: npm run build makes it`);
  const preset = quick ? QUICK : FULL;
  const plan = { ...preset, rounds: Number(rounds ?? preset.rounds) };
  const gateway = await startGateway();
  const progress = (what: string) => void process.stderr.write(`${what}\n`);
  const campaign: Campaign = {
    contenders: findContenders(node, bin),
    plan,
    results: new Results(),
    gateway: gateway.url,
    wants: (figure) => only === undefined || figure.includes(only),
    progress,
  };
  try {
    for (const size of SIZES) await measureSize(campaign, size);
    await measureStartUp(campaign);
    const own: OwnFigures = {};
    const accounts: AccountFigures[] = [];
    if (only === undefined) {
      const alone: OwnCampaign = { node, bin, gateway: gateway.url, plan, progress };
      Object.assign(own, await measureRest(campaign));
      for (const count of plan.accounts) accounts.push(await measureAccounts(alone, count));
      const most = accounts.at(-1);
      if (most !== undefined) {
        const { descriptors, residentMiB: accountsMemory, reloadHoldMs: reloadHold } = most;
        Object.assign(own, { descriptors, accountsMemory, reloadHold });
      }
      Object.assign(own, await measureHostile(alone));
    }
    process.stdout.write(`\n${describeMachine(node)}\n\n${formatReport(campaign.results, own, accounts)}`);
  } finally {
    await gateway.child.stop();
  }
}

/** What the figures were measured on. */
function describeMachine(node: string): string {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const [cpu] = cpus();
  return `${new Date().toISOString()}, Node.js ${version}, ${cpus().length} x ${cpu?.model ?? arch()}, Linux ${release()}`;
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
