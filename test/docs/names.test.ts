import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { FLAGS, variableOf } from '../../src/config/flags.ts';
import { ACCOUNT_METRICS } from '../../src/scrape/metrics.ts';
import { describeOwnMetrics } from './own-metrics.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name))].filter((name) =>
  name.endsWith('.md'),
);
const scripts = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;

async function knownMetrics(): Promise<string[]> {
  const own = (await describeOwnMetrics()).map(({ name }) => name);
  const account = Object.values(ACCOUNT_METRICS).map(({ name }) => name);
  return [...account, ...own, ...own.flatMap((name) => ['_bucket', '_sum', '_count'].map((suffix) => name + suffix))];
}

describe('the names in the documentation', () => {
  const metrics: string[] = [];
  before(async () => metrics.push(...(await knownMetrics())));
  const flags = FLAGS.flatMap(({ name }) => [name, `no-${name}`]);
  const variables = [...FLAGS.flatMap(({ name }) => variableOf(name) ?? []), 'THEDEX_API_KEY', 'THEDEX_SECRET_KEY'];
  const known: Record<string, [RegExp, readonly string[]]> = {
    'metrics are those of the program': [
      /(?<!:)\bthedex_(?:balance|value|invalid|exchange|payout|up|scrape|exporter)\w*(?!\w*[.…*])/g,
      metrics,
    ],
    'flags are those of the program': [
      /(?<=--)(?:no-)?(?:config|thedex|collector|web|log|sandbox)\.[a-z.-]*[a-z]/g,
      flags,
    ],
    'variables are those of the program': [/\bTHEDEX_[A-Z_]*[A-Z]\b/g, variables],
  };
  for (const page of PAGES) {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [promise, [pattern, names]] of Object.entries(known)) {
      it(`${page}: ${promise}`, () => {
        for (const [name] of text.matchAll(pattern)) {
          // A prefix of names, as in `thedex_scrape_collector_…`, stands for all that begin with it.
          expect(
            names.some((each) => each === name || (name.endsWith('_') && each.startsWith(name))),
            name,
          ).to.equal(true);
        }
      });
    }
    it(`${page}: npm scripts are there`, () => {
      for (const [, name = ''] of text.matchAll(/npm run ([a-z:-]+)/g)) expect(scripts, name).to.have.property(name);
    });
    it(`${page}: YAML can be read`, () => {
      for (const [, yaml = ''] of text.matchAll(/```ya?ml\n(.*?)```/gs)) {
        for (const document of parseAllDocuments(yaml)) expect(document.errors, yaml).to.deep.equal([]);
      }
    });
  }
});
