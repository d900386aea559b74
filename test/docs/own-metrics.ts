import { OwnMetrics } from '../../src/scrape/own-metrics.ts';

/** A metric as its page describes it. */
export interface DescribedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** The exporter's own metrics, in the order of their page. */
export async function describeOwnMetrics(): Promise<DescribedMetric[]> {
  const page = await new OwnMetrics({ version: '1.2.3', revision: 'abc' }).render('text');
  return [...page.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)\n(.*)$/gm)].map(
    ([, name = '', help = '', type = '', sample = '']) => ({
      name,
      type,
      help,
      labels: [...sample.matchAll(/([a-z]\w*)="/g)].map(([, label = '']) => label).filter((label) => label !== 'le'),
    }),
  );
}
