import { existsSync, readFileSync } from 'node:fs';
import type { BuildInfo } from '../scrape/exporter-metrics.ts';

// Seen from the built program, and from this source.
const MANIFESTS = ['../package.json', '../../package.json'];

/**
 * What this build is, from the package's own manifest: its version, and the commit that a build wrote there as
 * `revision`.
 */
export function readBuildInfo(): BuildInfo {
  const manifests = MANIFESTS.map((path) => new URL(path, import.meta.url));
  const manifest = manifests.find((url) => existsSync(url));
  if (manifest === undefined) throw new Error('package.json is not beside the program, where it belongs');
  const { version, revision } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string; revision?: string };
  return { version, revision: revision ?? 'unknown' };
}
