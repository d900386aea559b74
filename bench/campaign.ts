import type { Contender } from './contenders.ts';
import type { FigureName } from './figures.ts';
import * as measure from './measurements.ts';
import type { Running } from './measurements.ts';
import type { Plan, Size } from './plan.ts';
import type { OwnFigures } from './report.ts';
import type { Results } from './results.ts';

/** What all measurements share. */
export interface Campaign {
  readonly contenders: readonly Contender[];
  readonly plan: Plan;
  readonly results: Results;
  /** Where the gateway answers; ends without a slash. */
  readonly gateway: string;
  /** Whether a figure is asked for. */
  readonly wants: (figure: FigureName) => boolean;
  /** Told what is under way. */
  readonly progress: (what: string) => void;
}

const TORN_CURRENCIES = 30;
const MEBIBYTE = 1024 ** 2;

/** Everything that depends on the number of currencies: CPU time, latency, throughput. */
export async function measureSize(campaign: Campaign, size: Size): Promise<void> {
  const { plan, wants, progress } = campaign;
  const scrapes = plan.scrapes[size];
  const measurements: [FigureName, (running: Running) => Promise<number>][] = [
    [`cpu${size}`, (running) => measure.cpuPerScrape(running, scrapes)],
    [`sequential${size}`, (running) => measure.scrapeOneByOne(running, scrapes)],
    ...(size === 30
      ? ([['rate', (running) => measure.scrapesPerSecond(running, scrapes * 2)]] satisfies typeof measurements)
      : []),
  ];
  const wanted = measurements.filter(([figure]) => wants(figure));
  const wantsOnceASecond = size === 30 && wants('onceASecond');
  if (wanted.length === 0 && !wantsOnceASecond) return;
  const running = await startAll(campaign, size, scrapes);
  try {
    for (let round = 0; round < plan.rounds; round += 1) {
      progress(`${size} currencies, round ${round + 1} of ${plan.rounds}`);
      for (const [figure, take] of wanted) await takeTurns(campaign, figure, { running, round, take });
    }
    if (wantsOnceASecond) await measureOnceASecond(campaign, running);
  } finally {
    await Promise.all(running.map(({ child }) => child.stop()));
  }
}

/** The time from the start of a process to its first good answer. */
export async function measureStartUp(campaign: Campaign): Promise<void> {
  if (!campaign.wants('startUp')) return;
  const { contenders, plan, gateway, results, progress } = campaign;
  progress('starting');
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const contender of rotated(contenders, round)) {
      results.add('startUp', contender.name, await measure.startUpTime(contender, `${gateway}/fixed/30/`));
    }
  }
}

/** Memory after many scrapes, and CPU time while nobody asks; torn answers. The last two are our exporter's alone. */
export async function measureOwn(campaign: Campaign): Promise<OwnFigures> {
  const { plan, gateway, results, contenders, progress } = campaign;
  progress(`memory, and ${plan.idleSeconds} s of idling`);
  const running = await startAll(campaign, 30, 0);
  const atRest = await Promise.all(
    running.map((each) => measure.measureAtRest(each, plan.scrapesBeforeRest, plan.idleSeconds)),
  );
  running.forEach(({ name }, index) => {
    results.add('memory', name, (atRest[index]?.residentBytes ?? Number.NaN) / MEBIBYTE);
  });
  await Promise.all(running.map(({ child }) => child.stop()));

  progress('torn answers');
  const subject = contenders.find(({ name }) => name === 'ours');
  if (subject === undefined) throw new Error('nothing of ours is measured');
  const changing = await measure.startWarm(subject, `${gateway}/changing/${TORN_CURRENCIES}/`, 0);
  const tornAnswers = await measure.countTornAnswers(changing, plan.tornScrapes, TORN_CURRENCIES);
  await changing.child.stop();
  const idle = atRest[running.findIndex(({ name }) => name === 'ours')];
  return { idleMsPerMinute: idle?.cpuMsPerMinute ?? Number.NaN, tornAnswers, answers: plan.tornScrapes };
}

async function startAll({ contenders, gateway }: Campaign, size: Size, warmUp: number): Promise<Running[]> {
  const running: Running[] = [];
  for (const contender of contenders) {
    running.push(await measure.startWarm(contender, `${gateway}/fixed/${size}/`, warmUp));
  }
  return running;
}

interface Turns {
  readonly running: readonly Running[];
  readonly round: number;
  readonly take: (running: Running) => Promise<number>;
}

// Whoever comes first meets a machine that has just done something else, so that is another one in each round.
async function takeTurns({ results }: Campaign, figure: FigureName, { running, round, take }: Turns): Promise<void> {
  for (const each of rotated(running, round)) results.add(figure, each.name, await take(each));
}

// All at the same time, a little apart: a second is long enough for that, and saves the others' seconds.
async function measureOnceASecond({ plan, results, progress }: Campaign, running: readonly Running[]): Promise<void> {
  progress(`one scrape a second, ${plan.seconds} s`);
  const apartMs = 1000 / running.length;
  await Promise.all(
    running.map(async (each, index) => {
      results.add('onceASecond', each.name, await measure.onceASecond(each, plan.seconds, index * apartMs));
    }),
  );
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const cut = by % list.length;
  return [...list.slice(cut), ...list.slice(0, cut)];
}
