import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { startExporter, type RunningExporter } from '../support/bin.ts';
import { balance, closedPort, json, startGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/poll.ts';
import { startPrometheus, type RunningPrometheus } from '../support/prometheus.ts';
import { useScratch } from '../support/scratch.ts';
import { findTool, requireTool, skipLoudly } from '../support/tools.ts';
import { startShard, type Shard } from './shards.ts';
import { startVictoriaMetrics, type RunningVictoriaMetrics } from './victoria-metrics.ts';

/** `npm run scale-out` takes 1,000. */
const ACCOUNTS = Number(process.env['SCALE_OUT_ACCOUNTS'] ?? 100);
/** Some 20 scrapes a second, which leave a machine of two processors time for four Prometheus servers and the rest. */
const INTERVAL_SECONDS = Math.max(5, ACCOUNTS / 20);
/** A few intervals, and what a busy machine needs besides. */
const WITHIN_MS = 90_000 + 4_000 * INTERVAL_SECONDS;
const ASKED_EVERY_MS = 250;
/** A scrape that falls on the edge of an interval, or is made anew after a restart, is asked for once more. */
const MOST_REQUESTS_PER_INTERVAL = 2;

/** The same for all and for ever: currencies that come and go would make series without end in each of the servers. */
const WALLET = JSON.stringify({
  BTC_BITCOIN: balance('1.5', '0.5', '1.0'),
  ETH_ETHEREUM: balance('20', '0', '20'),
  USDT_TRON: balance('1000', '10', '990'),
});

const UP = 'thedex_up{job="thedex-accounts"}';
const ALL_UP = `count(${UP} == 1)`;
const DOWN = 'count(up{job="thedex-accounts"} == 0)';
/** Accounts that had more than one series at any time in the last while. */
const DOUBLED = 'count(max_over_time((count by (account) ({__name__="up", job="thedex-accounts"}))[20m:5s]) > 1)';

type Receiver = Pick<RunningPrometheus, 'query' | 'url'>;

// One shard is a whole Prometheus, the other one an agent; what both write to is a third Prometheus, and VictoriaMetrics
// where there is one.
describe('Scaling out: two exporters, two shards by hashmod, their receivers', function () {
  this.timeout(WITHIN_MS * 4);
  const scratch = useScratch();
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => `a${index}`);
  let gateway: TestGateway | undefined;
  let prometheus: RunningPrometheus | undefined;
  let victoria: RunningVictoriaMetrics | undefined;
  const exporters: RunningExporter[] = [];
  const shards: Shard[] = [];
  const ports: number[] = [];

  const startExporterAt = (port: number): Promise<RunningExporter> =>
    startExporter({
      args: [
        `--config.file=${join(scratch.path, 'config.yml')}`,
        `--thedex.url=http://127.0.0.1:${gateway?.port}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
    });

  before(async function () {
    const binary = requireTool(this, 'prometheus');
    for (const account of accounts) {
      const folder = join(scratch.path, 'accounts', account);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'api_key'), `key-of-${account}`);
      writeFileSync(join(folder, 'secret_key'), `secret-of-${account}`);
    }
    scratch.write('config.yml', 'accounts_dir: accounts\n');
    gateway = await startGateway({ answer: json(WALLET) });
    ports.push(await closedPort(), await closedPort());
    for (const port of ports) exporters.push(await startExporterAt(port));
    prometheus = await startPrometheus({ binary, flags: ['--web.enable-remote-write-receiver'] });
    const other = findTool('victoria-metrics');
    victoria = other === undefined ? undefined : await startVictoriaMetrics(other);
    const receivers = [prometheus, ...(victoria ? [victoria] : [])].map(({ url }) => new URL(url).host);
    const exporterAddresses = [`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`] as const;
    for (const shard of [0, 1] as const) {
      shards.push(
        startShard({
          binary,
          shard,
          exporters: exporterAddresses,
          receivers,
          intervalSeconds: INTERVAL_SECONDS,
          agentMode: shard === 1,
        }),
      );
    }
  });

  after(async () => {
    await Promise.all([...shards.map((shard) => shard.close()), ...exporters.map((exporter) => exporter.stop())]);
    await Promise.all([prometheus?.stop(), victoria?.stop()]);
    await gateway?.close();
  });

  const valueOf = async (expression: string, { query }: Receiver = prometheus as Receiver): Promise<number> =>
    (await query(expression))[0]?.samples[0]?.[1] ?? 0;

  /** Waits as `until` does, but leaves the servers time for their own work between two questions. */
  const untilTold = (what: string, condition: () => Promise<boolean>): Promise<void> =>
    until(
      what,
      async () => {
        const holds = await condition();
        if (!holds) await setTimeout(ASKED_EVERY_MS);
        return holds;
      },
      WITHIN_MS,
    );

  /** Waits until every account is up, and none has had more than one series meanwhile, whichever server wrote them. */
  const expectEachOnce = async (receiver: Receiver): Promise<void> => {
    await untilTold(
      'all accounts are up',
      async () => (await valueOf(ALL_UP, receiver)) === ACCOUNTS && (await valueOf(DOWN, receiver)) === 0,
    );
    expect(await valueOf(DOUBLED, receiver)).to.equal(0);
    expect(await valueOf(`count(count by (account) (${UP}))`, receiver)).to.equal(ACCOUNTS);
  };

  it('reads every account', () => expectEachOnce(prometheus as Receiver));

  it('asks the gateway once for each account in an interval', async () => {
    const { requests } = gateway as TestGateway;
    const from = requests.length;
    const asked = (): string[] => requests.slice(from).map(({ headers }) => String(headers['x-ex-apikey']));
    const start = performance.now();
    await until('every account was asked for again', () => new Set(asked()).size === ACCOUNTS, WITHIN_MS);
    const intervals = Math.ceil((performance.now() - start) / 1000 / INTERVAL_SECONDS);
    const counts = new Map<string, number>();
    for (const key of asked()) counts.set(key, (counts.get(key) ?? 0) + 1);
    expect(Math.max(...counts.values())).to.be.at.most(intervals + MOST_REQUESTS_PER_INTERVAL);
  });

  it('loses the accounts of an exporter that is killed, doubles none, and has all again when it is back', async () => {
    await exporters[0]?.stop('SIGKILL');
    await untilTold('accounts of the killed exporter are told', async () => (await valueOf(DOWN)) > 0);
    exporters[0] = await startExporterAt(ports[0] ?? 0);
    await expectEachOnce(prometheus as Receiver);
  });

  for (const shard of [0, 1]) {
    it(`goes on with the same series when ${shard === 0 ? 'a server' : 'an agent'} is killed and started again`, async () => {
      await shards[shard]?.kill();
      const since = Date.now() / 1000;
      shards[shard]?.start();
      const fresh = `count(timestamp(${UP}) > ${since})`;
      await untilTold('every account has a newer sample', async () => (await valueOf(fresh)) === ACCOUNTS);
      await expectEachOnce(prometheus as Receiver);
    });
  }

  it('is the same to VictoriaMetrics, which saw all of it', async function () {
    await expectEachOnce(victoria ?? skipLoudly(this, 'victoria-metrics'));
  });
});
