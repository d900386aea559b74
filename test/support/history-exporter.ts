import { labelText, type Labels, type Sample } from './history-text.ts';
import { REASONS } from './history-account.ts';

const ENDPOINTS = ['balances', 'rates', 'payout_limits'];
const OUTCOMES = ['success', 'canceled', ...REASONS];
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** An exporter's own page, which is scraped as a target of its own. */
export interface ExporterTarget {
  readonly job: string;
  readonly instance: string;
  readonly version: string;
  /** Whether it could be scraped so many minutes before the end; always where this is left out. */
  readonly state?: (minutesBefore: number) => 'up' | 'down' | 'gone';
}

/** The exporter's own counters and gauges, minute by minute, as they follow from the scrapes it served. */
export class SimulatedExporter {
  readonly #target: ExporterTarget;
  readonly #requests = new Map<string, number>();
  readonly #buckets = new Map<string, number>();
  #startedAt: number;
  #cpuSeconds = 0.4;
  #coalesced = 0;
  #scrapes = 0;

  constructor(target: ExporterTarget, startedAt: number) {
    this.#target = target;
    this.#startedAt = startedAt;
  }

  /** A new process: counters start again from nothing. */
  restart(now: number): void {
    this.#startedAt = now;
    this.#requests.clear();
    this.#buckets.clear();
    this.#cpuSeconds = 0.4;
    this.#coalesced = 0;
  }

  /** Counts one scrape of an account; `endpoints` is how many of the gateway's endpoints it reads. */
  serve(outcome: string, endpoints: number): void {
    const seconds = outcome === 'timeout' ? 9.5 : 0.08 + (this.#scrapes % 7) * 0.06;
    for (const endpoint of ENDPOINTS.slice(0, endpoints)) {
      add(this.#requests, `${endpoint} ${outcome}`);
      BUCKETS.filter((bound) => seconds <= bound).forEach((bound) => add(this.#buckets, `${endpoint} ${bound}`));
      add(this.#buckets, `${endpoint} +Inf`);
    }
    this.#scrapes += 1;
    this.#coalesced += this.#scrapes % 2 === 0 ? 1 : 0;
    this.#cpuSeconds += 0.011;
  }

  samples(now: number): Sample[] {
    const { version } = this.#target;
    const growth = Math.min((now - this.#startedAt) / 3600, 8);
    return [
      this.#sample('thedex_exporter_build_info', 1, { version, revision: '8ad37a0', nodejs: 'v20.19.4' }),
      ...this.#requestSamples(),
      this.#sample('thedex_exporter_coalesced_scrapes_total', this.#coalesced),
      this.#sample('thedex_exporter_config_last_reload_successful', 1),
      this.#sample('thedex_exporter_config_last_reload_success_timestamp_seconds', this.#startedAt),
      this.#sample('process_start_time_seconds', this.#startedAt),
      this.#sample('process_cpu_seconds_total', this.#cpuSeconds),
      this.#sample('process_resident_memory_bytes', (62 + growth * 1.5) * 1024 * 1024),
      this.#sample('nodejs_heap_size_used_bytes', (14 + growth + (now % 1800) / 600) * 1024 * 1024),
      this.#sample('nodejs_heap_size_total_bytes', (22 + growth) * 1024 * 1024),
      this.#sample('process_open_fds', 24 + Math.floor((now % 10_800) / 2700)),
      this.#sample('process_max_fds', 1024),
    ];
  }

  #requestSamples(): Sample[] {
    const requests = ENDPOINTS.flatMap((endpoint) =>
      OUTCOMES.map((outcome) =>
        this.#sample('thedex_exporter_api_requests_total', this.#requests.get(`${endpoint} ${outcome}`) ?? 0, {
          endpoint,
          outcome,
        }),
      ),
    );
    const buckets = ENDPOINTS.flatMap((endpoint) =>
      [...BUCKETS.map(String), '+Inf'].map((le) =>
        this.#sample(
          'thedex_exporter_api_request_duration_seconds_bucket',
          this.#buckets.get(`${endpoint} ${le}`) ?? 0,
          {
            endpoint,
            le,
          },
        ),
      ),
    );
    return [...requests, ...buckets];
  }

  #sample(name: string, value: number, more: Labels = {}): Sample {
    const { job, instance } = this.#target;
    return [name, labelText({ ...more, job, instance }), value];
  }
}

function add(counters: Map<string, number>, key: string): void {
  counters.set(key, (counters.get(key) ?? 0) + 1);
}
