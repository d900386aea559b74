import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { requireTool } from '../support/tools.ts';
import { useScratch } from '../support/scratch.ts';
import { rulesPath, type RuleGroup } from './rule-file.ts';
import { scaleRules } from './scale.ts';

describe('scaleRules', () => {
  const scratch = useScratch();

  it('makes windows, offsets, steps and waiting times shorter, and nothing else', () => {
    const alert = { alert: 'A', expr: 'max_over_time(x[1h:5m] offset 30m) > 24', for: '10m' };
    const scaled = parse(scaleRules(JSON.stringify({ groups: [{ name: 'g', rules: [alert] }] }), 60)) as {
      groups: RuleGroup[];
    };
    expect(scaled.groups).to.deep.equal([
      {
        name: 'g',
        rules: [{ alert: 'A', expr: 'max_over_time(x[60000ms:5000ms] offset 30000ms) > 24', for: '10000ms' }],
      },
    ]);
  });

  it('leaves the rules such that Prometheus takes them', function () {
    const file = scratch.write('rules.yml', scaleRules(readFileSync(rulesPath, 'utf8'), 360));
    execFileSync(requireTool(this, 'promtool'), ['check', 'rules', file], { stdio: 'pipe' });
  });
});
