import { expect } from 'chai';
import { currencyCodes } from '../support/history-market.ts';
import { createHistory, type History } from '../support/history.ts';
import { startPrometheus, type RunningPrometheus, type Series } from '../support/prometheus.ts';
import { requireTool } from '../support/tools.ts';
import { readDashboards } from './committed.ts';
import { CASES } from './histories.ts';
import { interpolate, type Choice } from './interpolate.ts';
import { allTargets, type DashboardModel, type PanelModel, type TargetModel } from './model.ts';

const DAY = 86_400;
/** Grafana's step for a day on a panel of 700 pixels, and its rate interval at a scrape a minute. */
const STEP = 120;
const BUILT_IN = { __range: `${DAY}s`, __interval: `${STEP}s`, __rate_interval: '4m' };

type CaseName = keyof typeof CASES;

interface Empty {
  readonly cases: readonly CaseName[];
  /** Only when single values are chosen. */
  readonly chosen?: true;
  readonly where: RegExp;
  readonly reason: string;
}

const FEW: readonly CaseName[] = ['single', 'several', 'bare'];

/** Answers that are empty by design: which queries, where, and why. */
const EMPTY: readonly Empty[] = [
  { cases: FEW, where: /^Value by currency, \$fiat B$/, reason: 'few currencies leave no others' },
  { cases: ['many'], chosen: true, where: /^Value by currency, \$fiat B$/, reason: 'one currency leaves no others' },
  { cases: ['bare'], where: /^Firing alerts /, reason: 'nothing fires' },
  { cases: ['bare'], where: /^(Value|Available|Unrated|Value by currency)\b/, reason: 'no rates are collected' },
  { cases: ['bare'], where: /^Balances H$/, reason: 'no rates are collected' },
  { cases: ['bare'], where: /^Balance against its threshold /, reason: 'no thresholds are set' },
  { cases: ['bare'], where: /^Balances [BG]$/, reason: 'no thresholds are set' },
  { cases: ['bare'], where: /^\$currency C$/, reason: 'no thresholds are set' },
];

/** Labels of legends that are there only where there is something to tell apart. */
const OPTIONAL = new Set(['wallet', 'kind']);

