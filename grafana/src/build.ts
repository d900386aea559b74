import { mkdirSync, writeFileSync } from 'node:fs';
import { buildDashboards, dashboardText } from './dashboards.ts';

const FOLDER = new URL('../dashboards/', import.meta.url);

mkdirSync(FOLDER, { recursive: true });
for (const [name, dashboard] of Object.entries(buildDashboards())) {
  writeFileSync(new URL(name, FOLDER), dashboardText(dashboard));
}
