import { setTimeout as delay } from 'node:timers/promises';
import { firstAnswer, startOurs, writeAccounts } from './contenders.ts';
import type { OwnFigures } from './figures.ts';
import type { Plan } from './plan.ts';
import { countDescriptors, freePort, peakBytes, residentBytes, type Child } from './processes.ts';
import { Scraper } from './scraper.ts';

const MEBIBYTE = 1024 ** 2;
const MINUTE_MS = 60_000;
/** A look each few milliseconds finds a hold that is many times as long. */
const LOOK_EVERY_MS = 3;
const RELOADED = /was reloaded/g;
const RELOAD_WITHIN_MS = 60_000;

/** What our exporter alone is measured with. */
export interface OwnCampaign {
  readonly node: string;
  readonly bin: string;
  readonly gateway: string;
  readonly plan: Plan;
  readonly progress: (what: string) => void;
}

/** What so many accounts take: start, descriptors and memory while each is scraped once a minute, and a reload. */
export interface AccountFigures {
  readonly accounts: number;
  readonly startMs: number;
  readonly reloadMs: number;
  readonly reloadHoldMs: number;
  readonly descriptors: number;
  readonly residentMiB: number;
}

export async function measureAccounts(campaign: OwnCampaign, accounts: number): Promise<AccountFigures> {
  const { node, bin, gateway, plan, progress } = campaign;
  progress(`${accounts} accounts, ${plan.accountsSeconds} s`);
  const port = await freePort();
  const startedAt = performance.now();
  const child = startOurs({ node, bin, configFile: writeAccounts(accounts) }, port, `${gateway}/fixed/30/`);
  try {
    await firstAnswer(child, port);
    const startMs = performance.now() - startedAt;
    const descriptors = await scrapeEachOnceAMinute(child, port, { accounts, seconds: plan.accountsSeconds });
    const residentMiB = residentBytes(child.pid) / MEBIBYTE;
    const reloadedAt = performance.now();
    const reload = async () => {
      process.kill(child.pid, 'SIGHUP');
      const deadline = performance.now() + RELOAD_WITHIN_MS;
      while (child.output().match(RELOADED) === null) {
        if (performance.now() > deadline) throw new Error(`no reload: ${child.output()}`);
        await delay(LOOK_EVERY_MS);
      }
      return performance.now() - reloadedAt;
    };
    const { result: reloadMs, holdMs } = await watchWhile(port, reload);
    return { accounts, startMs, reloadMs, reloadHoldMs: holdMs, descriptors, residentMiB };
  } finally {
    await child.stop();
  }
}

/** Each account's scrape has its moment of the minute, as Prometheus spreads them. Returns the most descriptors. */
async function scrapeEachOnceAMinute(
  child: Child,
  port: number,
  { accounts, seconds }: { accounts: number; seconds: number },
): Promise<number> {
  const idle: Scraper[] = [];
  const running = new Set<Promise<unknown>>();
  const startedAt = performance.now();
  const total = Math.round((accounts * seconds * 1000) / MINUTE_MS);
  let descriptors = 0;
  for (let done = 0; done < total; done += 1) {
    const wait = startedAt + (done * MINUTE_MS) / accounts - performance.now();
    if (wait > 1) await delay(wait);
    const scraper = idle.pop() ?? new Scraper(port, '');
    // A busy machine turns some away, which then are not what is measured.
    const scrape = scraper.scrape(`/probe?target=account${done % accounts}`).then(
      () => idle.push(scraper),
      () => scraper.close(),
    );
    running.add(scrape);
    void scrape.finally(() => running.delete(scrape));
    if (done % 50 === 0) descriptors = Math.max(descriptors, countDescriptors(child.pid));
  }
  await Promise.all(running);
  for (const scraper of idle) scraper.close();
  return descriptors;
}

const HOSTILE = ['many', 'unknown', 'digits', 'exponents', 'names', 'nested', 'text', 'numbers'];
const HOSTILE_SCRAPES = 10;

/** Answers that are as large as is taken, of shapes that cost most. */
export async function measureHostile({ node, bin, gateway, progress }: OwnCampaign): Promise<OwnFigures> {
  let hold = 0;
  let memory = 0;
  for (const kind of HOSTILE) {
    progress(`hostile answers: ${kind}`);
    const port = await freePort();
    const child = startOurs({ node, bin, configFile: writeAccounts(1) }, port, `${gateway}/hostile/${kind}/`);
    try {
      await firstAnswer(child, port, 'thedex_up');
      const scraper = new Scraper(port, '/metrics');
      const scrape = async () => {
        for (let done = 0; done < HOSTILE_SCRAPES; done += 1) await scraper.scrape();
      };
      const { holdMs } = await watchWhile(port, scrape);
      hold = Math.max(hold, holdMs);
      memory = Math.max(memory, peakBytes(child.pid) / MEBIBYTE);
      scraper.close();
    } finally {
      await child.stop();
    }
  }
  return { hostileHold: hold, hostileMemory: memory };
}

/** Does something while the exporter is asked all the time whether it is there; the longest answer took `holdMs`. */
async function watchWhile<T>(port: number, act: () => Promise<T>): Promise<{ result: T; holdMs: number }> {
  const scraper = new Scraper(port, '/-/healthy');
  const over = new AbortController();
  let holdMs = 0;
  const watch = async () => {
    while (!over.signal.aborted) {
      const askedAt = performance.now();
      await scraper.scrape();
      holdMs = Math.max(holdMs, performance.now() - askedAt);
      await delay(LOOK_EVERY_MS);
    }
  };
  const watching = watch();
  const result = await act();
  over.abort();
  await watching;
  scraper.close();
  return { result, holdMs };
}
