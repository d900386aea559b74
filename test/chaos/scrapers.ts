import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { drawInteger, type Random } from '../../src/sandbox/random.ts';
import type { Judge, SeenScrape } from './judge.ts';
import { ask, askAndHangUp, askInOneGo, type PageRequest } from './requests.ts';
import { ACCOUNTS, OFFSET_MS, TIMEOUT_MS } from './world.ts';

/** What the scrapers have in common. */
export interface Scraping {
  readonly port: number;
  readonly random: Random;
  readonly judge: Judge;
  /** Counts a scrape, and tells whether there is another one to make. */
  readonly goesOn: () => boolean;
  readonly isStopped: () => boolean;
  /** How long a steady scraper pauses at most, in milliseconds. */
  readonly pauseMs: number;
}

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
/** Headers that mean `--thedex.timeout`, and some that mean little. */
const ODD_TIMEOUTS: readonly (readonly [header: string, timeoutMs: number])[] = [
  ['0', TIMEOUT_MS],
  ['-1', TIMEOUT_MS],
  ['abc', TIMEOUT_MS],
  ['NaN', TIMEOUT_MS],
  ['', TIMEOUT_MS],
  ['1e400', TIMEOUT_MS],
  ['+2.5', TIMEOUT_MS],
  ['1e-3', 0.5],
  ['0.05', 25],
];
/** The longest answer to `/-/healthy`, net of what the machine kept from the process. */
const HEALTHY_WITHIN_MS = 100;

interface Drawn {
  readonly scrape: SeenScrape;
  readonly request: PageRequest;
}

/** Starts all scrapers; fulfilled when the last of them has had its last answer. */
export async function scrapeAll(scraping: Scraping): Promise<void> {
  const pair = ACCOUNTS.flatMap((account) => [account, account]);
  await Promise.all([
    ...['default', 'default', ...pair].map((account) => scrapeSteadily(scraping, account)),
    hangUpNowAndThen(scraping),
    askInOneGoNowAndThen(scraping, false),
    askInOneGoNowAndThen(scraping, true),
    visitPages(scraping),
    watchHealth(scraping),
  ]);
}

async function scrapeSteadily(scraping: Scraping, account: string): Promise<void> {
  const agent = new http.Agent({ keepAlive: true });
  while (scraping.goesOn()) {
    const reuse = scraping.random() < 0.8;
    const { scrape, request } = draw(scraping, account);
    try {
      scraping.judge.judge(scrape, await ask({ ...request, agent: reuse ? agent : undefined }));
    } catch (error) {
      scraping.judge.judgeMissing(scrape, error as Error);
    }
    await pause(drawInteger(scraping.random, 0, scraping.pauseMs));
  }
  agent.destroy();
}

async function hangUpNowAndThen(scraping: Scraping): Promise<void> {
  while (!scraping.isStopped()) {
    const { request } = draw(scraping, drawAccount(scraping.random));
    await askAndHangUp(request, drawInteger(scraping.random, 0, 150));
    await pause(drawInteger(scraping.random, 20, 200));
  }
}

async function askInOneGoNowAndThen(scraping: Scraping, halfClose: boolean): Promise<void> {
  const { judge, random } = scraping;
  while (!scraping.isStopped()) {
    const count = halfClose ? 1 : drawInteger(random, 2, 8);
    const drawn = Array.from({ length: count }, () => draw(scraping, drawAccount(random), !halfClose));
    try {
      const answers = await askInOneGo(
        drawn.map(({ request }) => request),
        halfClose,
      );
      for (const [index, answer] of answers.entries()) judge.judge((drawn[index] as Drawn).scrape, answer);
    } catch (error) {
      judge.judgeMissing((drawn[0] as Drawn).scrape, error as Error);
    }
    await pause(drawInteger(random, 50, 400));
  }
}

async function visitPages(scraping: Scraping): Promise<void> {
  const paths = ['/', '/?account=a1', '/sd', '/?account=nobody', '/probe', '/probe?target=nobody', '/nowhere'];
  const expected: Record<string, number> = {
    '/?account=nobody': 404,
    '/probe': 400,
    '/probe?target=nobody': 400,
    '/nowhere': 404,
  };
  while (!scraping.isStopped()) {
    for (const path of paths) {
      const seen = scraping.judge.begin({ account: 'pages', format: 'text', timeoutMs: Infinity });
      try {
        const answer = await ask({ port: scraping.port, path });
        scraping.judge.look(answer.body, path);
        if (answer.status !== (expected[path] ?? 200))
          scraping.judge.violations.push(`${path}: status ${answer.status}`);
      } catch (error) {
        scraping.judge.judgeMissing(seen, error as Error);
      }
      await pause(drawInteger(scraping.random, 20, 150));
    }
  }
}

async function watchHealth(scraping: Scraping): Promise<void> {
  while (!scraping.isStopped()) {
    const seen = scraping.judge.begin({ account: 'health', format: 'text', timeoutMs: HEALTHY_WITHIN_MS });
    try {
      const answer = await ask({ port: scraping.port, path: '/-/healthy' });
      scraping.judge.judgeHealth(seen, answer);
    } catch (error) {
      scraping.judge.judgeMissing(seen, error as Error);
    }
    await pause(100);
  }
}

function draw({ random, judge, port }: Scraping, account: string, inQueue = false): Drawn {
  const format = random() < 0.4 ? 'openmetrics' : 'text';
  const timeout = drawTimeout(random);
  const scrape = judge.begin({ account, format, timeoutMs: timeout.timeoutMs, isQueued: inQueue });
  const headers = {
    ...(timeout.header === undefined ? {} : { 'X-Prometheus-Scrape-Timeout-Seconds': timeout.header }),
    ...(format === 'openmetrics' ? { Accept: OPENMETRICS } : {}),
    ...(random() < 0.4 ? { 'Accept-Encoding': 'gzip' } : {}),
  };
  return { scrape, request: { port, path: account === 'default' ? '/metrics' : `/probe?target=${account}`, headers } };
}

function drawTimeout(random: Random): { header: string | undefined; timeoutMs: number } {
  const kind = random();
  if (kind < 0.15) return { header: undefined, timeoutMs: TIMEOUT_MS };
  if (kind < 0.25) {
    const [header, timeoutMs] = ODD_TIMEOUTS[drawInteger(random, 0, ODD_TIMEOUTS.length - 1)] ?? ['', TIMEOUT_MS];
    return { header, timeoutMs };
  }
  const seconds = drawInteger(random, 20, 150) / 100;
  const left = seconds * 1000 - OFFSET_MS;
  return { header: String(seconds), timeoutMs: Math.min(TIMEOUT_MS, left > 0 ? left : seconds * 500) };
}

function drawAccount(random: Random): string {
  return ['default', ...ACCOUNTS][drawInteger(random, 0, ACCOUNTS.length)] ?? 'default';
}
