import { setTimeout as delay } from 'node:timers/promises';
import { accountPath, ACCOUNT_COUNT, firstAnswer, type Contender, type ContenderName } from './contenders.ts';
import { cpuSeconds, freePort, residentBytes, threadSeconds, type Child } from './processes.ts';
import { Scraper } from './scraper.ts';
import { median } from './statistics.ts';

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

/** Milliseconds that one scrape of `/metrics` takes, the median of `scrapes` that follow each other. */
export async function scrapeOneByOne({ port }: Running, scrapes: number): Promise<number> {
  const scraper = new Scraper(port, '/metrics');
  const times: number[] = [];
  for (let done = 0; done < scrapes; done += 1) {
    const began = performance.now();
    await scraper.scrape();
    times.push(performance.now() - began);
  }
  scraper.close();
  return median(times);
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

/** Milliseconds that one scrape takes when nothing was asked for a second, the median; begins after `delayMs`. */
export async function onceASecond({ port }: Running, seconds: number, delayMs: number): Promise<number> {
  const scraper = new Scraper(port, '/metrics');
  const times: number[] = [];
  await delay(delayMs);
  for (let second = 0; second < seconds; second += 1) {
    await delay(1000);
    const began = performance.now();
    await scraper.scrape();
    times.push(performance.now() - began);
  }
  scraper.close();
  return median(times);
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

const SETTLE_MS = 3_000;

/** Scrapes `/metrics` and then watches the contender for `idleSeconds`. */
export async function measureAtRest(running: Running, scrapes: number, idleSeconds: number): Promise<AtRest> {
  await scrapeSideBySide(running, () => '/metrics', scrapes);
  await delay(SETTLE_MS);
  const before = threadSeconds(running.child.pid);
  await delay(idleSeconds * 1000);
  const spent = threadSeconds(running.child.pid) - before;
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
