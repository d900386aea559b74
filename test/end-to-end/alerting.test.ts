import { expect } from 'chai';
import { stringify } from 'yaml';
import { isAlert, readRuleGroups, type Rule } from '../alerts/rule-file.ts';
import {
  hurryAlertmanagerConfig,
  startAlertmanager,
  startNoticeBoard,
  type Notice,
  type NoticeBoard,
  type RunningAlertmanager,
} from '../support/alertmanager.ts';
import { startExporter, type RunningExporter } from '../support/bin.ts';
import { durationsIn, hurryGroups, hurryRules, type Haste } from '../support/fast-rules.ts';
import { until } from '../support/poll.ts';
import { startPrometheus, type RunningPrometheus } from '../support/prometheus.ts';
import { useScratch } from '../support/scratch.ts';
import { findTool, requireTool } from '../support/tools.ts';
import { findSandboxControl } from './sandbox-control.ts';

/** A minute passes in two seconds: faster, and a busy machine would miss scrapes that nobody misses in the field. */
const FACTOR = 30;
/** The minute between two scrapes of the bundled configuration. */
const INTERVAL_MS = 60_000 / FACTOR;
const HASTE: Haste = {
  factor: FACTOR,
  // Six hours pass in 36 seconds.
  factors: { TheDexHoldStuck: 600, 'account:thedex_hold:min6h': 600 },
  shortestWindowMs: 3 * INTERVAL_MS,
};
/** The half hour of the slowest alert takes a minute; the rest is for a busy machine. */
const WITHIN_MS = 110_000;
/** What goes on for a quarter of an hour after a recovery, and a group's interval of half an hour, take 90 seconds. */
const SOON_MS = 150_000;
const SEED = 7;

/** The exporters, each with a sandbox and an incident of its own: who is inhibited by what must not cross over. */
const INSTANCES = ['wallet', 'refused', 'unreachable', 'stopped'] as const;
type Instance = (typeof INSTANCES)[number];

/** What goes wrong, and with `normal` ends again; the exporter that stops is dealt with by signals. */
const INCIDENTS: readonly (readonly [Instance, string])[] = [
  // Crosses its threshold after half a minute, and is far from half empty when the test ends.
  ['wallet', 'drain/USDT_TRON?minutes=4'],
  ['wallet', 'vanish/BTC_BITCOIN'],
  ['wallet', 'stuck-hold/ETH_ETHEREUM'],
  ['refused', 'revoked-key'],
  ['unreachable', 'down'],
];

/** What arrives, and where. Nothing else may. */
const HEARD = [
  'pagerduty: refused TheDexAuthRejected',
  'pagerduty: stopped TheDexExporterDown',
  'pagerduty: unreachable TheDexNoFreshBalances',
  'slack: unreachable TheDexApiFailing',
  'slack: wallet TheDexBalanceBelowThreshold USDT_TRON',
  'slack: wallet TheDexCurrencyDisappeared BTC_BITCOIN',
  'slack: wallet TheDexHoldStuck ETH_ETHEREUM',
];

/** What fires in Prometheus, but is held back by another alert of the same exporter. */
const HELD_BACK = [
  'refused TheDexApiFailing',
  'refused TheDexNoFreshBalances',
  'stopped TheDexNoFreshBalances',
  // It was heard of before; from then on the page is enough.
  'unreachable TheDexApiFailing',
];

