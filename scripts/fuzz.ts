// Fuzzes for long: `npm run fuzz -- --runs=100000 --seed=1`. What it finds is kept in test/fuzz/corpus.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const { status } = spawnSync('npx', ['mocha', '--timeout=0', 'test/fuzz/*.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_RUNS: values.runs, FUZZ_SEED: values.seed },
});
process.exitCode = status ?? 1;
