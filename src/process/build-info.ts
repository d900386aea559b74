import { readFileSync } from 'node:fs';
import type { BuildInfo } from '../scrape/exporter-metrics.ts';

/**
 * What this build is, from the package's own manifest: its version, and the commit that a build wrote there as
 * `revision`.
 */
export function readBuildInfo(): BuildInfo {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
    revision?: string;
  };
  return { version: manifest.version, revision: manifest.revision ?? 'unknown' };
}
