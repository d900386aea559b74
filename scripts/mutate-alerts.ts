/**
 * Breaks every rule of alerts/thedex.rules.yml in every clause, one at a time, and demands that a unit test fails.
 *
 *     node --import tsx scripts/mutate-alerts.ts [PART-OF-A-RULE'S-NAME]
 *
 * Prints what survives, and exits with 1 if anything does that is not in the list of equivalent mutants below.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mutantsOf, type Mutant } from '../test/alerts/mutations.ts';
import { equivalents, type Equivalent } from '../test/alerts/equivalents.ts';
import {
  alertsFolder,
  isAlert,
  nameOf,
  readRuleGroups,
  withDependencies,
  type AlertRule,
  type Rule,
} from '../test/alerts/rule-file.ts';

/** How a mutant ended; `invalid` ones are no PromQL, so that Prometheus would not even load them. */
type Outcome = 'killed' | 'survived' | 'invalid';

const run = promisify(execFile);
const rules = readRuleGroups().flatMap((group) => group.rules);
const alerts = rules.filter(isAlert);
const testFiles = readdirSync(join(alertsFolder, 'tests'));

/** What tests the series that rules record. */
const RECORDED = 'recorded.test.yml';

/** `TheDexApiSlow` is tested by `alerts/tests/api-slow.test.yml`, and by others that begin with `api-slow.`. */
function testFilesOf({ alert }: AlertRule): readonly string[] {
  const words = alert.replace(/^TheDex/, '').replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-');
  return testFiles.filter((file) => file.startsWith(`${words.toLowerCase()}.`));
}

/** Runs a file of tests against some of the rules, one of these being replaced. */
async function runTests(file: string, needed: readonly Rule[], original: Rule, mutant: Rule): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'));
  const copy = join(folder, 'tests', file);
  mkdirSync(join(folder, 'tests'));
  cpSync(join(alertsFolder, 'tests', file), copy);
  // Texts are shown by a test of their own.
  const mutated = needed.map((rule) => ({ ...(rule === original ? mutant : rule), annotations: undefined }));
  writeFileSync(join(folder, 'thedex.rules.yml'), JSON.stringify({ groups: [{ name: 'mutant', rules: mutated }] }));
  try {
    await run('promtool', ['test', 'rules', copy]);
    return 'survived';
  } catch (error) {
    const { stderr } = error as { stderr: string };
    return stderr.includes('could not parse expression') ? 'invalid' : 'killed';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How many minutes a file of tests simulates. */
function minutesOf(file: string): number {
  const text = readFileSync(join(alertsFolder, 'tests', file), 'utf8');
  return Math.max(...[...text.matchAll(/eval_time: (\d+)m/g)].map(([, minutes]) => Number(minutes)));
}

/** Runs the tests of every rule that the broken rule has a part in, until one fails: what takes longest comes last. */
async function judge(original: Rule, mutant: Mutant): Promise<Outcome> {
  const recordings = rules.filter((rule) => !isAlert(rule));
  const dependents = alerts
    .filter((one) => withDependencies(one, rules).includes(original))
    .flatMap((one) => testFilesOf(one).map((file) => ({ file, needed: withDependencies(one, rules) })))
    .toSorted((a, b) => minutesOf(a.file) - minutesOf(b.file));
  const tests = [...(isAlert(original) ? [] : [{ file: RECORDED, needed: recordings }]), ...dependents];
  for (const { file, needed } of tests) {
    const outcome = await runTests(file, needed, original, mutant.rule);
    if (outcome !== 'survived') return outcome;
  }
  return 'survived';
}

function excuseFor(rule: Rule, mutant: Mutant): Equivalent | undefined {
  return equivalents.find(
    (one) => one.rule === nameOf(rule) && one.what === mutant.what && mutant.where.startsWith(one.where),
  );
}

async function main(filter: string): Promise<number> {
  const untested = alerts.filter((alert) => testFilesOf(alert).length === 0);
  const jobs = rules
    .filter((rule) => nameOf(rule).includes(filter))
    .flatMap((rule) => mutantsOf(rule).map((mutant) => ({ rule, mutant })));
  const counts = { killed: 0, survived: 0, invalid: 0, equivalent: 0 };
  const used = new Set<Equivalent>();
  const worker = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { rule, mutant } = job;
      const outcome = await judge(rule, mutant);
      const excuse = outcome === 'survived' ? excuseFor(rule, mutant) : undefined;
      counts[excuse === undefined ? outcome : 'equivalent'] += 1;
      if (excuse !== undefined) {
        used.add(excuse);
      } else if (outcome === 'survived') {
        process.stdout.write(`SURVIVED ${nameOf(rule)}: ${mutant.where}\n  ${mutant.what}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  const unused = filter === '' ? equivalents.filter((one) => !used.has(one)) : [];
  process.stdout.write(untested.map((alert) => `NO TESTS ${alert.alert}\n`).join(''));
  process.stdout.write(unused.map((one) => `NOT EQUIVALENT ${one.rule}: ${one.where}\n  ${one.what}\n`).join(''));
  process.stdout.write(
    `${String(counts.killed)} killed, ${String(counts.survived)} survived, ` +
      `${String(counts.equivalent)} equivalent, ${String(counts.invalid)} that Prometheus would not load\n`,
  );
  return counts.survived + untested.length + unused.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2] ?? '');
