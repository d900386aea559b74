import {
  DashboardBuilder,
  DashboardCursorSync,
  TimePickerBuilder,
  type Dashboard,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** The newest form of dashboards that Grafana 10.4 to 13 all take; later numbers only add migrations. */
const SCHEMA_VERSION = 39;

/** A dashboard over the last 6 hours, without panels yet. */
export function emptyDashboard({
  title,
  uid,
  description,
}: {
  title: string;
  uid: string;
  description: string;
}): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['thedex'])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('1m')
    .timepicker(new TimePickerBuilder().refreshIntervals(['30s', '1m', '5m', '15m']));
}

/**
 * The finished dashboard, in the form that Grafana loads from files.
 * @throws Error if a link names a panel that is not there
 */
export function finished(builder: DashboardBuilder): Dashboard {
  const dashboard = { ...builder.build(), schemaVersion: SCHEMA_VERSION };
  const panels = (dashboard.panels ?? []).flatMap((panel) => [panel, ...inside(panel)]);
  const text = JSON.stringify(dashboard, withoutPlacement).replaceAll(
    /viewPanel=\{([^}]*)\}/g,
    (_link, title: string) => {
      const id = panels.find((panel) => panel.title === title)?.id;
      if (id === undefined) throw new Error(`a link leads to the panel '${title}', which is not there`);
      return `viewPanel=${id}`;
    },
  );
  return JSON.parse(text) as Dashboard;
}

function inside(panel: Panel | RowPanel): readonly Panel[] {
  return 'panels' in panel ? panel.panels : [];
}

/** The SDK puts links and annotations into a menu that is closed; without a placement they stand at the top. */
function withoutPlacement(key: string, value: unknown): unknown {
  return key === 'placement' && value === 'inControlsMenu' ? undefined : value;
}
