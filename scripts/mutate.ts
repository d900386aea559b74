// Breaks the program in every small way and prints the ways that no test notices: `npm run mutate`.
//
// `--subject=signing` breaks one subject alone, `--file=src/thedex/signature.ts` one file; `--sample=40 --seed=1` a part of
// all. Each mutant changes one place of one file in a copy, and runs the tests of its subject there, which have to pass before
// anything is changed. The status is 1 if one survives that test/mutation/equivalents.ts does not explain, or if an
// explanation there explains nothing.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/sandbox/random.ts';
import { EQUIVALENTS } from '../test/mutation/equivalents.ts';
import { listMutants, type Mutant } from '../test/mutation/mutants.ts';
import { SUBJECTS } from '../test/mutation/subjects.ts';
import { copyProgram, type Copy } from '../test/support/planted.ts';

/** A mutant that hangs the tests is noticed, too. */
const KILLED_AFTER_MS = 150_000;
/** A busy machine must not kill a mutant: only tests with a time of their own have less. */
const TEST_WITHIN_MS = 40_000;
/** On two cores, two at a time. */
const AT_A_TIME = 2;

const { values } = parseArgs({
  options: {
    subject: { type: 'string' },
    file: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const specsOf = new Map(
  Object.entries(SUBJECTS)
    .filter(([subject]) => values.subject === undefined || subject === values.subject)
    .flatMap(([, { files, specs }]) => files.map((file) => [file, specs] as const))
    .filter(([file]) => values.file === undefined || file === values.file),
);
const all = [...specsOf.keys()].flatMap((file) => listMutants(file));
const mutants = values.sample === undefined ? all : draw(all, Number(values.sample), Number(values.seed));
const equivalent = mutants.filter((mutant) => EQUIVALENTS.some((each) => explains(each, mutant)));
const toTry = mutants.filter((mutant) => !equivalent.includes(mutant));
process.stdout.write(
  `seed ${values.seed}: ${all.length} mutants, ${toTry.length} to try, ${equivalent.length} equivalent\n`,
);
const outdated = EQUIVALENTS.filter((each) => specsOf.has(each.file) && !all.some((mutant) => explains(each, mutant)));
for (const { file, what } of outdated) process.stdout.write(`explained, but not found: ${file}: ${what}\n`);

const survivors: Mutant[] = [];
const queue = [...toTry];
await expectToPass(new Set(specsOf.values()));
const startedAt = performance.now();
await Promise.all(Array.from({ length: AT_A_TIME }, work));
const minutes = (performance.now() - startedAt) / 60_000;
process.stdout.write(
  `${toTry.length - survivors.length} killed, ${survivors.length} survived, ${equivalent.length} equivalent, in ${minutes.toFixed(1)} minutes\n`,
);
process.exitCode = survivors.length + outdated.length === 0 ? 0 : 1;

// One copy for all that a worker tries: what is translated once is translated for the others, too.
async function work(): Promise<void> {
  const copy = copyProgram();
  try {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const restore = copy.change(mutant.file, mutant.text);
      if (await passes(copy, specsOf.get(mutant.file) ?? [])) {
        survivors.push(mutant);
        process.stdout.write(`survived: ${mutant.file}:${mutant.line}: ${mutant.what}\n`);
      }
      restore();
    }
  } finally {
    copy.remove();
  }
}

// Tests that fail anyway would take every mutant for a killed one.
async function expectToPass(suites: Iterable<readonly string[]>): Promise<void> {
  const copy = copyProgram();
  try {
    for (const specs of suites) {
      if (!(await passes(copy, specs))) throw new Error(`these fail without any change: ${specs.join(' ')}`);
    }
  } finally {
    copy.remove();
  }
}

function passes({ folder }: Copy, specs: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        'node_modules/mocha/bin/mocha.js',
        '--bail',
        '--exit',
        `--timeout=${TEST_WITHIN_MS}`,
        ...specs.flatMap((spec) => ['--spec', spec]),
      ],
      { cwd: folder, stdio: 'ignore', detached: true },
    );
    const killGroup = (): void => {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    };
    const timer = setTimeout(killGroup, KILLED_AFTER_MS);
    process.once('exit', killGroup);
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('exit', killGroup);
      resolve(code === 0);
    });
  });
}

function explains(explanation: Pick<Mutant, 'file' | 'what'>, { file, what }: Mutant): boolean {
  return explanation.file === file && explanation.what === what;
}

function draw(from: readonly Mutant[], count: number, seed: number): Mutant[] {
  const random = createRandom(seed);
  return from
    .map((mutant) => ({ mutant, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .slice(0, count)
    .map(({ mutant }) => mutant);
}