describe('the bundled rules and inhibition, with exporter, Prometheus and Alertmanager running', function () {
  this.timeout(Math.max(WITHIN_MS, 2 * SOON_MS) + 10_000);
  const scratch = useScratch();
  const exporters = new Map<Instance, RunningExporter>();
  let board: NoticeBoard;
  let alertmanager: RunningAlertmanager;
  let prometheus: RunningPrometheus;

  before(async function () {
    const binary = requireTool(this, 'prometheus');
    const alertmanagerBinary = findTool('alertmanager') ?? requireTool(this, 'prometheus-alertmanager');
    const config = scratch.write('exporter.yml', stringify({ thresholds: { USDT_TRON: 16_000 } }));
    const args = ['--sandbox', `--sandbox.seed=${SEED}`, `--config.file=${config}`];
    await Promise.all(INSTANCES.map(async (instance) => exporters.set(instance, await startExporter({ args }))));
    board = await startNoticeBoard();
    alertmanager = await startAlertmanager(alertmanagerBinary, hurryAlertmanagerConfig(FACTOR, board.url));
    prometheus = await startPrometheus({
      binary,
      configText: stringify(prometheusConfig()),
      files: { 'rules.yml': hurryRules(HASTE) },
      // Five minutes in the field.
      flags: [`--query.lookback-delta=${300_000 / FACTOR}ms`],
    });
  });

  after(async () => {
    // A stopped process could not end in peace.
    exporters.get('stopped')?.signal('SIGCONT');
    await prometheus?.stop();
    await alertmanager?.stop();
    await board?.close();
    await Promise.all([...exporters.values()].map((exporter) => exporter.stop()));
  });

  it('lets time pass faster in the rules, and changes nothing else', () => {
    const hurried = hurryGroups(HASTE).flatMap(({ rules }) => rules);
    const bundled = readRuleGroups().flatMap(({ rules }) => rules);
    expect(hurried.filter(isAlert)).to.have.lengthOf.above(0);
    expect(hurried.map(withoutDurations)).to.deep.equal(bundled.map(withoutDurations));
  });

  it('judges in one moment what holds back and what is held back, so that both end at once', () => {
    const lines = [...HEARD, ...HELD_BACK].filter((line) => !line.includes('wallet'));
    const names = new Set(lines.map((line) => line.split(' ').at(-1)));
    const groups = readRuleGroups().filter(({ rules }) => rules.some((rule) => isAlert(rule) && names.has(rule.alert)));
    expect(groups).to.have.lengthOf(1);
  });

  it('tells nobody of anything while all is well', async () => {
    const known = async () => (await prometheus.query('count_over_time(thedex_up[1h]) >= 2')).length;
    await until('all exporters scraped twice', async () => (await known()) === INSTANCES.length, WITHIN_MS);
    expect(board.notices).to.deep.equal([]);
  });

  it('tells the right receivers of each incident', async () => {
    for (const [instance, scenario] of INCIDENTS) await switchTo(instance, scenario);
    exporters.get('stopped')?.signal('SIGSTOP');
    await untilHeard('firing', WITHIN_MS);
  });

  it('holds back what another alert says already', async () => {
    const heldBack = async () => (await alertmanager.inhibited()).map(describeLabels).toSorted();
    const all = async () => (await heldBack()).length >= HELD_BACK.length;
    await until('all to be held back', all, SOON_MS).catch(() => undefined);
    expect(await heldBack()).to.deep.equal(HELD_BACK);
    expect(heard('firing')).to.deep.equal(HEARD);
  });

  it('says when each is over, and has told of nothing else', async () => {
    exporters.get('stopped')?.signal('SIGCONT');
    for (const [instance] of INCIDENTS) await switchTo(instance, 'normal');
    await untilHeard('resolved', SOON_MS);
    await until('no alert fires', async () => (await firing()).length === 0, SOON_MS);
    expect(heard('resolved')).to.deep.equal(HEARD);
    expect(heard('firing')).to.deep.equal(HEARD);
  });

  it('kept every rule in good health', async () => {
    const { groups } = (await prometheus.get('/api/v1/rules')) as {
      groups: { rules: { name: string; health: string; lastError?: string }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.filter(({ health }) => health !== 'ok')).to.deep.equal([]);
  });

  function prometheusConfig(): unknown {
    const interval = `${INTERVAL_MS}ms`;
    return {
      global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
      rule_files: ['rules.yml'],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] },
      scrape_configs: [
        {
          job_name: 'thedex',
          static_configs: [...exporters].map(([instance, { url }]) => ({
            targets: [new URL(url).host],
            // Accounts of one job without a name would be taken for replicas of one account. The one of which is told
            // what is held back for others has groups of its own: a message that ends a group lists all that is over.
            labels: { account: instance, ...(instance === 'unreachable' && { cluster: 'elsewhere' }) },
          })),
        },
      ],
    };
  }

  async function switchTo(instance: Instance, scenario: string): Promise<void> {
    await findSandboxControl(exporters.get(instance)?.output() ?? '').switchTo(scenario);
  }

  /** Who has been told of what, each once: Alertmanager may repeat itself. */
  function heard(status: Notice['status']): string[] {
    const notices = board.notices.filter((notice) => notice.status === status);
    return [...new Set(notices.map(({ receiver, labels }) => `${receiver}: ${describeLabels(labels)}`))].toSorted();
  }

  async function untilHeard(status: Notice['status'], withinMs: number): Promise<void> {
    const missing = () => HEARD.filter((line) => !heard(status).includes(line));
    await until(`all to be ${status}`, () => missing().length === 0, withinMs).catch(() => undefined);
    expect(missing(), `${status} not heard of`).to.deep.equal([]);
  }

  async function firing(): Promise<unknown[]> {
    return await prometheus.query('ALERTS{alertstate="firing"}');
  }
});

function describeLabels(labels: Notice['labels']): string {
  return [labels['account'], labels['alertname'], labels['currency']].filter((part) => part !== undefined).join(' ');
}

function withoutDurations(rule: Rule): Rule {
  let { expr } = rule;
  for (const { from, to } of durationsIn(expr).toReversed()) expr = `${expr.slice(0, from)}_${expr.slice(to)}`;
  return isAlert(rule)
    ? { ...rule, expr: withoutAges(expr), for: '_', keep_firing_for: '_' }
    : { ...rule, expr: withoutAges(expr) };
}

/** How old something may be is a number of seconds. */
function withoutAges(expr: string): string {
  return expr.replaceAll(/time\(\) - [\d.]+/g, 'time() - _');
}
