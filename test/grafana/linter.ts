import { interpolate } from './interpolate.ts';
import { allTargets, dataPanels, type DashboardModel, type PanelModel, type VariableModel } from './model.ts';
import { isPromql, selectorsOf, type Selector } from './promql.ts';

/** Finds what is wrong; each text begins with where, so that exceptions can name it. */
export type Rule = (dashboard: DashboardModel) => string[];

/** Stands for $__rate_interval while an expression is parsed: a range that nobody writes by hand. */
const RATE_INTERVAL = '8869990787ms';
const OWN_SOURCE = new Set(['$datasource', '${datasource}']);
const FUNCTIONS = new Set(['label_names', 'label_values', 'metrics', 'query_result']);
/** Refresh "on time range change". */
const ON_TIME_RANGE = 2;

/** Grafana's units that these dashboards may use; a misspelt one would silently show a bare number. */
const UNITS = new Set(['none', 'short', 'locale', 'percentunit', 's', 'dtdurations', 'bytes']);

/**
 * The rules of Grafana's dashboard-linter by their names there. Ours look at every panel type, theirs at some. Its two rules
 * about instances are left out: these dashboards speak of accounts, whichever instances read them.
 */
export const RULES: Readonly<Record<string, Rule>> = {
  'template-datasource-rule': ({ templating }) => {
    const found = templating.list.find(({ type }) => type === 'datasource');
    return found?.name === 'datasource' && found.label === 'Data source' && found.query === 'prometheus'
      ? []
      : ['dashboard: needs a variable for the data source, named datasource, labelled Data source, for Prometheus'];
  },
  'template-job-rule': (dashboard) => checkTargetVariable(dashboard, 'job', 'Job'),
  'template-label-promql-rule': (dashboard) =>
    queryVariables(dashboard)
      .filter(({ query }) => !isVariableQuery(dashboard, query))
      .map(({ name, query }) => `variable ${name}: '${query}' is not a valid query of a variable`),
  'template-on-time-change-reload-rule': (dashboard) =>
    queryVariables(dashboard)
      .filter(({ refresh }) => refresh !== ON_TIME_RANGE)
      .map(({ name }) => `variable ${name}: must be read again when the time range changes`),
  'panel-datasource-rule': (dashboard) =>
    dataPanels(dashboard).flatMap((panel) =>
      [panel.datasource?.uid, ...(panel.targets ?? []).map(({ datasource }) => datasource?.uid)]
        .filter((uid) => !OWN_SOURCE.has(uid ?? ''))
        .map((uid) => `panel ${panel.title}: reads from ${uid}, not from the chosen data source`),
    ),
  'panel-title-description-rule': (dashboard) =>
    dataPanels(dashboard)
      .filter(({ title, description }) => !title || !description)
      .map(({ id, title }) => `panel ${title || id}: needs a title and a description`),
  'panel-units-rule': (dashboard) =>
    dataPanels(dashboard).flatMap((panel) =>
      unitsOf(panel)
        .filter((unit) => !UNITS.has(unit))
        .map((unit) => `panel ${panel.title}: unknown unit '${unit}'`),
    ),
  'panel-no-targets-rule': (dashboard) =>
    dataPanels(dashboard)
      .filter(({ targets = [] }) => targets.length === 0)
      .map(({ title }) => `panel ${title}: has no query`),
  'target-promql-rule': (dashboard) =>
    allTargets(dashboard)
      .filter(({ target }) => !isPromql(filledIn(dashboard, target.expr)))
      .map(({ panel, target }) => `panel ${panel.title} ${target.refId}: '${target.expr}' is not PromQL`),
  'target-rate-interval-rule': (dashboard) =>
    badSelectors(dashboard, ({ call, range }) => ['rate', 'irate'].includes(call ?? '') && range !== RATE_INTERVAL),
  'target-job-rule': (dashboard) => badSelectors(dashboard, (selector) => !hasMatcher(selector, 'job')),
  'target-counter-agg-rule': (dashboard) =>
    badSelectors(
      dashboard,
      ({ metric, call, range }) =>
        metric.endsWith('_total') && (range === undefined || !['rate', 'irate', 'increase'].includes(call ?? '')),
    ),
  'target-logql-rule': noLogs,
  'target-logql-auto-rule': noLogs,
  'uneditable-dashboard': ({ editable }) => (editable ? ['dashboard: must not be editable'] : []),
};

/** Both rules about LogQL are kept by having none. */
function noLogs({ templating }: DashboardModel): string[] {
  return templating.list
    .filter(({ type, query }) => type === 'datasource' && query === 'loki')
    .map(({ name }) => `variable ${name}: queries of logs are not checked here`);
}

function queryVariables({ templating }: DashboardModel): VariableModel[] {
  return templating.list.filter(({ type }) => type === 'query');
}

function checkTargetVariable({ templating }: DashboardModel, name: string, label: string): string[] {
  const variable = templating.list.find((one) => one.name === name);
  const wanted: readonly (readonly [string, boolean])[] = [
    ['must be a query', variable?.type === 'query'],
    [`must be labelled ${label}`, variable?.label === label],
    ['must allow several values', variable?.multi === true],
    ["must stand for '.+' when All is chosen", variable?.allValue === '.+'],
    ['must read from the chosen data source', OWN_SOURCE.has(variable?.datasource?.uid ?? '')],
  ];
  return wanted.filter(([, kept]) => !kept).map(([text]) => `variable ${name}: ${text}`);
}

function isVariableQuery(dashboard: DashboardModel, query: string): boolean {
  const [, name = '', argument = ''] = /^([a-z_]+)\((.+)\)$/s.exec(query) ?? [];
  const expression = name === 'label_values' ? argument.replace(/,\s*\w+$/, '') : argument;
  return FUNCTIONS.has(name) && isPromql(filledIn(dashboard, expression));
}

function unitsOf({ fieldConfig }: PanelModel): string[] {
  const overrides = fieldConfig?.overrides.flatMap(({ properties }) => properties) ?? [];
  return [
    fieldConfig?.defaults.unit ?? '',
    ...overrides.filter(({ id }) => id === 'unit').map(({ value }) => String(value)),
  ];
}

function badSelectors(dashboard: DashboardModel, isBad: (selector: Selector) => boolean): string[] {
  return allTargets(dashboard).flatMap(({ panel, target }) =>
    selectorsOf(filledIn(dashboard, target.expr, true))
      .filter(isBad)
      .map(({ metric, range = '' }) => `panel ${panel.title} ${target.refId}: ${metric}${range}`),
  );
}

function hasMatcher({ matchers }: Selector, name: string): boolean {
  return matchers.some((one) => one.name === name && one.operator === '=~' && one.value === `$${name}`);
}

/** The expression with its variables filled in, or with Grafana's own and those that are part of the language only. */
function filledIn({ templating }: DashboardModel, expression: string, ownOnly = false): string {
  const builtIn = { __rate_interval: RATE_INTERVAL, __interval: '4867856611ms', __range: '6069770749ms' };
  const variables = templating.list.filter(({ type }) => !ownOnly || type === 'constant' || type === 'custom');
  return interpolate(expression, { variables, choices: {}, builtIn });
}
