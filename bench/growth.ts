// Measures how the exporter grows with accounts and with currencies, and draws it: `npm run bench:growth`.
// Writes docs/images/growth.svg, with date and machine, and prints the figures. Needs Linux, and a quiet machine.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { firstAnswer, startOurs, writeAccounts } from './contenders.ts';
import { drawCurves, type Curve } from './curves.ts';
import { measureAccounts } from './own.ts';
import { FULL } from './plan.ts';
import { cpuSeconds, freePort, residentBytes, startChild } from './processes.ts';
import { Scraper } from './scraper.ts';

const PICTURE = fileURLToPath(new URL('../docs/images/growth.svg', import.meta.url));
const ACCOUNTS = [200, 1000, 2000, 3500, 5000];
const CURRENCIES = [10, 100, 1000, 2500, 5000];
/** Currencies of an answer times scrapes: each measurement takes about as long. */
const WORK = 300_000;
const MOST_SCRAPES = 3_000;
const WARM_UP_SHARE = 0.3;
const MEBIBYTE = 1024 ** 2;

// Each configuration is removed when the process ends.
process.setMaxListeners(ACCOUNTS.length + CURRENCIES.length + 20);

const { values } = parseArgs({
  options: {
    bin: { type: 'string', default: fileURLToPath(new URL('../dist/main.js', import.meta.url)) },
    node: { type: 'string', default: process.execPath },
    /** How long each number of accounts is scraped, at one scrape of each a minute. */
    seconds: { type: 'string', default: '30' },
  },
});
const { node, bin } = values;
const plan = { ...FULL, accountsSeconds: Number(values.seconds) };
const progress = (what: string) => process.stderr.write(`${what}\n`);
const gatewayProgram = startChild(node, [fileURLToPath(new URL('servers/gateway.mjs', import.meta.url))], {});
const gateway = `http://127.0.0.1:${await listeningPort(() => gatewayProgram.output())}`;

const memory: [number, number][] = [];
const reload: [number, number][] = [];
const hold: [number, number][] = [];
for (const accounts of ACCOUNTS) {
  const figures = await measureAccounts({ node, bin, gateway, plan, progress }, accounts);
  memory.push([accounts, figures.residentMiB]);
  reload.push([accounts, figures.reloadMs]);
  hold.push([accounts, figures.reloadHoldMs]);
}
const cpu: [number, number][] = [];
const scrapeMemory: [number, number][] = [];
for (const currencies of CURRENCIES) {
  const { cpuMs, residentMiB } = await measureCurrencies(currencies);
  cpu.push([currencies, cpuMs]);
  scrapeMemory.push([currencies, residentMiB]);
}
await gatewayProgram.stop();

const curves: Curve[] = [
  { title: 'Memory, MiB', of: 'accounts, each scraped once a minute', points: memory },
  { title: 'A reload, ms', of: 'accounts', points: reload },
  { title: 'Longest hold of a reload, ms', of: 'accounts', points: hold },
  { title: 'CPU of a scrape, ms', of: 'currencies', points: cpu },
  { title: 'Memory, MiB', of: 'currencies of one account', points: scrapeMemory },
];
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
const made = `${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, ${machine}`;
writeFileSync(PICTURE, drawCurves(curves, made));
for (const { title, of, points } of curves) {
  const list = points.map(([x, y]) => `${x}: ${y.toFixed(y < 10 ? 2 : 0)}`).join(', ');
  process.stdout.write(`${title} (${of}): ${list}\n`);
}
process.stdout.write(`${made}\n`);

/** What a scrape of so many currencies costs, one after the other, and what is resident after them. */
async function measureCurrencies(currencies: number): Promise<{ cpuMs: number; residentMiB: number }> {
  const scrapes = Math.min(MOST_SCRAPES, Math.round(WORK / currencies));
  progress(`${currencies} currencies, ${scrapes} scrapes`);
  const port = await freePort();
  const child = startOurs({ node, bin, configFile: writeAccounts(1) }, port, `${gateway}/fixed/${currencies}/`);
  const scraper = new Scraper(port, '/probe?target=account0');
  try {
    await firstAnswer(child, port);
    for (let done = 0; done < scrapes * WARM_UP_SHARE; done += 1) await scraper.scrape();
    const before = cpuSeconds(child.pid);
    for (let done = 0; done < scrapes; done += 1) await scraper.scrape();
    const cpuMs = ((cpuSeconds(child.pid) - before) * 1000) / scrapes;
    return { cpuMs, residentMiB: residentBytes(child.pid) / MEBIBYTE };
  } finally {
    scraper.close();
    await child.stop();
  }
}

async function listeningPort(output: () => string): Promise<string> {
  for (;;) {
    const port = /listening (\d+)/.exec(output())?.[1];
    if (port !== undefined) return port;
    await new Promise(setImmediate);
  }
}
