import { readdirSync, readFileSync } from 'node:fs';
import type { DashboardModel } from './model.ts';

const GRAFANA = new URL('../../grafana/', import.meta.url);

export interface CommittedDashboard {
  /** The name of its file. */
  readonly name: string;
  readonly text: string;
  readonly model: DashboardModel;
}

/** The dashboards as they are committed, which is what people load, or those for sharing. */
export function readDashboards(folder: 'dashboards' | 'shared' = 'dashboards'): CommittedDashboard[] {
  return readdirSync(new URL(`${folder}/`, GRAFANA))
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const text = readFileSync(new URL(`${folder}/${name}`, GRAFANA), 'utf8');
      return { name, text, model: JSON.parse(text) as DashboardModel };
    });
}
