// Counts what one warm `GET /metrics` runs through: the files and functions of src that V8 has seen running between the
// request's first byte and the answer's last. `npm run scrape-path` prints them; with `-- --write` they are written into
// docs/development.md, and with `-- --check` it is an error if they are not what stands there.
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfiguration, readSettings } from '../src/config/read.ts';
import { Exporter } from '../src/exporter.ts';
import { createLogger } from '../src/lib/log.ts';
import { Secret } from '../src/lib/secret.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { createApp } from '../src/web/app.ts';
import { startServers } from '../src/web/server.ts';
import { openWebConfig } from '../src/web/web-config.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/development.md', import.meta.url));
const BLOCK = /(<!-- scrape-path begin -->\n)[^]*(<!-- scrape-path end -->)/;

/** Scrapes before the one that is counted: connections are open by then, and every text that is made once is made. */
const WARM_UP = 3;

const [mode] = process.argv.slice(2);
const report = formatPath(await countPath());
if (mode === '--write') writeFileSync(PAGE, readFileSync(PAGE, 'utf8').replace(BLOCK, `$1\n${report}\n$2`));
else if (mode === '--check' && BLOCK.exec(readFileSync(PAGE, 'utf8'))?.[0].includes(`\n${report}\n`) !== true) {
  process.stderr.write(`docs/development.md is out of date: npm run scrape-path -- --write\n\n${report}`);
  process.exitCode = 1;
} else process.stdout.write(report);

/** The functions of each file, by its path in src; those without a name are called `=>`. */
type ScrapePath = ReadonlyMap<string, readonly string[]>;

async function countPath(): Promise<ScrapePath> {
  const exporter = await startOnSandbox();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let scrape = 0; scrape < WARM_UP; scrape += 1) await get(`${exporter.url}/metrics`, agent);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await session.post('Profiler.takePreciseCoverage');
  await get(`${exporter.url}/metrics`, agent);
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  agent.destroy();
  await exporter.close();
  const path = new Map<string, string[]>();
  for (const { url, functions } of result) {
    const file = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : '';
    if (!file.startsWith('src/') || file.startsWith('src/sandbox/')) continue;
    // The last is a helper of tsx.
    const run = functions.filter(
      ({ functionName, ranges }) => (ranges[0]?.count ?? 0) > 0 && functionName !== '__name',
    );
    if (run.length > 0)
      path.set(
        file.slice('src/'.length),
        run.map(({ functionName }) => functionName || '=>'),
      );
  }
  return path;
}

/** The exporter as it is by default, with the sandbox for a gateway. */
async function startOnSandbox(): Promise<{ url: string; close(): Promise<void> }> {
  const log = createLogger({ level: 'info', format: 'logfmt', write: () => {} });
  const sandbox = await startSandbox({ seed: 1 });
  const flags = { flags: { sandbox: 'true', 'web.listen-address': ['127.0.0.1:0'] }, env: {} };
  const settings = await readSettings(flags);
  const { url, apiKey, secretKey } = sandbox;
  const sources = { ...flags, sandboxAccount: { url, apiKey: new Secret(apiKey), secretKey: new Secret(secretKey) } };
  const web = await openWebConfig(undefined, { log, routePrefix: '' });
  const build = { version: '0.0.0', revision: 'unknown' };
  const exporter = new Exporter({ settings, sources, web, build, log }, await readConfiguration(sources));
  const app = createApp({ web: settings.web, serving: exporter, metrics: exporter.metrics, guards: web.guards, log });
  const servers = await startServers({
    handler: app.handler,
    addresses: settings.web.listenAddresses,
    systemdSocket: false,
    web,
    longestScrapeMs: settings.gateway.timeoutMs,
    log,
  });
  return {
    url: servers.addresses[0] ?? '',
    close: async () => {
      await servers.drain(0);
      await exporter.close();
      await sandbox.close();
    },
  };
}

function get(url: string, agent: http.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => resolve());
    });
    request.once('error', reject);
  });
}

function formatPath(path: ScrapePath): string {
  const rows = [...path].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const functions = rows.reduce((sum, [, names]) => sum + names.length, 0);
  const lines = rows.map(([file, names]) => {
    const named = names.filter((name) => name !== '=>');
    const unnamed = names.length - named.length;
    const all = [...named.map((name) => `\`${name}\``), ...(unnamed > 0 ? [`${unnamed} without a name`] : [])];
    return `- \`${file}\`: ${all.join(', ')}`;
  });
  return `One warm \`GET /metrics\` runs through ${rows.length} files and ${functions} functions of ours:\n\n${lines.join('\n')}\n`;
}
