import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from '../../src/sandbox/random.ts';
import { findTool } from '../support/tools.ts';
import { until } from '../support/poll.ts';
import { ACT_NAMES, actNowAndThen, type ActName } from './agent.ts';
import { BusyClock } from './clock.ts';
import { Judge } from './judge.ts';
import { ask } from './requests.ts';
import { scrapeAll } from './scrapers.ts';
import type { ProxyFault } from './proxy.ts';
import { ACCOUNTS, openDescriptors, PROXY_ACCOUNTS, residentMiB, sleeps, startWorld, type World } from './world.ts';

/** How a run is made. */
export interface ChaosOptions {
  /** What starts the program under test, with its first arguments. */
  readonly command: readonly [executable: string, ...args: string[]];
  /** Variables of its environment besides. */
  readonly env?: Readonly<Record<string, string>>;
  /** How many scrapes the steady scrapers make; the others come besides. */
  readonly scrapes: number;
  /** The same seed draws the same faults and acts; when they happen depends on the machine. */
  readonly seed: number;
  readonly openssl: string;
  /** The share of the gateway's answers that go wrong; {@link FAULT_SHARE} unless told otherwise. */
  readonly faultShare?: number;
  /** How long a steady scraper pauses at most, in milliseconds; {@link PAUSE_MS} unless told otherwise. */
  readonly pauseMs?: number;
  /** Ends the run as soon as a broken promise matches; otherwise it ends after {@link VIOLATIONS_ENOUGH} of them. */
  readonly stopAt?: RegExp;
  /** What the agent does; everything unless told otherwise. */
  readonly acts?: readonly ActName[];
  /** How long the program may take after the storm to be as it was before; {@link RECOVERY_WITHIN_MS} unless told otherwise. */
  readonly restWithinMs?: number;
}

/** What a run found. */
export interface ChaosReport {
  readonly seed: number;
  /** Broken promises; none, one hopes. */
  readonly violations: readonly string[];
  /** How many pages there were of each outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** How many answers of the gateway there were of each kind. */
  readonly faults: ReadonlyMap<string, number>;
  readonly acts: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** Resident memory of the program in MiB: at the start, after each twentieth of the scrapes, and at the end. */
  readonly residentMiB: readonly number[];
}

/** The share of the gateway's answers that go wrong, while the storm lasts. */
const FAULT_SHARE = 0.35;
const PAUSE_MS = 120;
/** How often memory is read during a run. */
const SAMPLES = 20;
/** What a process may have taken besides after the storm: pages of the heap that were touched and are not given back. */
const MEMORY_SLACK_MIB = 150;
/** How long a good answer may take to be seen after the storm, whatever the machine does. */
const RECOVERY_WITHIN_MS = 20_000;
const VIOLATIONS_ENOUGH = 50;
/** How long the program is watched at rest, and how often it may be woken meanwhile, by the collector of garbage mostly. */
const REST_MS = 500;
const MOST_SLEEPS = 3;

/** Runs the program through a storm of faults, and holds every page against the record of the gateway. */
export async function runChaos({
  command,
  env = {},
  scrapes,
  seed,
  openssl,
  faultShare = FAULT_SHARE,
  pauseMs = PAUSE_MS,
  stopAt,
  acts: actNames = ACT_NAMES,
  restWithinMs = RECOVERY_WITHIN_MS,
}: ChaosOptions): Promise<ChaosReport> {
  const random = createRandom(seed);
  const startedAt = performance.now();
  let storm = true;
  let mayEnd = false;
  let left = scrapes;
  const acts = new Map<string, number>();
  let clock: BusyClock | undefined;
  const world = await startWorld({
    command,
    env,
    random,
    openssl,
    faultShare: () => (storm ? faultShare : 0),
    waitedMs: () => clock?.waitedMs() ?? 0,
  });
  const pid = world.program.pid ?? 0;
  clock = new BusyClock(pid);
  const judge = new Judge({
    records: () => world.gateways.map(({ answers }) => answers),
    clock,
    secrets: () => world.secrets,
    thresholds: world.thresholds,
  });
  const isFound = (): boolean =>
    stopAt !== undefined &&
    [judge.violations, ...world.gateways.map(({ broken }) => broken)].some((promises) =>
      promises.some((promise) => stopAt.test(promise)),
    );
  const isStopped = (): boolean => left <= 0 || judge.violations.length >= VIOLATIONS_ENOUGH || isFound();
  try {
    void world.exitCode.then((code) => {
      if (!mayEnd) judge.violations.push(`the program ended with ${code}`);
    });
    await checkRecovery(world.port, judge);
    const memory = [residentMiB(pid)];
    const descriptors = openDescriptors(pid);
    const noteProxy = setInterval(() => noteProxyFaults(world.proxy.faults.splice(0), judge), 5);
    const scraping = {
      port: world.port,
      random,
      judge,
      goesOn: () => {
        left -= 1;
        if (left % Math.ceil(scrapes / SAMPLES) === 0) memory.push(residentMiB(pid));
        return !isStopped();
      },
      isStopped,
      pauseMs,
    };
    await Promise.all([
      scrapeAll(scraping),
      actNowAndThen({
        world,
        judge,
        random,
        isStopped,
        acts: actNames,
        prlimit: findTool('prlimit'),
        count: (act) => acts.set(act, (acts.get(act) ?? 0) + 1),
      }),
    ]);
    clearInterval(noteProxy);
    storm = false;
    judge.look(world.log(), 'the log');
    const defects = world.log().match(/^.*level=error msg="[^"]*(?:defect|could not be made).*$/gm) ?? [];
    judge.violations.push(...new Set(defects));
    // A reader of the log that goes away must not be noticed by anybody.
    world.program.stderr?.destroy();
    world.writeConfiguration();
    if (!isFound()) {
      await checkRecovery(world.port, judge);
      await checkRest(world, judge, { descriptors, withinMs: restWithinMs });
    }
    for (const { broken } of world.gateways) judge.violations.push(...broken);
    memory.push(residentMiB(pid));
    const growth = (memory.at(-1) ?? 0) - (memory[0] ?? 0);
    if (growth > MEMORY_SLACK_MIB) judge.violations.push(`resident memory grew by ${Math.round(growth)} MiB`);
    mayEnd = true;
    world.program.kill('SIGTERM');
    const code = await world.exitCode;
    if (code !== 0) judge.violations.push(`asked to end, it ended with ${code}`);
    return {
      seed,
      violations: judge.violations,
      outcomes: judge.outcomes,
      faults: countFaults(world.gateways.flatMap(({ answers }) => answers.map(({ fault }) => fault.name))),
      acts,
      seconds: (performance.now() - startedAt) / 1000,
      residentMiB: memory,
    };
  } finally {
    mayEnd = true;
    clock.close();
    await world.close();
  }
}

