import { VariableType, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

/** The oldest Grafana that takes these dashboards. */
const OLDEST_GRAFANA = '10.4.0';
/** Stands for the data source that is chosen when the dashboard is imported. */
const INPUT = 'DS_PROMETHEUS';

const PANEL_NAMES: Readonly<Record<string, string>> = {
  stat: 'Stat',
  'state-timeline': 'State timeline',
  table: 'Table',
  timeseries: 'Time series',
};

interface Requirement {
  readonly type: 'grafana' | 'datasource' | 'panel';
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/** A dashboard as grafana.com and Grafana's import page take it: it says what it needs, and asks for the data source. */
type SharedDashboard = Dashboard & {
  readonly __inputs: readonly Readonly<Record<string, string>>[];
  readonly __elements: Readonly<Record<string, never>>;
  readonly __requires: readonly Requirement[];
};

export function shareDashboard(dashboard: Dashboard): SharedDashboard {
  const choice = { text: `\${${INPUT}}`, value: `\${${INPUT}}`, selected: true };
  const variables = dashboard.templating?.list ?? [];
  return {
    __inputs: [
      {
        name: INPUT,
        label: 'Prometheus',
        description: 'The Prometheus that scrapes the exporter',
        type: 'datasource',
        pluginId: 'prometheus',
        pluginName: 'Prometheus',
      },
    ],
    __elements: {},
    __requires: requirements(dashboard),
    ...dashboard,
    editable: true,
    templating: {
      list: variables.map((one) => (one.type === VariableType.Datasource ? { ...one, current: choice } : one)),
    },
  };
}

function requirements(dashboard: Dashboard): Requirement[] {
  const panels = (dashboard.panels ?? []).flatMap((panel) => ('panels' in panel ? panel.panels : [panel]));
  const types = [...new Set(panels.map(({ type }) => type))].filter((type) => type !== 'row').toSorted();
  return [
    { type: 'grafana', id: 'grafana', name: 'Grafana', version: OLDEST_GRAFANA },
    { type: 'datasource', id: 'prometheus', name: 'Prometheus', version: '1.0.0' },
    ...types.map((id): Requirement => ({ type: 'panel', id, name: PANEL_NAMES[id] ?? id, version: '' })),
  ];
}
