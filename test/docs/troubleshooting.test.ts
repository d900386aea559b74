import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { REASONS } from '../../src/thedex/errors.ts';

describe('docs/troubleshooting.md', () => {
  const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');

  it('has a section for every reason, in the order of the metrics page', () => {
    const section = page.split('\n## By reason\n')[1]?.split('\n## ')[0] ?? '';
    expect([...section.matchAll(/^### (\w+)$/gm)].map(([, reason]) => reason)).to.deep.equal([...REASONS]);
  });
});
