import {
  DashboardBuilder,
  DashboardCursorSync,
  TimePickerBuilder,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** The newest form of dashboards that Grafana 11, 12 and 13 all take; later numbers only add migrations. */
const SCHEMA_VERSION = 39;

/** A dashboard over the last 24 hours, without panels yet. */
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
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .timepicker(new TimePickerBuilder().refreshIntervals(['30s', '1m', '5m', '15m']));
}

/** The finished dashboard, in the form that Grafana loads from files. */
export function finished(dashboard: DashboardBuilder): Dashboard {
  return { ...dashboard.build(), schemaVersion: SCHEMA_VERSION };
}