/** After the storm, every account is read again as soon as the gateway answers well. */
async function checkRecovery(port: number, judge: Judge): Promise<void> {
  const recover = async (account: string): Promise<void> => {
    const path = account === 'default' ? '/metrics' : `/probe?target=${account}`;
    const up = async (): Promise<boolean> => {
      try {
        return /^thedex_up 1$/m.test((await ask({ port, path })).body);
      } catch {
        return false;
      }
    };
    await until(`${account} is read again`, up, RECOVERY_WITHIN_MS).catch((error: unknown) => {
      judge.violations.push((error as Error).message);
    });
  };
  await Promise.all(['default', ...ACCOUNTS].map(recover));
}

/** Once nobody asks any more, no request is under way, sockets and descriptors are few, and nothing wakes the program. */
async function checkRest(
  { gateways, proxy, program }: World,
  judge: Judge,
  { descriptors, withinMs }: { descriptors: number; withinMs: number },
): Promise<void> {
  const pid = program.pid ?? 0;
  const sockets = (): number => gateways.reduce((sum, { openSockets }) => sum + openSockets(), proxy.openSockets());
  // One kept connection for each account and endpoint, and twice that through the proxy.
  const most = (ACCOUNTS.length + 2) * 4;
  const promise = async (what: string, holds: () => Promise<boolean>, found: () => string): Promise<void> => {
    await until(what, holds, withinMs).catch(() => {
      judge.violations.push(`after the storm ${found()}`);
    });
  };
  const underWay = (): number => gateways.reduce((sum, gateway) => sum + gateway.underWay(), 0);
  await promise(
    'no request is under way',
    async () => underWay() === 0,
    () => `${underWay()} requests are under way`,
  );
  await promise(
    'sockets are closed after the storm',
    async () => sockets() <= most,
    () => `${sockets()} sockets to the gateways are open`,
  );
  await promise(
    'descriptors are given back',
    async () => openDescriptors(pid) <= descriptors + most,
    () => `${openDescriptors(pid)} descriptors are open, and ${descriptors} were before`,
  );
  let woken = 0;
  const isAtRest = async (): Promise<boolean> => {
    const before = sleeps(pid);
    await pause(REST_MS);
    woken = sleeps(pid) - before;
    return woken <= MOST_SLEEPS;
  };
  await promise('the program rests', isAtRest, () => `it is woken ${woken} times in ${REST_MS} ms`);
}

function noteProxyFaults(faults: readonly ProxyFault[], judge: Judge): void {
  for (const fault of faults) {
    judge.note({
      what: `proxy: ${fault.what}`,
      from: fault.startedAt - 100,
      to: fault.startedAt + 2_500,
      accounts: PROXY_ACCOUNTS,
      reasons: fault.what === 'silent' ? ['timeout', 'network'] : ['network'],
      mayBeLate: false,
      lost: fault,
    });
  }
}

function countFaults(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const MOST_SHOWN = 30;

/** A report as text for people. */
export function formatReport({ seed, seconds, violations, residentMiB: memory, ...counts }: ChaosReport): string {
  const table = (title: string, counted: ReadonlyMap<string, number>): string => {
    const rows = [...counted]
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]) => `  ${String(count).padStart(7)}  ${name}\n`);
    return `${title}\n${rows.join('')}`;
  };
  const sum = [...counts.outcomes.values()].reduce((total, count) => total + count, 0);
  return [
    `seed ${seed}: ${sum} pages in ${Math.round(seconds)} s, resident memory in MiB: ${memory.map(Math.round).join(' ')}\n`,
    table('pages by outcome', counts.outcomes),
    table('answers of the gateway', counts.faults),
    table('acts of the agent', counts.acts),
    `broken promises: ${violations.length}\n`,
    ...violations.slice(0, MOST_SHOWN).map((violation) => `  ${violation}\n`),
  ].join('');
}