for (const [caseName, options] of Object.entries(CASES)) {
  describe(`every query of the dashboards, with the history '${caseName}'`, function () {
    this.timeout(180_000);
    let history: History;
    let prometheus: RunningPrometheus;

    before(async function () {
      const binary = requireTool(this, 'prometheus');
      history = createHistory(requireTool(this, 'promtool'), options);
      prometheus = await startPrometheus({ binary, dataDir: history.dataDir });
    });

    after(async () => {
      await prometheus?.stop();
      history?.remove();
    });

    for (const { name, model } of readDashboards()) {
      it(`${name}: panels answer, with the labels of their legends, when All is chosen`, async () => {
        await checkPanels(model, {});
      });

      it(`${name}: panels answer when single values are chosen`, async () => {
        const choices: Record<string, Choice> = {};
        for (const { name: variable, includeAll } of queryVariables(model)) {
          const values = await valuesOf(model, variable, choices);
          if (includeAll === true && values.length > 0) {
            choices[variable] = chosenFrom(variable, values);
          }
        }
        await checkPanels(model, choices);
      });

      it(`${name}: variables offer what is there`, async () => {
        for (const { name: variable } of queryVariables(model)) {
          const values = await valuesOf(model, variable, {});
          expect(values, variable).to.deep.equal(expectedValues(model, variable));
        }
      });

      it(`${name}: annotations answer`, async () => {
        for (const { expr } of model.annotations.list) {
          const series = await prometheus.queryRange(filledIn(model, expr, {}), dayBefore(60));
          expect(series.length > 0).to.equal(!('alerts' in options));
        }
      });
    }

    async function checkPanels(model: DashboardModel, choices: Readonly<Record<string, Choice>>): Promise<void> {
      const seen: string[] = [];
      for (const { panel, target } of allTargets(model)) {
        const where = `${panel.title} ${target.refId}`;
        const series = await answer(model, { panel, target }, choices);
        const numbers = series.filter(({ samples }) => samples.some(([, value]) => Number.isFinite(value)));
        if (isEmptyByDesign(caseName as CaseName, where, 'currency' in choices)) {
          expect(numbers, `${where} should be empty`).to.deep.equal([]);
          continue;
        }
        expect(numbers.length, `${where} has no data: ${filledIn(model, target.expr, choices)}`).to.be.greaterThan(0);
        checkLegends(where, target, series);
        seen.push(where);
      }
      expect(seen).not.to.deep.equal([]);
    }

    function answer(
      model: DashboardModel,
      { panel, target }: { panel: PanelModel; target: TargetModel },
      choices: Readonly<Record<string, Choice>>,
    ): Promise<Series[]> {
      // A repeated panel sees one value at a time.
      const repeated = panel.repeat === undefined ? {} : { [panel.repeat]: ['USDT_TRON'] };
      const expression = filledIn(model, target.expr, { ...choices, ...repeated });
      return target.instant === true
        ? prometheus.query(expression, history.end)
        : prometheus.queryRange(expression, dayBefore(panel.interval === '1h' ? 3600 : STEP));
    }

    function dayBefore(step: number): { start: number; end: number; step: number } {
      return { start: history.end - DAY, end: history.end, step };
    }

    async function valuesOf(
      model: DashboardModel,
      variable: string,
      choices: Readonly<Record<string, Choice>>,
    ): Promise<string[]> {
      const query = model.templating.list.find((one) => one.name === variable)?.query ?? '';
      const [, selector = '', label = ''] = /^label_values\((.+),\s*(\w+)\)$/s.exec(query) ?? [];
      const parameters = { 'match[]': filledIn(model, selector, choices), start: history.start, end: history.end };
      return (await prometheus.get(`/api/v1/label/${label}/values`, parameters)) as string[];
    }

    function expectedValues(model: DashboardModel, variable: string): string[] {
      const { wallets, exporters, currencies, rates } = options;
      const targets = model.uid === 'thedex-exporter' ? [...wallets, ...exporters] : wallets;
      const distinct = (values: (string | undefined)[]): string[] =>
        [...new Set(values.filter((value) => value !== undefined))].toSorted();
      const expected: Readonly<Record<string, string[]>> = {
        job: distinct(targets.map(({ job }) => job)),
        instance: distinct(targets.map(({ instance }) => instance)),
        account: distinct(wallets.map((wallet) => ('account' in wallet ? wallet.account : undefined))),
        currency: currencyCodes(currencies).toSorted(),
        fiat: rates ? ['EUR', 'USD'] : [],
      };
      return expected[variable] ?? [];
    }
  });
}

function queryVariables(model: DashboardModel): DashboardModel['templating']['list'] {
  return model.templating.list.filter(({ type }) => type === 'query');
}

/** One value of each variable, but all jobs by name: an exporter's own page and its accounts are usually two jobs. */
function chosenFrom(variable: string, values: readonly string[]): readonly string[] {
  const wanted: Readonly<Record<string, string>> = { currency: 'USDT_TRON', instance: 'exporter:10055' };
  const one = values.find((value) => value === wanted[variable]) ?? values[0];
  return variable === 'job' || one === undefined ? values : [one];
}

function isEmptyByDesign(caseName: CaseName, where: string, oneCurrency: boolean): boolean {
  return EMPTY.some(
    ({ cases, chosen, where: pattern }) =>
      cases.includes(caseName) && (chosen !== true || oneCurrency) && pattern.test(where),
  );
}

function filledIn(model: DashboardModel, text: string, choices: Readonly<Record<string, Choice>>): string {
  return interpolate(text, { variables: model.templating.list, choices, builtIn: BUILT_IN });
}

/** Every label that the legend names is there, and no two series of one query are called the same. */
function checkLegends(where: string, { legendFormat = '', format }: TargetModel, series: readonly Series[]): void {
  if (format === 'table') {
    return;
  }
  const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
  for (const label of labels.filter((one) => !OPTIONAL.has(one))) {
    expect(
      series.every((one) => one.labels[label] !== undefined),
      `${where}: a series without the label ${label}`,
    ).to.equal(true);
  }
  const names = series.map((one) =>
    legendFormat.replace(/\{\{(\w+)\}\}/g, (_all, label: string) => one.labels[label] ?? ''),
  );
  expect(new Set(names).size, `${where}: two series with one name: ${names.toSorted().join(', ')}`).to.equal(
    series.length,
  );
}
