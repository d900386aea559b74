import { readFileSync } from 'node:fs';
import { adaptPrometheusConfig } from '../../scripts/adapt-prometheus-config.ts';
import { startPrometheus, type RunningPrometheus } from '../support/prometheus.ts';

/** How often everything happens; a scrape's deadline is this less half a second, which a busy machine needs. */
const INTERVAL = '2s';
const RULES = 'alerts/thedex.rules.yml';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/**
 * Starts Prometheus with the bundled configuration and the bundled rules, scraping often.
 * @param exporter what it scrapes, as `host:port`
 */
export function startBundledPrometheus(binary: string, exporter: string): Promise<RunningPrometheus> {
  return startPrometheus({
    binary,
    configText: adaptPrometheusConfig(read('prometheus.yml'), { exporter, interval: INTERVAL }),
    files: { [RULES]: read(RULES) },
  });
}
