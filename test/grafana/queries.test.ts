import { expect } from 'chai';
import { startPrometheus, type RunningPrometheus, type Series } from '../support/prometheus.ts';
import { requireTool } from '../support/tools.ts';
import { Asker, nameOf } from './asked.ts';
import { readDashboards } from './committed.ts';
import { CASES, historyOf, type CaseName } from './histories.ts';
import { allTargets, type DashboardModel, type TargetModel } from './model.ts';

/** One with everything, one with nothing, one with several accounts of which some fail. */
const ASKED: readonly CaseName[] = ['single', 'bare', 'twelve'];

/** Answers that are empty by design: which queries, where, and why. */
const EMPTY: readonly { readonly cases: readonly CaseName[]; readonly where: RegExp; readonly reason: string }[] = [
  { cases: ['single', 'twelve'], where: /^Available D$/, reason: 'there are rates' },
  {
    cases: ['single', 'bare', 'twelve'],
    where: /^Value by currency \$fiat B$/,
    reason: 'few currencies leave no others',
  },
  { cases: ['single', 'twelve'], where: /^Exporters down B$/, reason: 'no exporter is down' },
  { cases: ['single', 'bare'], where: /^Accounts that cannot be read B$/, reason: 'no account fails' },
  {
    cases: ['single', 'bare', 'twelve'],
    where: /^(Accounts that cannot be read [CD]|Exporters down B)$/,
    reason: 'all are up',
  },
  { cases: ['single', 'bare'], where: /^(Accounts now G|What became of the reads A)$/, reason: 'no account fails' },
  {
    cases: ['bare'],
    where: /^(Alerts|Firing alerts) |^(Needs attention E|Time left A)$/,
    reason: 'no rules are loaded',
  },
  { cases: ['single', 'twelve'], where: /^Time left B$/, reason: 'the rules record the pace' },
  {
    cases: ['bare'],
    where: /^(Available [ABC]|Value by currency)/,
    reason: 'no rates are collected',
  },
  { cases: ['bare'], where: /^(By account [CD]|All balances B)$/, reason: 'no rates are collected' },
  { cases: ['bare'], where: /^(Below threshold|Share of threshold) /, reason: 'no thresholds are set' },
  {
    cases: ['bare'],
    where: /^(Needs attention C|By account [EF]|All balances [AE]|\$drawn C)$/,
    reason: 'no thresholds are set',
  },
];

/** Queries that count what is wrong: whether there is any is for the test of the verdicts. */
const COUNTS = /^(Below threshold [ABC]|Accounts that cannot be read B)$/;

for (const caseName of ASKED) {
  const options = CASES[caseName];

  describe(`every query of the dashboards, with the history '${caseName}'`, function () {
    this.timeout(300_000);
    let prometheus: RunningPrometheus;
    let asker: Asker;

    before(async function () {
      const binary = requireTool(this, 'prometheus');
      const history = historyOf(caseName, requireTool(this, 'promtool'));
      prometheus = await startPrometheus({ binary, dataDir: history.dataDir });
      asker = new Asker(prometheus, history);
    });

    after(async () => {
      await prometheus?.stop();
    });

    for (const { name, model } of readDashboards()) {
      it(`${name}: panels answer, with the labels of their legends, when All is chosen`, async () => {
        for (const { panel, target } of allTargets(model)) {
          const where = `${panel.title} ${target.refId}`;
          const series = await asker.answer(model, { panel, target });
          const numbers = series.filter(({ samples }) => samples.some(([, value]) => Number.isFinite(value)));
          const reason = EMPTY.find(
            ({ cases, where: pattern }) => cases.includes(caseName) && pattern.test(where),
          )?.reason;
          if (reason !== undefined) expect(numbers, `${where} should be empty: ${reason}`).to.deep.equal([]);
          else if (!COUNTS.test(where)) expect(numbers.length, `${where} has no data`).to.be.greaterThan(0);
          expect(numbers.length, `${where}: a name without a number`).to.equal(series.length);
          checkLegends(where, target, series);
        }
      });

      it(`${name}: Prometheus takes every query when single values are chosen`, async () => {
        const choices: Record<string, string[]> = {};
        for (const { name: variable } of model.templating.list.filter(({ includeAll }) => includeAll === true)) {
          const [first] = await asker.options(model, variable, choices);
          if (first !== undefined) choices[variable] = [first];
        }
        expect(choices).to.include.keys(model.uid === 'thedex-balances' ? ['job', 'currency', 'drawn'] : ['job']);
        for (const { panel, target } of allTargets(model)) await asker.answer(model, { panel, target }, choices);
      });

      it(`${name}: the variables offer what there is`, async () => {
        for (const [variable, expected] of Object.entries(expectedOptions(model))) {
          expect((await asker.options(model, variable)).toSorted(), variable).to.deep.equal(expected);
        }
      });
    }

    function expectedOptions(model: DashboardModel): Record<string, string[]> {
      const distinct = (values: readonly (string | undefined)[]): string[] =>
        [...new Set(values.filter((value) => value !== undefined))].toSorted();
      const accounts = options.accounts.map((one) => ('account' in one ? one.account : undefined));
      const common = {
        job: distinct([...options.accounts, ...options.exporters].map(({ job }) => job)),
        account: distinct(accounts),
      };
      if (model.uid === 'thedex-exporter') return common;
      return { ...common, currency: options.currencies.toSorted(), fiat: options.rates ? ['EUR', 'USD'] : [] };
    }
  });
}

/** Every label that the legend names is there somewhere, and no two series of one query are called the same. */
function checkLegends(where: string, target: TargetModel, series: readonly Series[]): void {
  if (target.format === 'table') return;
  const names = series.map((one) => nameOf(target, one));
  expect(new Set(names).size, `${where}: two series with one name: ${names.toSorted().join(', ')}`).to.equal(
    names.length,
  );
}
