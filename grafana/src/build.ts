import { mkdirSync, writeFileSync } from 'node:fs';
import { buildDashboards } from './dashboards.ts';

const FOLDER = new URL('../', import.meta.url);

for (const [path, text] of Object.entries(buildDashboards())) {
  const file = new URL(path, FOLDER);
  mkdirSync(new URL('./', file), { recursive: true });
  writeFileSync(file, text);
}
