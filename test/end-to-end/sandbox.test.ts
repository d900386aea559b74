import { expect } from 'chai';
import { startExporter, type RunningExporter } from '../support/bin.ts';
import { parsePage } from '../support/exposition.ts';
import { until } from '../support/poll.ts';
import type { RunningPrometheus, Series } from '../support/prometheus.ts';
import { requireTool } from '../support/tools.ts';
import { startBundledPrometheus } from './bundled-prometheus.ts';
import { startRecordingProxy, type RecordingProxy } from './recording-proxy.ts';
import { findSandboxControl, type AnsweredBalances, type SandboxControl } from './sandbox-control.ts';

const WITHIN_MS = 30_000;
/** Prometheus moves the times of scrapes by this much, so that their distances compress well. */
const ALIGNMENT_MS = 10;
const FIELDS = { total: 'totalBalance', hold: 'holdBalance', available: 'availableBalance' } as const;
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

describe('the built exporter on its sandbox, scraped by a real Prometheus with the bundled configuration', function () {
  this.timeout(120_000);
  let exporter: RunningExporter;
  let proxy: RecordingProxy;
  let prometheus: RunningPrometheus;
  let sandbox: SandboxControl;

  before(async function () {
    const binary = requireTool(this, 'prometheus');
    exporter = await startExporter({ args: ['--sandbox', '--sandbox.seed=7', '--collector.rates'] });
    sandbox = findSandboxControl(exporter.output());
    // Every answer differs from the one before, so that a value of the past cannot pass for a present one.
    await sandbox.switchTo('drain/USDT_TRON?minutes=10');
    proxy = await startRecordingProxy(exporter.url);
    prometheus = await startBundledPrometheus(binary, proxy.address);
  });

  after(async () => {
    await prometheus?.stop();
    await proxy?.close();
    await exporter?.stop();
  });

  it('stores every balance exactly as the gateway answered it', async () => {
    await until('three scrapes with balances', async () => (await storedBalances()).times.length >= 3, WITHIN_MS);
    await expectStoredAsAnswered();
  });

  it('is a healthy target, and all of the page is stored', async () => {
    const { activeTargets } = (await prometheus.get('/api/v1/targets')) as {
      activeTargets: { scrapePool: string; health: string; lastError: string }[];
    };
    const own = activeTargets.filter(({ scrapePool }) => scrapePool === 'thedex');
    expect(own.map(({ health, lastError }) => [health, lastError])).to.deep.equal([['up', '']]);

    const page = await fetch(`${exporter.url}/metrics`, { headers: { Accept: OPENMETRICS } });
    const samples = parsePage(await page.text()).length;
    expect(await valuesOf('scrape_samples_scraped{job="thedex"}')).to.deep.equal([samples]);
    expect(await valuesOf('scrape_samples_post_metric_relabeling{job="thedex"}')).to.deep.equal([samples]);
  });

  it('is scraped in OpenMetrics, which Prometheus prefers', () => {
    const scrapes = proxy.scrapes.filter(({ path }) => path === '/metrics');
    expect(scrapes.length).to.be.above(0);
    for (const { accept, status, contentType } of scrapes) {
      expect(accept).to.match(/^application\/openmetrics-text/);
      expect([status, contentType]).to.deep.equal([200, OPENMETRICS]);
    }
  });

  it('keeps every bundled rule in good health', async () => {
    const rules = async () => {
      const { groups } = (await prometheus.get('/api/v1/rules')) as {
        groups: { rules: { name: string; health: string; lastError?: string }[] }[];
      };
      return groups.flatMap((group) => group.rules);
    };
    await until(
      'all rules evaluated',
      async () => (await rules()).every(({ health }) => health !== 'unknown'),
      WITHIN_MS,
    );
    expect((await rules()).filter(({ health }) => health !== 'ok')).to.deep.equal([]);
    expect((await rules()).length).to.be.above(0);
  });

  it('has no balances while the gateway is down, says so, and brings no old value back', async () => {
    const before = (await storedBalances()).times.at(-1) ?? 0;
    await sandbox.switchTo('down');
    await until('thedex_up to be 0', async () => (await valuesOf('thedex_up'))[0] === 0, WITHIN_MS);
    const wentDown = (await storedBalances()).times.at(-1) ?? 0;
    await until('two failed scrapes', async () => (await failedScrapes()).length >= 2, WITHIN_MS);

    expect(await prometheus.query('thedex_balance')).to.deep.equal([]);
    expect(await prometheus.query('thedex_balance_discrepancy')).to.deep.equal([]);
    expect(await valuesOf('up{job="thedex"}')).to.deep.equal([1]);
    const errors = await prometheus.query('thedex_scrape_error == 1');
    expect(errors.map(({ labels }) => labels['reason'])).to.deep.equal(['network']);
    expect((await storedBalances()).times.at(-1)).to.equal(wentDown);

    await sandbox.switchTo('no-fault');
    await until('thedex_up to be 1', async () => (await valuesOf('thedex_up'))[0] === 1, WITHIN_MS);
    await until('scrapes after it', async () => ((await storedBalances()).times.at(-1) ?? 0) > wentDown, WITHIN_MS);
    expect(wentDown).to.be.at.least(before);
    const failed = await failedScrapes();
    const { times } = await storedBalances();
    expect(times.filter((time) => failed.includes(time))).to.deep.equal([]);
    await expectStoredAsAnswered();
  });

  /** Raw samples of ten minutes, which is all there is: of each series, and the times at which there was any. */
  async function storedBalances(): Promise<{ series: Series[]; times: number[] }> {
    const series = await prometheus.query('thedex_balance[10m]');
    const times = new Set(series.flatMap(({ samples }) => samples.map(([time]) => time)));
    return { series, times: [...times].toSorted((a, b) => a - b) };
  }

  async function failedScrapes(): Promise<number[]> {
    const [up] = await prometheus.query('thedex_up[10m]');
    return (up?.samples ?? []).filter(([, value]) => value === 0).map(([time]) => time);
  }

  async function valuesOf(expression: string): Promise<number[]> {
    return (await prometheus.query(expression)).map(({ samples }) => samples[0]?.[1] ?? Number.NaN);
  }

  /** Every scrape that stored balances stored those, and all of those, that the sandbox answered it with. */
  async function expectStoredAsAnswered(): Promise<void> {
    const { series, times: all } = await storedBalances();
    const answers = await sandbox.answers();
    const times = all.filter((time) => time * 1000 >= oldestKnown(answers));
    const used = times.map((time) => answerTo(answers, time));
    expect(new Set(used.map(({ sequence }) => sequence)).size).to.equal(times.length);
    for (const [index, time] of times.entries()) {
      const stored = series.flatMap(({ labels, samples }) =>
        samples
          .filter(([at]) => at === time)
          .map(([, value]) => [`${labels['currency']} ${labels['kind']}`, value] as const),
      );
      expect(Object.fromEntries(stored)).to.deep.equal(asFloats(used[index]!));
    }
    const drained = series.find(({ labels }) => labels['currency'] === 'USDT_TRON' && labels['kind'] === 'total');
    expect(new Set(drained?.samples.map(([, value]) => value)).size).to.equal(times.length);
  }
});

/** The sandbox forgets its oldest answers, so scrapes from before this time, in milliseconds, cannot be compared. */
function oldestKnown([oldest]: readonly AnsweredBalances[]): number {
  return oldest === undefined || oldest.sequence === 1 ? 0 : Date.parse(oldest.time);
}

/** The first answer after a scrape began; a read of the sandbox takes milliseconds, and scrapes are seconds apart. */
function answerTo(answers: readonly AnsweredBalances[], scrapedAt: number): AnsweredBalances {
  const found = answers.find(({ time }) => Date.parse(time) >= scrapedAt * 1000 - ALIGNMENT_MS);
  if (found === undefined) throw new Error(`the sandbox gave no answer after ${scrapedAt}`);
  return found;
}

/** What Prometheus makes of decimal text: the nearest float64. */
function asFloats({ balances }: AnsweredBalances): Record<string, number> {
  const kinds = Object.entries(FIELDS);
  return Object.fromEntries(
    Object.entries(balances).flatMap(([currency, fields]) =>
      kinds.map(([kind, field]) => [`${currency} ${kind}`, Number(fields[field])]),
    ),
  );
}
