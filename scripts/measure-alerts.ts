/**
 * How many seconds of processor time a minute Prometheus spends on the alert rules, for many accounts.
 *
 *     npx tsx scripts/measure-alerts.ts [ACCOUNTS] [FOLDER-OF-PROMETHEUS]
 *
 * A real Prometheus gets a history that fills the rules' windows, scrapes as many accounts of ten currencies as asked
 * for once a minute, and is measured over three minutes with the rules, and over three without.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { startPrometheus, type RunningPrometheus } from '../test/support/prometheus.ts';

const CURRENCIES = Array.from({ length: 10 }, (_, index) => `COIN${index}_CHAIN`);
const MINUTE_MS = 60_000;
const MEASURED_MINUTES = 3;
/** The longest window over every currency, of TheDexHoldStuck, and some minutes more. */
const HISTORY_MINUTES = 370;
/** What the rules look back for over more than 10 minutes, for each currency. */
const REMEMBERED: Readonly<Record<string, { minutes: number; labels?: string }>> = {
  'account:thedex_hold:ratio': { minutes: HISTORY_MINUTES },
  'account:thedex_balance:delta5m': { minutes: 190 },
  'account:thedex_balance:total': { minutes: 75 },
  'account:thedex_exchange_rate': { minutes: 65, labels: ',fiat="USD"' },
  'account:thedex_payout_minimum': { minutes: 65 },
};

const [accountCount = '1000', folderOfPrometheus = '/usr/bin'] = process.argv.slice(2);
const accounts = Array.from({ length: Number(accountCount) }, (_, index) => `account-${index}`);

/** What an account's exporter answers, balances going up and down a little with every scrape. */
function pageOf(account: string, scrape: number): string {
  const own = `account="${account}"`;
  const lines = [`up{${own}} 1`, `thedex_up{${own}} 1`, `thedex_scrape_duration_seconds{${own}} 0.3`];
  lines.push(`thedex_scrape_timeout_seconds{${own}} 10`, `thedex_invalid_balances{${own}} 0`);
  lines.push(`thedex_value_threshold{${own},fiat="USD",severity="warning"} 100`);
  for (const reason of ['timeout', 'network', 'tls', 'auth', 'rate_limited', 'client_error', 'server_error']) {
    lines.push(`thedex_scrape_error{${own},reason="${reason}"} 0`);
  }
  for (const collector of ['balances', 'rates', 'payout_limits']) {
    lines.push(`thedex_scrape_collector_success{${own},collector="${collector}"} 1`);
  }
  CURRENCIES.forEach((currency, index) => {
    const labels = `${own},currency="${currency}"`;
    const available = 10_000 + ((scrape * 37 + index * 11) % 100);
    lines.push(`thedex_balance{${labels},kind="total"} ${available + 5}`);
    lines.push(`thedex_balance{${labels},kind="hold"} 5`, `thedex_balance{${labels},kind="available"} ${available}`);
    lines.push(`thedex_balance_discrepancy{${labels}} 0`, `thedex_payout_minimum{${labels}} 5`);
    lines.push(`thedex_exchange_rate{${labels},fiat="USD"} 1.5`);
    lines.push(`thedex_balance_threshold{${labels},kind="available",severity="warning"} 100`);
    lines.push(`thedex_alert_limit{${labels},limit="drop_ratio"} 0.6`);
  });
  return `${lines.join('\n')}\n`;
}

/** Writes blocks of what the rules would have recorded, up to a minute ago. */
async function writeHistory(folder: string): Promise<void> {
  const file = join(folder, 'history.txt');
  const stream = createWriteStream(file);
  const now = Math.floor(Date.now() / MINUTE_MS) * 60;
  for (const [metric, { minutes, labels = '' }] of Object.entries(REMEMBERED)) {
    const series = accounts.flatMap((account) =>
      CURRENCIES.map((currency) => `${metric}{job="thedex",account="${account}",currency="${currency}"${labels}}`),
    );
    for (const one of series) {
      let text = '';
      for (let minute = minutes; minute > 0; minute -= 1)
        text += `${one} ${(minute * 37) % 100} ${now - minute * 60}\n`;
      if (!stream.write(text)) await once(stream, 'drain');
    }
  }
  stream.end('# EOF\n');
  await once(stream, 'finish');
  mkdirSync(join(folder, 'data'));
  execFileSync(
    join(folderOfPrometheus, 'promtool'),
    ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')],
    {
      stdio: 'ignore',
    },
  );
}

/** The seconds of processor time that a minute costs. */
async function measureMinute(prometheus: RunningPrometheus): Promise<number> {
  const spent = async (): Promise<number> => {
    const text = await (await fetch(`${prometheus.url}/metrics`)).text();
    return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
  };
  const before = await spent();
  await new Promise((resolve) => {
    setTimeout(resolve, MEASURED_MINUTES * MINUTE_MS);
  });
  return ((await spent()) - before) / MEASURED_MINUTES;
}

/** The rules that took longest when they were last evaluated, by the clock. */
function describeCostliest(answer: unknown): string {
  const { groups } = answer as { groups: { rules: { name: string; evaluationTime: number }[] }[] };
  return groups
    .flatMap(({ rules }) => rules)
    .toSorted((a, b) => b.evaluationTime - a.evaluationTime)
    .slice(0, 10)
    .map(({ name, evaluationTime }) => `${evaluationTime.toFixed(2)} s ${name}\n`)
    .join('');
}

async function measure(folder: string, exporter: string, hasRules: boolean): Promise<number> {
  const prometheus = await startPrometheus({
    binary: join(folderOfPrometheus, 'prometheus'),
    dataDir: join(folder, 'data'),
    configText: JSON.stringify({
      global: { scrape_interval: '1m', scrape_timeout: '30s', evaluation_interval: '1m' },
      rule_files: hasRules ? ['thedex.rules.yml'] : [],
      scrape_configs: [{ job_name: 'thedex', honor_labels: true, static_configs: [{ targets: [exporter] }] }],
    }),
    files: { 'thedex.rules.yml': readFileSync(new URL('../alerts/thedex.rules.yml', import.meta.url), 'utf8') },
  });
  try {
    // The first minutes load the history and make the series.
    await new Promise((resolve) => {
      setTimeout(resolve, 2 * MINUTE_MS);
    });
    const seconds = await measureMinute(prometheus);
    process.stdout.write(describeCostliest(await prometheus.get('/api/v1/rules')));
    return seconds;
  } finally {
    await prometheus.stop();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'measure-alerts-'));
let scrapes = 0;
const server = createServer((_, response) => {
  scrapes += 1;
  response.end(accounts.map((account) => pageOf(account, scrapes)).join(''));
});
try {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const exporter = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeHistory(folder);
  const withRules = await measure(folder, exporter, true);
  const without = await measure(folder, exporter, false);
  process.stdout.write(
    `${accounts.length} accounts of ${CURRENCIES.length} currencies: ${(withRules - without).toFixed(2)} CPU seconds a ` +
      `minute for the rules (${withRules.toFixed(2)} in all, ${without.toFixed(2)} without them)\n`,
  );
} finally {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
}
