import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { ACCOUNT_METRICS } from '../../src/scrape/account-metrics.ts';
import { ExporterMetrics } from '../../src/scrape/exporter-metrics.ts';
import { registerProcessMetrics } from '../../src/scrape/process-metrics.ts';
import { REASONS } from '../../src/thedex/errors.ts';

interface Described {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

function ownMetrics(): Described[] {
  const registry = new Registry();
  const metrics = new ExporterMetrics(registry, { version: '1.2.3', revision: 'abc' });
  registerProcessMetrics(registry);
  expect(metrics).to.be.an('object');
  return registry.getMetricsAsArray().map((metric) => {
    const { name, type, help, labelNames } = metric as unknown as Omit<Described, 'labels'> & { labelNames: string[] };
    return { name, type, help, labels: labelNames };
  });
}

describe('docs/metrics.md', () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = page
    .split('\n')
    .filter((line) => /^\| `\w+` +\| (?:gauge|counter|histogram) /.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name = '', type = '', labels = '', help = '']) => ({
      name: name.replaceAll('`', ''),
      type,
      labels: labels === '' ? [] : labels.split(', ').map((label) => label.replaceAll('`', '')),
      help,
    }));
  const account = Object.values(ACCOUNT_METRICS).map((metric) => ({
    ...metric,
    labels: [...metric.labels],
    type: 'gauge',
  }));

  it('describes every metric as the program does, in the order of its page', () => {
    expect(rows).to.deep.equal(
      [...account, ...ownMetrics()].map(({ name, type, labels, help }) => ({ name, type, labels: [...labels], help })),
    );
  });
  it('describes every reason, in the order of its page', () => {
    const reasons = page.split('## Reasons')[1]?.split('## ')[0] ?? '';
    const named = [...reasons.matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason);
    expect(named).to.deep.equal([...REASONS]);
  });
});
