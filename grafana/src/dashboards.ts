import { balancesDashboard } from './balances/dashboard.ts';
import { exporterDashboard } from './exporter/dashboard.ts';
import { shareDashboard } from './shared.ts';

/** The text of every file that is built, by its path in the folder `grafana`. */
export function buildDashboards(): Readonly<Record<string, string>> {
  const dashboards = { 'balances.json': balancesDashboard(), 'exporter.json': exporterDashboard() };
  return Object.fromEntries(
    Object.entries(dashboards).flatMap(([name, dashboard]) => [
      [`dashboards/${name}`, textOf(dashboard)],
      [`shared/${name}`, textOf(shareDashboard(dashboard))],
    ]),
  );
}

function textOf(json: unknown): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}
