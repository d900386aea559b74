import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { SyntaxNode } from '@lezer/common';
import { requireTool } from '../support/tools.ts';
import { alertsFolder, isAlert, metricsIn, nameOf, nodesOf, readRuleGroups, rulesPath } from './rule-file.ts';

/** Where people read the runbooks; GitHub makes the anchor of a heading by writing it in lower case. */
const RUNBOOKS = 'https://github.com/thedex-exporter/thedex-exporter/blob/main/docs/runbooks.md';
/** What every series of one account shares. */
const IDENTITY = ['job', 'instance', 'account'];
/** The severities that alerts/alertmanager.yml has a route for. */
const SEVERITIES = ['critical', 'warning', 'info'];
/** Simulating 15 hours of a down exporter takes promtool some seconds on a busy machine. */
const UNIT_TESTS_WITHIN_MS = 120_000;

const groups = readRuleGroups();
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter(isAlert);
const recorded = rules.filter((rule) => !isAlert(rule)).map(nameOf);

/** The metrics that docs/metrics.md lists, which its own test compares with the program's. */
function documentedMetrics(): readonly string[] {
  const text = readFileSync(fileURLToPath(new URL('../../docs/metrics.md', import.meta.url)), 'utf8');
  return [...text.matchAll(/^\| `(thedex_\w+)`/gm)].map((match) => match[1] ?? '');
}

function labelsOf(clause: SyntaxNode | null, expr: string): readonly string[] {
  const names = clause?.getChild('GroupingLabels')?.getChildren('LabelName') ?? [];
  return names.map((node) => expr.slice(node.from, node.to));
}

/** An operand without its parentheses, and without the comparisons that filter it. */
function coreOf(node: SyntaxNode | null): SyntaxNode | null {
  const isFilter = node?.name === 'BinaryExpr' && node.lastChild?.name === 'NumberDurationLiteral';
  if (isFilter || node?.name === 'ParenExpr') {
    return coreOf(node.firstChild);
  }
  return node;
}

/** Runs files of unit tests in two lanes, because each takes seconds of one processor. */
function startUnitTests(promtool: string, files: readonly string[]): ReadonlyMap<string, Promise<unknown>> {
  const lanes: [Promise<unknown>, Promise<unknown>] = [Promise.resolve(), Promise.resolve()];
  return new Map(
    files.map((file, index) => {
      const lane = index % 2 === 0 ? 0 : 1;
      const result = lanes[lane].then(() => promisify(execFile)(promtool, ['test', 'rules', join(alertsFolder, file)]));
      lanes[lane] = result.catch(() => undefined);
      return [file, result];
    }),
  );
}

