import type { Contender } from './contenders.ts';
import type { FigureName, OwnFigures } from './figures.ts';
import * as measure from './measurements.ts';
import type { Running } from './measurements.ts';
import type { Plan, Size } from './plan.ts';
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

/** Everything that depends on the number of currencies: CPU time and throughput. */
export async function measureSize(campaign: Campaign, size: Size): Promise<void> {
  const { plan, wants, progress } = campaign;
  const scrapes = plan.scrapes[size];
  const measurements: [FigureName, (running: Running) => Promise<number>][] = [
    [`cpu${size}`, (running) => measure.cpuPerScrape(running, scrapes)],
  ];
  if (size === 30) {
    measurements.push(
      ['sequential30', (running) => measure.cpuOneByOne(running, scrapes)],
      ['rate', (running) => measure.scrapesPerSecond(running, scrapes * 2)],
    );
  }
  const wanted = measurements.filter(([figure]) => wants(figure));
  if (wanted.length === 0) return;
  const running = await startAll(campaign, size, scrapes);
  try {
    for (let round = 0; round < plan.rounds; round += 1) {
      progress(`${size} currencies, round ${round + 1} of ${plan.rounds}`);
      for (const [figure, take] of wanted) await takeTurns(campaign, figure, { running, round, take });
    }
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

/** Memory after many scrapes; CPU time while nobody asks, and torn answers, which are our exporter's alone. */
export async function measureRest(campaign: Campaign): Promise<OwnFigures> {
  const { plan, gateway, results, contenders, progress } = campaign;
  progress(`memory, and ${plan.restSeconds + plan.idleSeconds} s of rest`);
  const running = await startAll(campaign, 30, 0);
  const atRest = await Promise.all(running.map((each) => measure.measureAtRest(each, plan)));
  for (const [index, { name }] of running.entries()) {
    results.add('memory', name, (atRest[index]?.residentBytes ?? Number.NaN) / MEBIBYTE);
  }
  await Promise.all(running.map(({ child }) => child.stop()));

  progress('torn answers');
  const subject = contenders.find(({ name }) => name === 'ours');
  if (subject === undefined) throw new Error('nothing of ours is measured');
  const changing = await measure.startWarm(subject, `${gateway}/changing/${TORN_CURRENCIES}/`, 0);
  const torn = await measure.countTornAnswers(changing, plan.tornScrapes, TORN_CURRENCIES);
  await changing.child.stop();
  const idle = atRest[running.findIndex(({ name }) => name === 'ours')]?.cpuMsPerMinute;
  return { torn, ...(idle === undefined ? {} : { idle }) };
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

function rotated<T>(list: readonly T[], by: number): T[] {
  const cut = by % list.length;
  return [...list.slice(cut), ...list.slice(0, cut)];
}
