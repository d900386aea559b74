import { readdirSync, readFileSync } from 'node:fs';
import type { DashboardModel } from './model.ts';

const FOLDER = new URL('../../grafana/dashboards/', import.meta.url);

export interface CommittedDashboard {
  /** The name of its file. */
  readonly name: string;
  readonly text: string;
  readonly model: DashboardModel;
}

/** The dashboards as they are committed, which is what people load. */
export function readDashboards(): CommittedDashboard[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const text = readFileSync(new URL(name, FOLDER), 'utf8');
      return { name, text, model: JSON.parse(text) as DashboardModel };
    });
}
