import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { SyntaxNode } from '@lezer/common';
import { findNewerPrometheus, requireNewerPrometheus } from '../support/newer-prometheus.ts';
import { useScratch } from '../support/scratch.ts';
import { requireTool } from '../support/tools.ts';
import {
  alertsFolder,
  isAlert,
  metricsIn,
  nameOf,
  nodesOf,
  readRuleGroups,
  rulesPath,
  withDependencies,
} from './rule-file.ts';

/** Where people read the runbooks; GitHub makes the anchor of a heading by writing it in lower case. */
const RUNBOOKS = 'https://github.com/thedex-exporter/thedex-exporter/blob/main/docs/runbooks.md';
/** What a series of an account lacks: which target it came from. */
const OF_TARGETS = ['instance', 'pod', 'container', 'endpoint', 'node', 'host'];
/** What is told of targets or of all accounts, and names none. */
const WITHOUT_ACCOUNT = new Set(['TheDexExporterAbsent', 'TheDexReloadFailed']);
/** The severities that alerts/alertmanager.yml has a route for. */
const SEVERITIES = ['critical', 'warning', 'info'];
/** Simulating a week of a currency that has disappeared takes promtool some seconds, and more on a busy machine. */
const UNIT_TESTS_WITHIN_MS = 180_000;
/** The versions of Prometheus that the rules are for. */
const DISTRIBUTED = "the distribution's Prometheus";
const NEWER = 'the next major version';
/** Packages of some 50 MB have to be fetched first. */
const FETCH_WITHIN_MS = 120_000;

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

/**
 * A copy of a file of unit tests, beside the rules that can change its results: those that it names, and what these
 * read. Texts are left out as well: they are shown, and compared, by the file beside the rules.
 *
 * @returns its path
 */
function copyUnitTest(file: string, folder: string): string {
  const text = readFileSync(join(alertsFolder, file), 'utf8');
  const named = rules.filter((rule) => text.includes(isAlert(rule) ? `"${rule.alert}"` : rule.record));
  const needed = new Set(named.flatMap((rule) => withDependencies(rule, rules)));
  const copies = rules.filter((rule) => needed.has(rule)).map((rule) => ({ ...rule, annotations: undefined }));
  const own = join(folder, basename(file));
  mkdirSync(join(own, 'tests'), { recursive: true });
  writeFileSync(join(own, 'thedex.rules.yml'), JSON.stringify({ groups: [{ name: 'thedex', rules: copies }] }));
  writeFileSync(join(own, 'tests', 'copy.test.yml'), text);
  return join(own, 'tests', 'copy.test.yml');
}

