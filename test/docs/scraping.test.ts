import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { useScratch } from '../support/scratch.ts';
import { findTool, requireTool, skipLoudly } from '../support/tools.ts';

describe('docs/scraping.md', () => {
  const scratch = useScratch();
  const page = readFileSync(new URL('../../docs/scraping.md', import.meta.url), 'utf8');

  it('shows a configuration that Prometheus accepts', function () {
    const promtool = requireTool(this, 'promtool');
    const example = /^```yaml\n(# prometheus\.yml\n.*?)^```$/ms.exec(page)?.[1] ?? '';
    expect(example).to.contain('metric_relabel_configs');
    execFileSync(promtool, ['check', 'config', scratch.write('prometheus.yml', example)], { stdio: 'pipe' });
  });

  it('makes rules of its command that promtool accepts, and vmalert where it is installed', function () {
    const promtool = requireTool(this, 'promtool');
    const command = /^sed -E .*?>vmalert\.rules\.yml$/ms.exec(page)?.[0] ?? '';
    const rules = join(scratch.path, 'vmalert.rules.yml');
    execFileSync('sh', ['-c', command.replace(/>vmalert.*$/, `>${rules}`)], { stdio: 'pipe' });
    expect(readFileSync(rules, 'utf8')).not.to.contain('keep_firing_for');
    execFileSync(promtool, ['check', 'rules', rules], { stdio: 'pipe' });
    const vmalert = findTool('vmalert') ?? skipLoudly(this, 'vmalert');
    execFileSync(vmalert, [`-rule=${rules}`, '-dryRun', '-datasource.url=http://127.0.0.1:9'], { stdio: 'pipe' });
  });

  describe('tells rightly which alerts fire at an interval', function () {
    this.timeout(60_000);
    const ALWAYS = ['TheDexApiFailing', 'TheDexAuthRejected', 'TheDexBalanceBelowThreshold'];
    const BELOW_5_MINUTES = ['TheDexExporterDown', 'TheDexNoFreshBalances'];
    const intervals: Record<number, readonly string[]> = {
      4: [...ALWAYS, ...BELOW_5_MINUTES],
      6: ALWAYS,
      14: ALWAYS,
      16: [...ALWAYS, 'TheDexAccountGone', 'TheDexExporterAbsent'],
    };

    it('as its table says it', () => {
      const rows = page.split('\n').filter((line) => /^\| (?:below|5 to|above)/.test(line));
      const named = rows.map((row) => [...row.matchAll(/`(TheDex\w+)`/g)].map(([, alert]) => alert));
      expect(named).to.deep.equal([[], [...BELOW_5_MINUTES, ...ALWAYS.toReversed()], ['TheDexExporterAbsent']]);
    });
    for (const [minutes, expected] of Object.entries(intervals)) {
      it(`of ${minutes} minutes`, function () {
        const promtool = requireTool(this, 'promtool');
        const tests = CASES.map((series) => ({
          interval: `${60 / STEPS_A_MINUTE}s`,
          input_series: Object.entries(series).map(([name, values]) => ({
            series: name,
            values: scrapesOf(values, Number(minutes)).join(' '),
          })),
          promql_expr_test: Array.from({ length: MINUTES - HEALTHY_MINUTES }, (_, minute) => ({
            expr: 'ALERTS{alertstate="firing"}',
            eval_time: `${HEALTHY_MINUTES + minute}m`,
          })),
        }));
        const rules = fileURLToPath(new URL('../../alerts/thedex.rules.yml', import.meta.url));
        const file = scratch.write(
          'interval.yml',
          stringify({ rule_files: [rules], evaluation_interval: '1m', tests }),
        );
        // Whatever fires was not expected by the file, and so is printed.
        const { stdout, stderr } = spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' });
        const printed = stdout + stderr;
        expect(printed).to.contain('got:');
        const fired = new Set([...printed.matchAll(/alertname="(\w+)"/g)].map(([, alert = '']) => alert));
        expect([...fired].toSorted()).to.deep.equal(expected.toSorted());
      });
    }
  });
});

const AT = '{job="thedex",instance="a"';
const BALANCES = ['available', 'total'].map((kind) => `thedex_balance${AT},currency="A",kind="${kind}"}`);
const HEALTHY = {
  [`up${AT}}`]: ['1', '1'],
  [`thedex_up${AT}}`]: ['1', '1'],
  [`thedex_exporter_build_info${AT}}`]: ['1', '1'],
} as const;
/** Before and after the first half hour: a balance below its threshold, refused keys, and an exporter that is down. */
const CASES: readonly Readonly<Record<string, readonly [string, string]>>[] = [
  {
    ...HEALTHY,
    ...Object.fromEntries(BALANCES.map((name) => [name, ['5', '5']])),
    [`thedex_balance_threshold${AT},currency="A",kind="available",severity="warning"}`]: ['10', '10'],
  },
  {
    ...HEALTHY,
    [`thedex_up${AT}}`]: ['1', '0'],
    [`thedex_scrape_error${AT},reason="auth"}`]: ['0', '1'],
    [BALANCES[0] ?? '']: ['5', 'stale'],
  },
  {
    [`up${AT}}`]: ['1', '0'],
    [`thedex_up${AT}}`]: ['1', 'stale'],
    [`thedex_exporter_build_info${AT}}`]: ['1', 'stale'],
  },
];

const STEPS_A_MINUTE = 3;
const MINUTES = 75;
const HEALTHY_MINUTES = 30;

/** A series that is scraped so often, in the 20th second of a minute, as real servers do not evaluate when they scrape. */
function scrapesOf([before, after]: readonly [string, string], everyMinutes: number): readonly string[] {
  return Array.from({ length: MINUTES * STEPS_A_MINUTE }, (_, step) => {
    const minute = (step - 1) / STEPS_A_MINUTE;
    if (minute < 0 || minute % everyMinutes !== 0) return '_';
    return minute < HEALTHY_MINUTES ? before : after;
  });
}
