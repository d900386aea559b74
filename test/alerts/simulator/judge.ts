import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rulesPath } from '../rule-file.ts';
import { DAY, HOUR, seriesOf, type SimulatedAccount } from './account.ts';

/** One alert that fired: from which minute on, up to and not including another. */
export interface Firing {
  readonly alert: string;
  readonly account: string;
  readonly severity: string;
  /** Which one of the account's: its currency, fiat currency, collector or instance. */
  readonly of: string;
  /** All of its labels, `alertname` and `severity` included. */
  readonly labels: Readonly<Record<string, string>>;
  readonly from: number;
  /** `undefined` if it fired to the end. */
  readonly to: number | undefined;
}

/** Large numbers of samples make a large report. */
const LONGEST_REPORT = 512 * 1024 * 1024;
const FIRING = 'ALERTS{alertstate="firing"}';

/**
 * Evaluates the rules each minute over what the accounts' exporters would have answered, and says what fired when.
 * promtool prints only what it did not expect, so nothing is expected, and the report is read.
 *
 * @param promtool the full path of the program
 */
export async function judgeAccounts(
  promtool: string,
  accounts: readonly SimulatedAccount[],
  minutes: number,
): Promise<readonly Firing[]> {
  const folder = mkdtempSync(join(tmpdir(), 'simulation-'));
  const file = join(folder, 'simulation.test.yml');
  const queries = Array.from({ length: minutes }, (_, minute) =>
    [`${FIRING} unless ${FIRING} offset 1m`, `${FIRING} offset 1m unless ${FIRING}`].map((expr) => ({
      eval_time: `${minute}m`,
      expr,
    })),
  );
  // JSON is YAML, too, and is written and read sooner.
  writeFileSync(
    file,
    JSON.stringify({
      rule_files: [rulesPath],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: accounts.flatMap((account) => seriesOf(account, minutes)),
          promql_expr_test: queries.flat(),
        },
      ],
    }),
  );
  try {
    return readReport(await run(promtool, ['test', 'rules', file]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** promtool exits with 1 whenever an alert fired, and says so on stderr. */
async function run(promtool: string, flags: readonly string[]): Promise<string> {
  return await new Promise((resolve) => {
    execFile(promtool, flags, { maxBuffer: LONGEST_REPORT }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}

function readReport(report: string): readonly Firing[] {
  const firings: Firing[] = [];
  const open = new Map<string, Firing>();
  for (const { minute, isStart, labels: all } of eventsIn(report)) {
    const { alertstate: _, ...labels } = all;
    const key = JSON.stringify(labels);
    if (isStart) {
      open.set(key, {
        alert: labels['alertname'] ?? '',
        account: labels['account'] ?? '',
        severity: labels['severity'] ?? '',
        of: labels['currency'] ?? labels['fiat'] ?? labels['collector'] ?? labels['instance'] ?? '',
        labels,
        from: minute,
        to: undefined,
      });
    } else {
      const started = open.get(key);
      if (started !== undefined) firings.push({ ...started, to: minute });
      open.delete(key);
    }
  }
  return [...firings, ...open.values()].toSorted((a, b) => a.from - b.from);
}

interface Event {
  readonly minute: number;
  readonly isStart: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

function eventsIn(report: string): readonly Event[] {
  const blocks = report.split(/^\s*expr: /m);
  if (blocks.length === 1 && !report.includes('SUCCESS')) throw new Error(`promtool could not judge:\n${report}`);
  return blocks
    .slice(1)
    .flatMap((block) => {
      const minute = minutesOf(/time: (\w+),/.exec(block)?.[1] ?? '');
      const isStart = block.startsWith(`"ALERTS{alertstate=\\"firing\\"} unless`);
      const got = block.slice(block.indexOf('got:'));
      return [...got.matchAll(/\{([^}]*)\} 1E\+00/g)].map((match) => ({
        minute,
        isStart,
        labels: Object.fromEntries(
          [...(match[1] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
        ) as Record<string, string>,
      }));
    })
    .toSorted((a, b) => a.minute - b.minute || Number(a.isStart) - Number(b.isStart));
}

const UNITS = { w: 7 * DAY, d: DAY, h: HOUR, m: 1, s: 0 } as const;

/** `1d2h5m` as promtool prints it, in minutes. */
function minutesOf(duration: string): number {
  return [...duration.matchAll(/(\d+)([wdhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNITS[unit as keyof typeof UNITS],
    0,
  );
}
