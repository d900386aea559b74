import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { createRandom } from '../../src/sandbox/random.ts';
import { drawFrom, mutate } from './mutate.ts';

/** How many inputs are made of each corpus in a run of the tests; `npm run fuzz` makes more. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);
const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Date.now() / 1000) % 1_000_000);

/** What is fed with inputs. */
export interface FuzzTarget {
  /** The folder below `corpus` whose files are the first inputs, and where an input is kept that showed a fault. */
  readonly corpus: string;
  /** Words that mean something to what reads the input. */
  readonly dictionary: readonly string[];
  /** The share of {@link RUNS} that a slow target makes; all unless told otherwise. */
  readonly share?: number;
  /** @throws Error if a promise was broken. */
  readonly check: (input: Buffer) => void | Promise<void>;
}

/**
 * Feeds a target with its corpus and with what a seed makes of it. An input that breaks a promise is kept in the corpus,
 * so that every later run begins with it.
 * @returns how many inputs there were
 * @throws Error naming the seed and the file of the input
 */
export async function fuzz({ corpus, dictionary, share = 1, check }: FuzzTarget): Promise<number> {
  const folder = fileURLToPath(new URL(`corpus/${corpus}/`, import.meta.url));
  const seeds = readdirSync(folder)
    .toSorted()
    .map((name) => readFileSync(join(folder, name)));
  if (seeds.length === 0) throw new Error(`${folder} holds no inputs`);
  const random = createRandom(SEED);
  const runs = Math.ceil(RUNS * share);
  for (let run = 0; run < seeds.length + runs; run += 1) {
    const input = seeds[run] ?? mutate(random, drawFrom(random, seeds) as Buffer, dictionary);
    try {
      await check(input);
    } catch (error) {
      const name = `found-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`;
      writeFileSync(join(folder, name), input);
      throw new Error(`seed ${SEED}, input kept as ${corpus}/${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  process.stdout.write(`      seed ${SEED}: ${seeds.length} inputs of the corpus ${corpus}, ${runs} made of them\n`);
  return seeds.length + runs;
}
