import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runChaos, type ChaosOptions, type ChaosReport } from './chaos.ts';
import { runSoak, type SoakReport } from './soak.ts';

const THIS_FILE = fileURLToPath(import.meta.url);

/** {@link runChaos} in a process of its own, which ends when it has. */
export async function runChaosApart(options: ChaosOptions): Promise<ChaosReport> {
  return runApart({ chaos: options });
}

/** {@link runSoak} in a process of its own, which ends when it has. */
export async function runSoakApart(options: Parameters<typeof runSoak>[0]): Promise<SoakReport> {
  return runApart({ soak: options });
}

// Node.js 20 was seen to wait for ever in its own clean-up after thousands of connections had been broken. In a process that
// is made to end, that holds nobody up, and the process of the tests still shows what a test has left open.
async function runApart<T extends ChaosReport>(run: object): Promise<T> {
  const child = fork(THIS_FILE, { execArgv: ['--import=tsx'], serialization: 'advanced' });
  const ended = once(child, 'exit').then(([code]: unknown[]) => {
    throw new Error(`the storm ended with ${String(code)} and told nothing`);
  });
  ended.catch(() => {});
  child.send(run);
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [T];
  await ended.catch(() => {});
  return report;
}

if (process.argv[1] === THIS_FILE) {
  // Whoever waited for the report is gone.
  process.once('disconnect', () => process.exit(1));
  process.once('message', (run: { chaos?: ChaosOptions; soak?: ChaosOptions }) => {
    const report = run.soak === undefined ? runChaos(run.chaos as ChaosOptions) : runSoak(run.soak);
    void report.then((found) => process.send?.(found, () => process.exit()));
  });
}
