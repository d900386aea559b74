import { runChaos, type ChaosOptions, type ChaosReport } from './chaos.ts';

/** What a soak found. */
export interface SoakReport extends ChaosReport {
  /** By how much resident memory grew from the second quarter of the scrapes to the last, in MiB. */
  readonly growthMiB: number;
}

const FAULT_SHARE = 0.1;
const PAUSE_MS = 10;
/** As the image starts it: Node.js 24 lets the young generation grow so far by itself that a leak could not be told from it. */
const YOUNG_GENERATION = '--max-semi-space-size=8';

/** An hour compressed: many scrapes of changing currencies with few faults and no pauses, after which memory must be level. */
export async function runSoak(
  options: Pick<ChaosOptions, 'command' | 'scrapes' | 'seed' | 'openssl'>,
): Promise<SoakReport> {
  const report = await runChaos({
    ...options,
    faultShare: FAULT_SHARE,
    pauseMs: PAUSE_MS,
    env: { NODE_OPTIONS: YOUNG_GENERATION },
  });
  const quarter = (index: number): number => {
    const size = report.residentMiB.length / 4;
    const part = report.residentMiB.slice(Math.floor(index * size), Math.floor((index + 1) * size));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  };
  return { ...report, growthMiB: quarter(3) - quarter(1) };
}