/** Runs files of unit tests one after another: each takes seconds of one processor. */
function startUnitTests(
  promtool: string,
  tests: readonly { readonly file: string; readonly path: string }[],
): ReadonlyMap<string, Promise<unknown>> {
  let last: Promise<unknown> = Promise.resolve();
  return new Map(
    tests.map(({ file, path }) => {
      const result = last.then(() => promisify(execFile)(promtool, ['test', 'rules', path]));
      last = result.catch(() => undefined);
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
  describe('does what the unit tests say', () => {
    const scratch = useScratch();
    const files = ['thedex.rules.test.yml', ...testFiles];
    const results: Record<string, ReadonlyMap<string, Promise<unknown>>> = {};

    // The versions are tried side by side, on a processor each.
    before(function () {
      this.timeout(FETCH_WITHIN_MS);
      const copies = testFiles.map((file) => ({ file, path: copyUnitTest(file, scratch.path) }));
      const tests = [{ file: 'thedex.rules.test.yml', path: join(alertsFolder, 'thedex.rules.test.yml') }, ...copies];
      const newer = findNewerPrometheus().folder;
      if (newer !== undefined) results[NEWER] = startUnitTests(join(newer, 'promtool'), tests);
      results[DISTRIBUTED] = startUnitTests(requireTool(this, 'promtool'), tests);
    });

    for (const version of [DISTRIBUTED, NEWER]) {
      describe(`with ${version}, in`, () => {
        before(function () {
          this.timeout(FETCH_WITHIN_MS);
          if (version === NEWER) requireNewerPrometheus(this);
        });

        for (const file of files) {
          it(file, async function () {
            this.timeout(UNIT_TESTS_WITHIN_MS);
            await results[version]?.get(file);
          });
        }
      });
    }
  });

  it('shows the text of every alert, and no template that fails', () => {
    const text = readFileSync(join(alertsFolder, 'thedex.rules.test.yml'), 'utf8');
    for (const { alert } of alerts) expect(text).to.include(`alertname: ${alert}\n`);
    expect(text).to.not.match(/error expanding|no value|exp_alerts: \[\]/);
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

      it('names what differs, so that labels of the target such as the team stay', () => {
        for (const clause of nodes.filter((node) =>
          ['AggregateModifier', 'MatchingModifierClause'].includes(node.name),
        )) {
          expect(clause.getChild('By') ?? clause.getChild('On'), expr.slice(clause.from, clause.to)).to.equal(null);
        }
      });

      it('takes an account for what remains without the labels of a target, all of them', () => {
        for (const clause of nodes.filter((node) => node.name === 'AggregateModifier')) {
          const dropped = labelsOf(clause, expr).filter((label) => OF_TARGETS.includes(label));
          expect([0, OF_TARGETS.length], expr.slice(clause.from, clause.to)).to.include(dropped.length);
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
    it(`records ${name} under a name of level, metric and, if it is not the metric itself, operation`, () => {
      expect(name).to.match(/^(instance|account):thedex_[a-z_]+(:[a-z0-9_]+)?$/);
    });
  }

  for (const { alert, expr, labels = {}, annotations = {}, ...rule } of alerts) {
    describe(`the alert ${alert}`, () => {
      const { summary = '', description = '', runbook_url: runbook = '' } = annotations;

      it('has a severity that is routed, its own or the one of its threshold, and no other label', () => {
        const { severity = '', ...others } = labels;
        expect(others).to.deep.equal({});
        expect([...SEVERITIES, '{{ or $labels.severity "warning" }}', '{{ $labels.severity }}']).to.include(severity);
      });

      it('waits before it fires', () => {
        expect(rule.for).to.match(/^[1-9]\d*[mh]$/);
      });

      it('compares with something, so that it can resolve', () => {
        const deciding = new Set(['Lss', 'Gtr', 'Eql', 'Neq', 'Absent', 'Unless', 'And']);
        expect(nodesOf(expr).some((node) => deciding.has(node.name))).to.equal(true);
      });

      it('has a summary that is a title: of which account, of which currency, in one sentence', () => {
        expect(summary).to.match(/\.$/);
        if (!WITHOUT_ACCOUNT.has(alert)) expect(summary).to.include('$labels.account');
        if (description.includes('$labels.currency')) expect(summary).to.include('$labels.currency');
      });

      it('has a description that says where, how much, and what to do first', () => {
        expect(description).to.match(/(\.|\}) *First (see|look|read|compare) /);
        if (alert === 'TheDexExporterAbsent') return;
        expect(description).to.include('$labels.job').and.to.include('alue');
        if (!WITHOUT_ACCOUNT.has(alert)) expect(description).to.include('$labels.account');
        // What is about an account must not name one of the targets that read it.
        expect(description.includes('$labels.instance')).to.equal(alert === 'TheDexExporterDown');
      });

      it('asks for series of its own account alone', () => {
        for (const [query] of `${summary}${description}`.matchAll(/printf "[^"]*thedex_[^"]*"/g)) {
          expect(query).to.match(/\{job=%q,cluster=%q,namespace=%q,account=%q/);
        }
      });

      it('links to its runbook', () => {
        expect(runbook).to.equal(`${RUNBOOKS}#${alert.toLowerCase()}`);
      });

      it('has unit tests of its own', () => {
        const own = testFiles.filter((file) =>
          readFileSync(join(alertsFolder, file), 'utf8').startsWith(`# ${alert}:`),
        );
        expect(own).to.have.lengthOf(1);
      });
    });
  }
});
