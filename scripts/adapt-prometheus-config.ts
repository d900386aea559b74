/** What of the bundled `prometheus.yml` depends on where and how often it is used. */
export interface Surroundings {
  /** Where the exporter listens, as `host:port`. */
  readonly exporter: string;
  /** How often everything happens, as Prometheus writes durations; nothing may take longer. */
  readonly interval: string;
}

const BUNDLED_ADDRESS = 'localhost:10055';
const INTERVAL = /^(\s*(?:scrape_interval|scrape_timeout|evaluation_interval|refresh_interval): ).*$/gm;

/**
 * The bundled configuration with other targets and intervals, and nothing else changed.
 * @throws Error if there is nothing to change, which would be another file than the bundled one
 */
export function adaptPrometheusConfig(bundled: string, { exporter, interval }: Surroundings): string {
  if (!bundled.includes(BUNDLED_ADDRESS)) throw new Error(`the configuration does not mention ${BUNDLED_ADDRESS}`);
  return bundled.replaceAll(BUNDLED_ADDRESS, exporter).replaceAll(INTERVAL, `$1${interval}`);
}
