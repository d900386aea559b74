import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ACCOUNT_METRICS } from '../../src/scrape/metrics.ts';
import { REASONS } from '../../src/thedex/errors.ts';
import { describeOwnMetrics } from './own-metrics.ts';

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

  it('describes every metric as the program does, in the order of its page', async () => {
    expect(rows).to.deep.equal(
      [...account, ...(await describeOwnMetrics())].map(({ name, type, labels, help }) => ({
        name,
        type,
        labels: [...labels],
        help,
      })),
    );
  });
  it('describes every reason, in the order of its page', () => {
    const reasons = page.split('## Reasons')[1]?.split('## ')[0] ?? '';
    const named = [...reasons.matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason);
    expect(named).to.deep.equal([...REASONS]);
  });
});
