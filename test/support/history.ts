import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedAccount, type AccountOptions, type Outcome } from './history-account.ts';
import { SimulatedExporter, type ExporterTarget } from './history-exporter.ts';
import { SimulatedRules } from './history-rules.ts';
import { labelText, sampleLine, type Sample } from './history-text.ts';

/** 2026-03-01 06:00 UTC: a fixed end, so that every run draws and answers the same. */
export const HISTORY_END = 1_772_344_800;
/** A day, and what the last day is compared with. */
const USUAL_HOURS = 30;
const MINUTE = 60;
/** The length of the blocks; samples of one block go into one file, which promtool then reads only once. */
const BLOCK_HOURS = 6;

/** An account as Prometheus scrapes it; `account` is there only for targets of `/probe`. */
export interface AccountTarget {
  readonly job: string;
  /** The exporters that read it: a pair has two. */
  readonly instances: readonly string[];
  readonly account?: string;
  /** What became of the scrape so many minutes before the end; each is read where this is left out. */
  readonly outcome?: (minutesBefore: number, instance: string) => Outcome;
  /** What is different from the other accounts. */
  readonly options?: Partial<AccountOptions>;
}

export interface HistoryOptions extends AccountOptions {
  readonly accounts: readonly AccountTarget[];
  readonly exporters: readonly ExporterTarget[];
  /** With what the bundled rules record, and their alerts; default true. */
  readonly rules?: boolean;
  readonly hours?: number;
}

export interface History {
  /** A folder of TSDB blocks for `--storage.tsdb.path`. */
  readonly dataDir: string;
  /** The first and the last scrape, in seconds since the epoch. */
  readonly start: number;
  readonly end: number;
  remove(): void;
}

/**
 * Simulates accounts that are scraped once a minute, and turns that into blocks with promtool.
 * @param promtool the full path of the program; see `requireTool`
 */
export function createHistory(promtool: string, options: HistoryOptions): History {
  const start = HISTORY_END - Math.round((options.hours ?? USUAL_HOURS) * 3600);
  return { ...createBlocks(promtool, blockTexts(options, start)), start, end: HISTORY_END };
}

/** Turns OpenMetrics texts, each with its `# EOF`, into TSDB blocks in a temporary folder. */
export function createBlocks(promtool: string, texts: Iterable<string>): Pick<History, 'dataDir' | 'remove'> {
  const folder = mkdtempSync(join(tmpdir(), 'history-'));
  const dataDir = join(folder, 'data');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  mkdirSync(dataDir);
  try {
    for (const text of texts) {
      const file = join(folder, 'samples.om');
      writeFileSync(file, text);
      const command = [
        'tsdb',
        'create-blocks-from',
        'openmetrics',
        `--max-block-duration=${BLOCK_HOURS}h`,
        file,
        dataDir,
      ];
      execFileSync(promtool, command, { stdio: 'pipe' });
      rmSync(file);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { dataDir, remove };
}

/** OpenMetrics text, one for each block. */
function* blockTexts(options: HistoryOptions, start: number): Generator<string> {
  const installation = new SimulatedInstallation(options, start);
  let lines: string[] = [];
  for (let time = start; time <= HISTORY_END; time += MINUTE) {
    for (const sample of installation.scrape(time)) lines.push(sampleLine(sample, time));
    if ((time + MINUTE) % (BLOCK_HOURS * 3600) === 0 || time === HISTORY_END) {
      yield `${lines.join('')}# EOF\n`;
      lines = [];
    }
  }
}

/** Accounts, the exporters that read them, and a Prometheus that scrapes those and evaluates the rules. */
class SimulatedInstallation {
  readonly #rules: boolean;
  readonly #start: number;
  readonly #accounts;
  readonly #exporters;

  constructor(options: HistoryOptions, start: number) {
    this.#rules = options.rules !== false;
    this.#start = start;
    this.#accounts = options.accounts.map((target, index) => {
      const own = { ...options, ...target.options };
      const account = new SimulatedAccount(own, index * 1000 + 7);
      const labels = { job: target.job, account: target.account };
      const endpoints = 1 + Number(own.rates) + Number(own.payoutLimits);
      return { target, account, labels, endpoints, rules: new SimulatedRules(labels, account) };
    });
    this.#exporters = options.exporters.map((target) => ({ target, exporter: new SimulatedExporter(target, start) }));
  }

  *scrape(time: number): Generator<Sample> {
    const before = (HISTORY_END - time) / MINUTE;
    const ups = new Map<string, number>();
    for (const { target, account, labels, endpoints, rules } of this.#accounts) {
      account.advance((time - this.#start) / MINUTE);
      const outcomes = target.instances.map((instance) => target.outcome?.(before, instance) ?? 'success');
      for (const [index, outcome] of outcomes.entries()) {
        const instance = target.instances[index];
        const own = { ...labels, instance };
        if (outcome === 'gone') continue;
        ups.set(labelText({ job: labels.job, account: labels.account, instance }), outcome === 'down' ? 0 : 1);
        if (outcome === 'down') continue;
        yield* account.scraped(own, outcome);
        this.#exporters.find(({ target: { instance: at } }) => at === instance)?.exporter.serve(outcome, endpoints);
      }
      if (!this.#rules) continue;
      const scraped = outcomes.some((outcome) => outcome !== 'down' && outcome !== 'gone');
      const known = outcomes.some((outcome) => outcome !== 'gone');
      yield* rules.evaluate({ time, read: outcomes.includes('success'), scraped, target: known });
    }
    yield* this.#exporterPages({ time, before, ups });
    for (const [labels, value] of ups) yield ['up', labels, value];
  }

  *#exporterPages({
    time,
    before,
    ups,
  }: {
    time: number;
    before: number;
    ups: Map<string, number>;
  }): Generator<Sample> {
    for (const { target, exporter } of this.#exporters) {
      const state = target.state?.(before) ?? 'up';
      if (state === 'gone') continue;
      ups.set(labelText({ job: target.job, instance: target.instance }), state === 'up' ? 1 : 0);
      if (state === 'up') yield* exporter.samples(time);
      else exporter.restart(time);
    }
  }
}