describe('alerts/thedex.rules.yml', () => {
  it('passes every check of promtool', function () {
    execFileSync(requireTool(this, 'promtool'), ['check', 'rules', '--lint=all', '--lint-fatal', rulesPath], {
      stdio: 'pipe',
    });
  });

  const testFiles = readdirSync(join(alertsFolder, 'tests')).map((file) => join('tests', file));
  const unitTests = ['thedex.rules.test.yml', ...testFiles];

  describe('does what the unit tests say, in', () => {
    let results: ReadonlyMap<string, Promise<unknown>>;

    before(function () {
      results = startUnitTests(requireTool(this, 'promtool'), unitTests);
    });

    for (const file of unitTests) {
      it(file, async function () {
        this.timeout(UNIT_TESTS_WITHIN_MS);
        await results.get(file);
      });
    }
  });

  it('names no rule twice', () => {
    expect(rules.map(nameOf)).to.deep.equal([...new Set(rules.map(nameOf))]);
  });

  it('leaves the interval to Prometheus, because the windows are made for a minute or less', () => {
    expect(groups.every((group) => !('interval' in group))).to.equal(true);
  });

  for (const rule of rules) {
    describe(nameOf(rule), () => {
      const { expr } = rule;
      const nodes = nodesOf(expr);

      it('reads metrics that exist', () => {
        expect([...documentedMetrics(), ...recorded, 'up']).to.include.members([...metricsIn(expr)]);
      });

      it('takes no rate of what is a gauge', () => {
        expect(nodes.filter((node) => ['Rate', 'Irate', 'Increase', 'Deriv'].includes(node.name))).to.deep.equal([]);
      });

      it('keeps job, instance and account in every aggregation and every match', () => {
        for (const clause of nodes.filter((node) =>
          ['AggregateModifier', 'MatchingModifierClause'].includes(node.name),
        )) {
          const isWithout = clause.getChild('Without') !== null;
          expect(labelsOf(clause, expr), expr.slice(clause.from, clause.to)).to.include.members(
            isWithout ? [] : IDENTITY,
          );
          expect(isWithout && labelsOf(clause, expr).length > 0, 'without (...) drops nothing').to.equal(false);
        }
      });

      it('aggregates the one side of each match by exactly the labels that it is matched on', () => {
        for (const clause of nodes.filter((node) => node.name === 'MatchingModifierClause')) {
          const isLeft = clause.getChild('GroupLeft') !== null;
          const match = clause.parent;
          if (match !== null && (isLeft || clause.getChild('GroupRight') !== null)) {
            const one = coreOf(isLeft ? match.lastChild : match.firstChild);
            const label = expr.slice(match.from, match.to);
            expect(one?.name, label).to.equal('AggregateExpr');
            const by = labelsOf(one?.getChild('AggregateModifier') ?? null, expr);
            expect(labelsOf(clause, expr), label).to.include.members([...by]);
          }
        }
      });

      it('matches by regular expression only where there is one', () => {
        const matchers = nodes.filter((node) => node.name === 'EqlRegex' || node.name === 'NeqRegex');
        for (const { parent } of matchers) {
          const value = parent?.parent?.getChild('StringLiteral');
          expect(expr.slice(value?.from, value?.to)).to.match(/[.*+?|()[\]]/);
        }
      });
    });
  }

  for (const name of recorded) {
    it(`records ${name} under a name of level, metric and operation`, () => {
      expect(name).to.match(/^(instance|currency):thedex_[a-z_]+:[a-z0-9]+$/);
    });
  }

  for (const { alert, expr, labels = {}, annotations = {}, ...rule } of alerts) {
    describe(`the alert ${alert}`, () => {
      const { summary = '', description = '', runbook_url: runbook = '' } = annotations;

      it('has a severity that is routed, and no other label that would break its identity', () => {
        expect(Object.keys(labels)).to.deep.equal(['severity']);
        expect(SEVERITIES).to.include(labels['severity']);
      });

      it('waits before it fires', () => {
        expect(rule.for).to.match(/^[1-9]\d*[mh]$/);
      });

      it('compares with something, so that it can resolve', () => {
        const deciding = new Set(['Lss', 'Gtr', 'Eql', 'Neq', 'Absent', 'Unless']);
        expect(nodesOf(expr).some((node) => deciding.has(node.name))).to.equal(true);
      });

      it('has a summary that is the same for all, so that alerts can be grouped by it', () => {
        expect(summary)
          .to.match(/^[A-Z].*\.$/)
          .and.not.include('{{');
      });

      it('has a description that says where, how much, and what to do first', () => {
        expect(description).to.match(/(\.|\}) *First (see|look|read|compare) /);
        if (alert !== 'TheDexExporterAbsent') {
          const shown = ['$labels.job', '$labels.instance', '{{ with $labels.account }}', 'alue'];
          const ofCurrency = expr.includes('thedex_balance{') && !expr.includes('fiat') ? ['$labels.currency'] : [];
          for (const part of [...shown, ...ofCurrency]) {
            expect(description.replaceAll('{{- ', '{{ ')).to.include(part);
          }
        }
      });

      it('links to its runbook', () => {
        expect(runbook).to.equal(`${RUNBOOKS}#${alert.toLowerCase()}`);
      });

      it('has unit tests of its own', () => {
        const own = testFiles.filter((file) => readFileSync(join(alertsFolder, file), 'utf8').startsWith(`# ${alert}`));
        expect(own).to.have.lengthOf(1);
      });
    });
  }
});
