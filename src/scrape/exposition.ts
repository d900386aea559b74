import { Registry, type Metric } from 'prom-client';
import type { MetricBlock } from './render-snapshot.ts';

/** The exposition formats, by their content type. */
export const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const;
export type ExpositionFormat = keyof typeof CONTENT_TYPES;

/** A registry for one page: the exporter's own metrics, if they belong on it, and the blocks of one snapshot. */
export function createPageRegistry(blocks: readonly MetricBlock[], own: Registry | undefined): PageRegistry {
  const page = new PageRegistry();
  for (const block of blocks) page.registerMetric(new RenderedGauge(block) as unknown as Metric);
  for (const metric of own?.getMetricsAsArray() ?? []) page.registerMetric(metric as unknown as Metric);
  return page;
}

/** A gauge whose samples are text already; it stands in a registry beside prom-client's own metrics. */
class RenderedGauge {
  readonly name: string;
  readonly help: string;
  readonly type = 'gauge';
  readonly text: string;

  constructor({ metric, text }: MetricBlock) {
    this.name = metric.name;
    this.help = metric.help;
    this.text = text;
  }
}

/**
 * prom-client's registry, always rendered in the text format: asked for OpenMetrics, prom-client renames its counters
 * in place, and every later page lacks their `_total`. The few places where the formats differ are adapted on the
 * rendered page instead.
 */
class PageRegistry extends Registry {
  override getSingleMetricAsString(name: string): Promise<string> {
    const metric: unknown = this.getSingleMetric(name);
    return metric instanceof RenderedGauge ? Promise.resolve(metric.text) : super.getSingleMetricAsString(name);
  }

  /** The page in one of the formats. */
  async render(format: ExpositionFormat): Promise<string> {
    const metrics = this.getMetricsAsArray();
    const blocks = await Promise.all(metrics.map(({ name }) => this.getSingleMetricAsString(name)));
    if (format === 'text') return `${blocks.join('\n')}\n`;
    return `${blocks.map((block, index) => toOpenMetrics(block, metrics[index])).join('\n')}\n# EOF\n`;
  }
}

export type { PageRegistry };

// OpenMetrics names a counter's family without `_total`, and writes a bucket's bound as a float.
function toOpenMetrics(block: string, metric: { name: string; type: unknown } | undefined): string {
  if (metric?.type === 'histogram') return block.replaceAll(/le="(\d+)"/g, 'le="$1.0"');
  if (metric?.type !== 'counter') return block;
  const { name } = metric;
  const family = name.replace(/_total$/, '');
  return block
    .replace(`# HELP ${name} `, `# HELP ${family} `)
    .replace(`# TYPE ${name} counter`, `# TYPE ${family} counter`);
}
