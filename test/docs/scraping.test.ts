import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { useScratch } from '../support/scratch.ts';
import { findTool, requireTool, skipLoudly } from '../support/tools.ts';

describe('docs/scraping.md', () => {
  const scratch = useScratch();
  const page = readFileSync(new URL('../../docs/scraping.md', import.meta.url), 'utf8');

  it('shows a configuration that Prometheus accepts', function () {
    const promtool = requireTool(this, 'promtool');
    const example = /^```yaml\n(# prometheus\.yml\n.*?)^```$/ms.exec(page)?.[1] ?? '';
    expect(example).to.contain('metric_relabel_configs');
    execFileSync(promtool, ['check', 'config', scratch.write('prometheus.yml', example)], { stdio: 'pipe' });
  });

  it('makes rules of its command that promtool accepts, and vmalert where it is installed', function () {
    const promtool = requireTool(this, 'promtool');
    const command = /^sed -E .*?>vmalert\.rules\.yml$/ms.exec(page)?.[0] ?? '';
    const rules = join(scratch.path, 'vmalert.rules.yml');
    execFileSync('sh', ['-c', command.replace(/>vmalert.*$/, `>${rules}`)], { stdio: 'pipe' });
    expect(readFileSync(rules, 'utf8')).not.to.contain('keep_firing_for');
    execFileSync(promtool, ['check', 'rules', rules], { stdio: 'pipe' });
    const vmalert = findTool('vmalert') ?? skipLoudly(this, 'vmalert');
    execFileSync(vmalert, [`-rule=${rules}`, '-dryRun', '-datasource.url=http://127.0.0.1:9'], { stdio: 'pipe' });
  });
});
