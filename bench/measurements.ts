import { setTimeout as delay } from 'node:timers/promises';
import { accountPath, ACCOUNT_COUNT, firstAnswer, type Contender, type ContenderName } from './contenders.ts';
import type { Plan } from './plan.ts';
import { cpuSeconds, freePort, residentBytes, type Child } from './processes.ts';
import { Scraper } from './scraper.ts';

/** A contender that runs and has been scraped often enough to be at its fastest. */
export interface Running {
  readonly name: ContenderName;
  readonly port: number;
  readonly child: Child;
}

/** Starts a contender and scrapes it `warmUp` times before anything is measured. */
export async function startWarm(contender: Contender, gateway: string, warmUp: number): Promise<Running> {
  const port = await freePort();
  const child = contender.start(port, gateway);
  await firstAnswer(child, port);
  const running = { name: contender.name, port, child };
  await scrapeSideBySide(running, accountPath, warmUp);
  await scrapeOneByOne(running, warmUp);
  return running;
}

/** Milliseconds of CPU time that the contender spends on one scrape of `/metrics`, one after the other. */
export async function cpuOneByOne(running: Running, scrapes: number): Promise<number> {
  const before = cpuSeconds(running.child.pid);
  await scrapeOneByOne(running, scrapes);
  return ((cpuSeconds(running.child.pid) - before) * 1000) / scrapes;
}

/** Milliseconds of CPU time that the contender spends on one scrape, while ten scrapers ask for an account each. */
export async function cpuPerScrape(running: Running, scrapes: number): Promise<number> {
  const before = cpuSeconds(running.child.pid);
  await scrapeSideBySide(running, accountPath, scrapes);
  return ((cpuSeconds(running.child.pid) - before) * 1000) / scrapes;
}

/** Scrapes in a second, while ten scrapers ask for the same page. */
export async function scrapesPerSecond(running: Running, scrapes: number): Promise<number> {
  const began = performance.now();
  await scrapeSideBySide(running, () => '/metrics', scrapes);
  return (scrapes * 1000) / (performance.now() - began);
}

/** Milliseconds from the start of the process to the end of its first good answer. */
export async function startUpTime(contender: Contender, gateway: string): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const child = contender.start(port, gateway);
  try {
    await firstAnswer(child, port);
    return performance.now() - began;
  } finally {
    await child.stop();
  }
}

/** What a contender holds and spends once nobody asks. */
export interface AtRest {
  readonly residentBytes: number;
  /** Milliseconds of CPU time in a minute. */
  readonly cpuMsPerMinute: number;
}

/** Scrapes `/metrics`, lets the contender rest, and then watches it while it idles. */
export async function measureAtRest(running: Running, plan: Plan): Promise<AtRest> {
  const { scrapesBeforeRest, restSeconds, idleSeconds } = plan;
  await scrapeSideBySide(running, () => '/metrics', scrapesBeforeRest);
  await delay(restSeconds * 1000);
  const before = cpuSeconds(running.child.pid);
  await delay(idleSeconds * 1000);
  const spent = cpuSeconds(running.child.pid) - before;
  return {
    residentBytes: residentBytes(running.child.pid),
    cpuMsPerMinute: (spent * 1000 * 60) / idleSeconds,
  };
}

/**
 * Scrapes `/metrics` with ten scrapers at a gateway whose every answer carries its own number in all totals.
 * @returns how many pages held two numbers, or not all of the currencies
 */
export async function countTornAnswers(running: Running, scrapes: number, currencies: number): Promise<number> {
  let torn = 0;
  await scrapeSideBySide(
    running,
    () => '/metrics',
    scrapes,
    (page) => {
      const totals = [...page.toString('utf8').matchAll(/^thedex_balance\{.*kind="total".*\} (\S+)$/gm)];
      const numbers = new Set(totals.map(([, value]) => value));
      if (numbers.size !== 1 || totals.length !== currencies) torn += 1;
    },
  );
  return torn;
}

async function scrapeOneByOne({ port }: Running, scrapes: number): Promise<void> {
  const scraper = new Scraper(port, '/metrics');
  for (let done = 0; done < scrapes; done += 1) await scraper.scrape();
  scraper.close();
}

async function scrapeSideBySide(
  { port }: Running,
  pathOf: (index: number) => string,
  scrapes: number,
  look: (page: Buffer) => void = () => {},
): Promise<void> {
  let left = scrapes;
  const work = async (index: number) => {
    const scraper = new Scraper(port, pathOf(index));
    while (left > 0) {
      left -= 1;
      look(await scraper.scrape());
    }
    scraper.close();
  };
  await Promise.all(Array.from({ length: ACCOUNT_COUNT }, (_, index) => work(index)));
}
