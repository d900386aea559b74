import { openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { Counter, Gauge, Histogram, type MetricValueWithName } from 'prom-client';
import { ENDPOINT_NAMES, type EndpointName } from '../thedex/answers.ts';
import { REASONS, type Reason } from '../thedex/errors.ts';
import { escapeLabel } from './metrics.ts';

/** What `thedex_exporter_build_info` says. */
export interface BuildInfo {
  readonly version: string;
  /** Commit that the build was made from, or `unknown`. */
  readonly revision: string;
}

/** The exposition formats, by their content type. */
export const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const;
export type ExpositionFormat = keyof typeof CONTENT_TYPES;

// A gateway across a continent answers within tenths of a second; the default deadline is 10 seconds.
const DURATION_BUCKETS_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * The exporter's own metrics and those of its process. prom-client keeps the numbers, in no registry; all text of a line
 * but its number is rendered once, since it never changes.
 */
export class OwnMetrics {
  readonly #requests = new Counter({
    name: 'thedex_exporter_api_requests_total',
    help: 'Requests to the TheDex API by endpoint and outcome: success, canceled when nobody waited any more, or the reason of the failure.',
    labelNames: ['endpoint', 'outcome'],
    registers: [],
  });
  readonly #durations = new Histogram({
    name: 'thedex_exporter_api_request_duration_seconds',
    help: 'How long requests to the TheDex API took, successful or not, by endpoint.',
    labelNames: ['endpoint'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [],
  });
  readonly #coalesced = new Counter({
    name: 'thedex_exporter_coalesced_scrapes_total',
    help: 'Scrapes that shared the request of another scrape of the same account.',
    registers: [],
  });
  readonly #reloadSuccessful = new Gauge({
    name: 'thedex_exporter_config_last_reload_successful',
    help: 'Whether the last attempt to load the configuration succeeded.',
    registers: [],
  });
  readonly #reloadTime = new Gauge({
    name: 'thedex_exporter_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration was last loaded successfully, in seconds since the epoch.',
    registers: [],
  });
  readonly #constant: string;
  readonly #kept: readonly KeptMetric[];
  readonly #process = new ProcessMetrics();

  constructor(build: BuildInfo) {
    // A series that is born with its first event hides that event from rate() and increase().
    for (const endpoint of ENDPOINT_NAMES) {
      this.#durations.zero({ endpoint });
      for (const outcome of ['success', 'canceled', ...REASONS]) this.#requests.inc({ endpoint, outcome }, 0);
    }
    this.#constant = renderConstants(build);
    const metrics = [this.#requests, this.#durations, this.#coalesced, this.#reloadSuccessful, this.#reloadTime];
    this.#kept = metrics.map((metric) => new KeptMetric(metric));
  }

  observeRequest(endpoint: EndpointName, outcome: 'success' | 'canceled' | Reason, durationSeconds: number): void {
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

  /** All of them as the lines of a page. */
  async render(format: ExpositionFormat): Promise<string> {
    let text = this.#constant;
    for (const metric of this.#kept) text += await metric.render(format);
    return text + this.#process.render(format);
  }
}

interface MetricOfClient {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly values: readonly MetricValueWithName<string>[];
}

/** A metric of prom-client whose series are all there from the start, with the text before each of their numbers. */
class KeptMetric {
  readonly #metric: { get(): Promise<MetricOfClient> };
  readonly #heads: Partial<Record<ExpositionFormat, readonly string[]>> = {};

  constructor(metric: { get(): Promise<MetricOfClient> }) {
    this.#metric = metric;
  }

  async render(format: ExpositionFormat): Promise<string> {
    const metric = await this.#metric.get();
    const heads = this.#heads[format] ?? (this.#heads[format] = headsOf(metric, format));
    let text = '';
    for (const [index, { value }] of metric.values.entries()) text += `${heads[index]} ${value}\n`;
    return text;
  }
}

/** The text before each number of a metric. */
function headsOf(metric: MetricOfClient, format: ExpositionFormat): readonly string[] {
  const heads = metric.values.map((value) => headOfSeries(value, metric.name, format));
  return heads.map((head, index) => (index === 0 ? headOfMetric(metric, format) + head : head));
}

function headOfSeries(
  { labels, metricName }: MetricValueWithName<string>,
  family: string,
  format: ExpositionFormat,
): string {
  const texts = Object.entries(labels).map(([name, value]) => {
    // OpenMetrics writes a bucket's bound as a float.
    const isWhole = format === 'openmetrics' && name === 'le' && Number.isInteger(value);
    return `${name}="${escapeLabel(isWhole ? `${value}.0` : String(value))}"`;
  });
  return `${metricName ?? family}${texts.length === 0 ? '' : `{${texts.join(',')}}`}`;
}

/** OpenMetrics names a counter's family without the `_total` of its samples. */
function headOfMetric({ name, help, type }: { name: string; help: string; type: unknown }, format: ExpositionFormat) {
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  return `# HELP ${family} ${help}\n# TYPE ${family} ${String(type)}\n`;
}

function renderConstants({ version, revision }: BuildInfo): string {
  const nodejs = process.version;
  const [major, minor, patch] = nodejs.slice(1).split('.');
  const info = headOfMetric(
    {
      name: 'thedex_exporter_build_info',
      help: 'A metric with a constant value of 1, labelled with what is running.',
      type: 'gauge',
    },
    'text',
  );
  const nodeInfo = headOfMetric({ name: 'nodejs_version_info', help: 'Node.js version info.', type: 'gauge' }, 'text');
  return (
    `${info}thedex_exporter_build_info{version="${escapeLabel(version)}",revision="${escapeLabel(revision)}",nodejs="${nodejs}"} 1\n` +
    `${nodeInfo}nodejs_version_info{version="${nodejs}",major="${major}",minor="${minor}",patch="${patch}"} 1\n`
  );
}

/** What is told of the process, in the order of `ProcessMetrics.render`. */
const PROCESS_METRICS = [
  { name: 'process_cpu_user_seconds_total', type: 'counter', help: 'User CPU time spent in seconds.' },
  { name: 'process_cpu_system_seconds_total', type: 'counter', help: 'System CPU time spent in seconds.' },
  { name: 'process_cpu_seconds_total', type: 'counter', help: 'Total user and system CPU time spent in seconds.' },
  { name: 'process_start_time_seconds', type: 'gauge', help: 'Start time of the process since unix epoch in seconds.' },
  { name: 'process_resident_memory_bytes', type: 'gauge', help: 'Resident memory size in bytes.' },
  { name: 'nodejs_heap_size_total_bytes', type: 'gauge', help: 'Size of the heap of Node.js in bytes.' },
  { name: 'nodejs_heap_size_used_bytes', type: 'gauge', help: 'Part of the heap of Node.js in use, in bytes.' },
  { name: 'nodejs_external_memory_bytes', type: 'gauge', help: 'Memory of Node.js outside its heap in bytes.' },
  { name: 'process_max_fds', type: 'gauge', help: 'Maximum number of open file descriptors.' },
  { name: 'process_open_fds', type: 'gauge', help: 'Number of open file descriptors.' },
] as const;

/**
 * What Prometheus client libraries tell of a process, and the cheap part of what prom-client tells of Node.js. prom-client's
 * own defaults cost more than the rest of a scrape together: one of them keeps a timer running, and its
 * `nodejs_active_*_total` are gauges with the name of counters. A number that cannot be read is left out: nothing that is
 * wrong with the process costs the page.
 */
class ProcessMetrics {
  readonly #startTime = Date.now() / 1000 - process.uptime();
  readonly #maxDescriptors = readMaxDescriptors();
  readonly #readResident = openResidentMemory();
  readonly #heads = { text: headsIn('text'), openmetrics: headsIn('openmetrics') };

  render(format: ExpositionFormat): string {
    const { user, system } = process.cpuUsage();
    const heap = getHeapStatistics();
    const values = [
      user / 1e6,
      system / 1e6,
      (user + system) / 1e6,
      this.#startTime,
      this.#readResident(),
      heap.total_heap_size,
      heap.used_heap_size,
      heap.external_memory,
      this.#maxDescriptors,
      countDescriptors(),
    ];
    let text = '';
    for (const [index, value] of values.entries()) {
      if (value !== undefined) text += `${this.#heads[format][index]} ${value}\n`;
    }
    return text;
  }
}

function headsIn(format: ExpositionFormat): readonly string[] {
  return PROCESS_METRICS.map((metric) => headOfMetric(metric, format) + metric.name);
}

/** Reads resident memory from a file that stays open, which costs a third of opening it each time. */
function openResidentMemory(): () => number | undefined {
  const bytes = Buffer.alloc(128);
  try {
    const fd = openSync('/proc/self/statm', 'r');
    const countPages = () => Number(bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0)).split(' ')[1]);
    // Node does not tell the size of a page.
    const pageSize = 2 ** Math.round(Math.log2(process.memoryUsage.rss() / countPages()));
    return () => countPages() * pageSize;
  } catch {
    // Without /proc, as on macOS.
    return () => process.memoryUsage.rss();
  }
}

function readMaxDescriptors(): number | undefined {
  try {
    const line = /^Max open files\s{1,40}(\d{1,20})/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return line?.[1] === undefined ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}

function countDescriptors(): number | undefined {
  try {
    // Linux 6.2 and later tell the number as the size of the folder. Listing it takes a descriptor, and there may be none.
    return statSync('/proc/self/fd').size || readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}
