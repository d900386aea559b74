import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { findTool, requireTool } from '../support/tools.ts';
import { Rehearsal } from './rehearsal.ts';
import { isAlert, metricsIn, nodesOf, readRuleGroups, nameOf } from './rule-file.ts';

const text = readFileSync(fileURLToPath(new URL('../../docs/runbooks.md', import.meta.url)), 'utf8');
/** The text below each heading of an alert, by the alert's name. */
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n'))] as const),
);
const rules = readRuleGroups().flatMap((group) => group.rules);
const alerts = rules.filter(isAlert).map(nameOf);
const recorded = new Set(rules.filter((rule) => !isAlert(rule)).map(nameOf));

function blocksOf(section: string, language: string): readonly string[] {
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] ?? '');
}

/** The queries of a block: each begins at the margin, and what is indented or closes a bracket goes on. */
function queriesIn(block: string): readonly string[] {
  return block.trim().split(/\n(?![\s)])/);
}

describe('docs/runbooks.md', () => {
  it('has a section for each alert, and no other', () => {
    expect([...sections.keys()].toSorted()).to.deep.equal(alerts.toSorted());
  });

  for (const [alert, section] of sections) {
    it(`says of ${alert} what it means, what to look at, what to do and how to silence it`, () => {
      const headings = [...section.matchAll(/^### (.*)$/gm)].map((match) => match[1]);
      expect(headings).to.deep.equal(['What to look at', 'What to do', 'How to silence it']);
      expect(section.slice(0, section.indexOf('###')).trim().length).to.be.greaterThan(80);
      expect(section).to.match(/^1\. /m);
    });

    it(`looks for ${alert} with queries that Prometheus understands, of series that exist`, () => {
      const queries = blocksOf(section, 'promql').flatMap(queriesIn);
      expect(queries).to.not.have.lengthOf(0);
      for (const query of queries) {
        expect(nodesOf(query)).to.not.have.lengthOf(0);
        for (const metric of metricsIn(query)) {
          expect(
            metric.startsWith('thedex_') || metric === 'up' || metric.startsWith('process_') || recorded.has(metric),
            metric,
          ).to.equal(true);
        }
      }
    });
  }

  describe('with an Alertmanager', () => {
    let rehearsal: Rehearsal;

    before(async function () {
      const program = findTool('alertmanager') ?? requireTool(this, 'prometheus-alertmanager');
      this.timeout(60_000);
      rehearsal = new Rehearsal();
      await rehearsal.start(program);
    });

    after(async function () {
      this.timeout(30_000);
      // A skipped `before` has made none.
      await (rehearsal as Rehearsal | undefined)?.stop();
    });

    for (const alert of alerts) {
      it(`silences ${alert} by its command, for one account or target alone`, async function () {
        const amtool = requireTool(this, 'amtool');
        this.timeout(30_000);
        const [command = ''] = blocksOf(sections.get(alert) ?? '', 'sh');
        expect(command).to.match(/^amtool silence add --alertmanager\.url=http:\/\/localhost:9093 /);
        const local = command.replace('http://localhost:9093', rehearsal.url).replace(/^amtool/, amtool);
        execFileSync('sh', ['-c', local], { stdio: 'pipe' });
        const response = await fetch(`${rehearsal.url}/api/v2/silences?filter=alertname%3D%22${alert}%22`);
        const silences = (await response.json()) as { matchers: { name: string; value: string }[] }[];
        const names = silences.flatMap(({ matchers }) => matchers.map(({ name }) => name)).toSorted();
        expect(names).to.deep.equal(['alertname', ...labelsNamedBy(alert)].toSorted());
      });
    }
  });
});

/** What an alert is about: the labels that its text names. */
function labelsNamedBy(alert: string): readonly string[] {
  if (alert === 'TheDexExporterAbsent') return [];
  if (alert === 'TheDexExporterDown') return ['instance'];
  if (alert === 'TheDexReloadFailed') return ['job'];
  const { description = '' } = rules.filter(isAlert).find((rule) => rule.alert === alert)?.annotations ?? {};
  return ['account', ...['currency', 'fiat'].filter((label) => description.includes(`$labels.${label} }}`))];
}
