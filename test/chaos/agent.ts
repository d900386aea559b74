import { spawnSync } from 'node:child_process';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { drawInteger, type Random } from '../../src/sandbox/random.ts';
import type { Disturbance, Judge } from './judge.ts';
import { ask } from './requests.ts';
import { ACCOUNTS, TLS_ACCOUNTS, type World } from './world.ts';

/** What the agent needs to do its work. */
export interface Agency {
  readonly world: World;
  readonly judge: Judge;
  readonly random: Random;
  readonly isStopped: () => boolean;
  /** What is done. */
  readonly acts: readonly ActName[];
  /** `prlimit`, if the machine has it. */
  readonly prlimit: string | undefined;
  /** Counts what was done. */
  readonly count: (act: string) => void;
}

const IDLE_CONNECTIONS = 150;
/** How long an effect may be felt after its cause has gone. */
const AFTERMATH_MS = 2_500;

type Act = (agency: Agency) => Promise<void>;

const ACTS = {
  'reload over HTTP': async ({ world, random, judge }) => {
    world.writeConfiguration({ threshold: drawInteger(random, 1, 900) });
    await reload(world, judge, 200);
  },
  'reload by signal, with accounts that come and go': async ({ world, random }) => {
    world.writeConfiguration({ extraAccounts: drawInteger(random, 0, 200) });
    world.program.kill('SIGHUP');
    await pause(50);
  },
  'reload of a broken file': async ({ world, judge }) => {
    world.writeConfiguration({ broken: true });
    await reload(world, judge, 500);
    world.writeConfiguration();
  },
  'many reloads at once': async ({ world, judge }) => {
    world.writeConfiguration();
    await Promise.all(Array.from({ length: 20 }, () => reload(world, judge, 200)));
  },
  'new keys': async ({ world, random }) => {
    world.rotateKeys(['default', ...ACCOUNTS][drawInteger(random, 0, ACCOUNTS.length)] ?? 'a0');
    await pause(10);
  },
  'stop and continue': async ({ world, random, judge }) => {
    await disturb(judge, { what: 'stopped', reasons: ['timeout', 'network'], mayBeLate: true }, async () => {
      world.program.kill('SIGSTOP');
      await pause(drawInteger(random, 50, 400));
      world.program.kill('SIGCONT');
    });
  },
  'idle connections': async ({ world, random }) => {
    const sockets = Array.from({ length: IDLE_CONNECTIONS }, () => {
      const socket = net.connect({ host: '127.0.0.1', port: world.port });
      socket.on('error', () => {});
      return socket;
    });
    await pause(drawInteger(random, 50, 300));
    for (const socket of sockets) socket.destroy();
  },
  'no more descriptors': async ({ world, judge, prlimit }) => {
    if (prlimit === undefined) return;
    await disturb(
      judge,
      { what: 'no descriptors', reasons: ['network', 'timeout', 'tls'], mayBeLate: true },
      async () => {
        const limit = (soft: string) => spawnSync(prlimit, [`--pid=${world.program.pid}`, `--nofile=${soft}:`]);
        limit('24');
        await pause(300);
        limit('4096');
      },
    );
  },
  'a strange certificate': async ({ world, judge }) => {
    const accounts = TLS_ACCOUNTS;
    await disturb(judge, { what: 'strange certificate', reasons: ['tls'], mayBeLate: false, accounts }, async () => {
      world.tlsGateway.setTls(world.certificates.strange, true);
      await pause(400);
      world.tlsGateway.setTls(world.certificates.trusted, false);
    });
  },
} satisfies Record<string, Act>;

/** What the agent can do. */
export type ActName = keyof typeof ACTS;

export const ACT_NAMES = Object.keys(ACTS) as ActName[];

/** Does something to the program every now and then, until it is told to stop. */
export async function actNowAndThen(agency: Agency): Promise<void> {
  const { acts } = agency;
  while (!agency.isStopped()) {
    const name = acts[drawInteger(agency.random, 0, acts.length - 1)] as ActName;
    await ACTS[name](agency);
    agency.count(name);
    await pause(drawInteger(agency.random, 200, 700));
  }
}

async function disturb(
  judge: Judge,
  what: Pick<Disturbance, 'what' | 'reasons' | 'mayBeLate' | 'accounts'>,
  act: () => Promise<void>,
): Promise<void> {
  const disturbance: Disturbance = { ...what, from: performance.now(), to: Infinity };
  judge.note(disturbance);
  await act();
  disturbance.to = performance.now() + AFTERMATH_MS;
}

async function reload(world: World, judge: Judge, expected: number): Promise<void> {
  const seen = judge.begin({ account: 'reload', format: 'text', timeoutMs: Infinity });
  try {
    const answer = await ask({ port: world.port, path: '/-/reload', method: 'POST' });
    judge.look(answer.body, 'the answer to a reload');
    if (answer.status === 200) world.thresholds.noteReload(seen.startedAt);
    if (answer.status !== expected)
      judge.violations.push(`reload: status ${answer.status}, expected ${expected}: ${answer.body}`);
  } catch (error) {
    judge.judgeMissing(seen, error as Error);
  }
}
