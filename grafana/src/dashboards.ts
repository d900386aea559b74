import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { balancesDashboard } from './balances/dashboard.ts';
import { exporterDashboard } from './exporter/dashboard.ts';

/** Every dashboard by the name of its file. */
export function buildDashboards(): Readonly<Record<string, Dashboard>> {
  return { 'balances.json': balancesDashboard(), 'exporter.json': exporterDashboard() };
}

/** The text of a dashboard's file. */
export function dashboardText(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
