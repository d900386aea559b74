import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ENDPOINT_NAMES, type EndpointName } from '../thedex/endpoint.ts';
import { REASONS, type Reason } from '../thedex/errors.ts';

/** What `thedex_exporter_build_info` says. */
export interface BuildInfo {
  readonly version: string;
  /** Commit that the build was made from, or `unknown`. */
  readonly revision: string;
}

// A gateway across a continent answers within tenths of a second; the default deadline is 10 seconds.
const DURATION_BUCKETS_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The exporter's own metrics, apart from those of its process. */
export class ExporterMetrics {
  readonly #requests: Counter<'endpoint' | 'outcome'>;
  readonly #durations: Histogram<'endpoint'>;
  readonly #coalesced: Counter;
  readonly #reloadSuccessful: Gauge;
  readonly #reloadTime: Gauge;

  constructor(registry: Registry, build: BuildInfo) {
    const registers = [registry];
    new Gauge({
      name: 'thedex_exporter_build_info',
      help: 'A metric with a constant value of 1, labelled with what is running.',
      labelNames: ['version', 'revision', 'nodejs'],
      registers,
    }).set({ ...build, nodejs: process.version }, 1);
    this.#requests = new Counter({
      name: 'thedex_exporter_api_requests_total',
      help: 'Reads of the TheDex API by endpoint and outcome: success, or the reason of the failure.',
      labelNames: ['endpoint', 'outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'thedex_exporter_api_request_duration_seconds',
      help: 'How long reads of the TheDex API took, successful or not, by endpoint.',
      labelNames: ['endpoint'],
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
    this.#coalesced = new Counter({
      name: 'thedex_exporter_coalesced_scrapes_total',
      help: 'Scrapes that shared the read of another scrape of the same account.',
      registers,
    });
    this.#reloadSuccessful = new Gauge({
      name: 'thedex_exporter_config_last_reload_successful',
      help: 'Whether the last attempt to load the configuration succeeded.',
      registers,
    });
    this.#reloadTime = new Gauge({
      name: 'thedex_exporter_config_last_reload_success_timestamp_seconds',
      help: 'When the configuration was last loaded successfully, in seconds since the epoch.',
      registers,
    });
    // A series that is born with its first event hides that event from rate() and increase().
    for (const endpoint of ENDPOINT_NAMES) {
      this.#durations.zero({ endpoint });
      for (const outcome of ['success', ...REASONS]) this.#requests.inc({ endpoint, outcome }, 0);
    }
  }

  observeRequest(endpoint: EndpointName, outcome: 'success' | Reason, durationSeconds: number): void {
    this.#requests.inc({ endpoint, outcome });
    this.#durations.observe({ endpoint }, durationSeconds);
  }

  countCoalescedScrape(): void {
    this.#coalesced.inc();
  }

  /** @param atMs when the configuration was loaded, in milliseconds since the epoch. */
  recordReload(successful: boolean, atMs: number): void {
    this.#reloadSuccessful.set(successful ? 1 : 0);
    if (successful) this.#reloadTime.set(atMs / 1000);
  }
}
