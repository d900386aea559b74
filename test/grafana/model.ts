/** The parts of a dashboard's JSON that the tests look at, as Grafana reads them. */
export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly panels: readonly PanelModel[];
  readonly templating: { readonly list: readonly VariableModel[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly links: readonly { readonly title: string; readonly url: string; readonly type: string }[];
}

export interface PanelModel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly repeat?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly interval?: string;
  readonly maxDataPoints?: number;
  readonly targets?: readonly TargetModel[];
  /** What a collapsed row holds. */
  readonly panels?: readonly PanelModel[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly decimals?: number;
      readonly noValue?: string;
      readonly mappings?: readonly unknown[];
    };
    readonly overrides: readonly {
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
}

export interface TargetModel {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly format?: string;
  readonly datasource?: { readonly uid: string };
}

export interface VariableModel {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly query: string;
  readonly regex?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
  readonly hide?: number;
  readonly datasource?: { readonly uid: string };
  readonly current?: { readonly value: string };
}

/** All panels and rows, those inside collapsed rows included, in reading order. */
export function everyPanel(dashboard: DashboardModel): PanelModel[] {
  return dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}

/** Panels that show data; rows only head them. */
export function dataPanels(dashboard: DashboardModel): PanelModel[] {
  return everyPanel(dashboard).filter(({ type }) => type !== 'row');
}

/** Every query of every panel, with the panel it belongs to. */
export function allTargets(dashboard: DashboardModel): { panel: PanelModel; target: TargetModel }[] {
  return dataPanels(dashboard).flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel, target })));
}
