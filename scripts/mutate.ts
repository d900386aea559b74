// Breaks the program in every small way and prints the ways that no test notices: `npm run mutate`.
//
// `--file=src/thedex/signature.ts` breaks one file alone; `--sample=40 --seed=1` a part of all. Each mutant changes one
// place of one file in a copy, and runs the tests of that file there. The status is 1 if one survives that
// test/mutation/equivalents.ts does not explain.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/sandbox/random.ts';
import { EQUIVALENTS } from '../test/mutation/equivalents.ts';
import { listMutants, type Mutant } from '../test/mutation/mutants.ts';
import { copyWith } from '../test/support/planted.ts';

/** What is broken, and by which tests that has to be noticed. */
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  'src/lib/decimal.ts': ['test/lib/decimal.test.ts', 'test/thedex/answers.test.ts'],
  'src/thedex/signature.ts': ['test/thedex/signature.test.ts'],
  'src/thedex/answers.ts': ['test/thedex/answers.test.ts'],
  'src/thedex/classify.ts': [
    'test/thedex/classify.test.ts',
    'test/thedex/client.test.ts',
    'test/thedex/connection.test.ts',
  ],
  'src/thedex/client.ts': ['test/thedex/client.test.ts', 'test/thedex/connection.test.ts'],
  'src/thedex/connection.ts': ['test/thedex/connection.test.ts', 'test/thedex/client.test.ts'],
  'src/scrape/scrape.ts': ['test/scrape/*.test.ts'],
  'src/scrape/account.ts': ['test/scrape/*.test.ts'],
  'src/scrape/metrics.ts': ['test/scrape/*.test.ts'],
  'src/scrape/page.ts': ['test/scrape/*.test.ts', 'test/web/app.test.ts'],
  'src/web/app.ts': ['test/web/app.test.ts'],
  'src/exporter.ts': ['test/program.test.ts', 'test/scrape/account.test.ts'],
};

/** A mutant that hangs the tests is noticed, too. */
const KILLED_AFTER_MS = 90_000;
/** On two cores, two at a time. */
const AT_A_TIME = 2;

const { values } = parseArgs({
  options: { file: { type: 'string' }, sample: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const subjects = Object.entries(SUBJECTS).filter(([file]) => values.file === undefined || file === values.file);
const all = subjects.flatMap(([file]) => listMutants(file));
const mutants = values.sample === undefined ? all : draw(all, Number(values.sample), Number(values.seed));
const equivalent = mutants.filter(isEquivalent);
const toTry = mutants.filter((mutant) => !isEquivalent(mutant));
process.stdout.write(`${all.length} mutants, ${toTry.length} to try, ${equivalent.length} equivalent\n`);

const survivors: Mutant[] = [];
const queue = [...toTry];
await Promise.all(Array.from({ length: AT_A_TIME }, work));
process.stdout.write(
  `${toTry.length - survivors.length} killed, ${survivors.length} survived, ${equivalent.length} equivalent\n`,
);
process.exitCode = survivors.length === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    if (await survives(mutant)) {
      survivors.push(mutant);
      process.stdout.write(`survived: ${mutant.file}:${mutant.line}: ${mutant.what}\n`);
    }
  }
}

async function survives(mutant: Mutant): Promise<boolean> {
  const planted = copyWith(mutant.file, mutant.text);
  try {
    return await passes(planted.folder, SUBJECTS[mutant.file] ?? []);
  } finally {
    planted.remove();
  }
}

function passes(folder: string, specs: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(
      'node_modules/.bin/mocha',
      ['--config', '.mocharc.json', '--bail', '--exit', ...specs.flatMap((spec) => ['--spec', spec])],
      {
        cwd: folder,
        stdio: 'ignore',
        detached: true,
      },
    );
    const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), KILLED_AFTER_MS);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

function isEquivalent({ file, what }: Mutant): boolean {
  return EQUIVALENTS.some((each) => each.file === file && each.what === what);
}

function draw(from: readonly Mutant[], count: number, seed: number): Mutant[] {
  const random = createRandom(seed);
  return from
    .map((mutant) => ({ mutant, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .slice(0, count)
    .map(({ mutant }) => mutant);
}
