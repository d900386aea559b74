import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedExporter, type ExporterTarget } from './history-exporter.ts';
import { labelText, sampleLine, type Sample } from './history-text.ts';
import { currencyCodes } from './history-market.ts';
import { SimulatedWallet, type Outcome, type Wallet, type WalletOptions } from './history-wallet.ts';

/** 2026-03-01 06:00 UTC: a fixed end, so that every run draws and answers the same. */
export const HISTORY_END = 1_772_344_800;
export const HISTORY_HOURS = 30;
const MINUTE = 60;
/** The length of Prometheus' blocks; samples of one block go into one file, which promtool then reads only once. */
const BLOCK_SECONDS = 7200;

/** Two hours in which the gateway answered 503, and a quarter of an hour without the exporter, as minutes before the end. */
const OUTAGE = { from: 20 * 60, to: 19 * 60 + 20 };
const EXPORTER_GONE = { from: 9 * 60, to: 8 * 60 + 45 };

export interface HistoryOptions extends WalletOptions {
  readonly wallets: readonly Wallet[];
  readonly exporters: readonly ExporterTarget[];
  /** With alerts as Prometheus would have recorded them; default true. */
  readonly alerts?: boolean;
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
 * Simulates wallets that are scraped once a minute for 30 hours, and turns that into blocks with promtool:
 * deposits, payouts and top-ups, money on hold, a gateway outage, single failed reads and an exporter that was away.
 */
export function createHistory(promtool: string, options: HistoryOptions): History {
  const start = HISTORY_END - HISTORY_HOURS * 3600;
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
      execFileSync(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, dataDir], { stdio: 'pipe' });
      rmSync(file);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { dataDir, remove };
}

/** OpenMetrics text, one for each block of two hours. */
function* blockTexts(options: HistoryOptions, start: number): Generator<string> {
  const wallets = options.wallets.map((wallet, index) => new SimulatedWallet(wallet, options, index * 1000 + 7));
  const exporters = options.exporters.map((target) => new SimulatedExporter(target, start - 5000));
  let lines: string[] = [];
  for (let time = start; time <= HISTORY_END; time += MINUTE) {
    const minute = (time - start) / MINUTE;
    wallets.forEach((wallet) => wallet.advance(minute));
    for (const sample of scrapeAll({ options, wallets, exporters }, time)) {
      lines.push(sampleLine(sample, time));
    }
    if ((time + MINUTE) % BLOCK_SECONDS === 0 || time === HISTORY_END) {
      yield `${lines.join('')}# EOF\n`;
      lines = [];
    }
  }
}

interface Cast {
  readonly options: HistoryOptions;
  readonly wallets: readonly SimulatedWallet[];
  readonly exporters: readonly SimulatedExporter[];
}

function* scrapeAll({ options, wallets, exporters }: Cast, time: number): Generator<Sample> {
  const outcome = outcomeAt(time);
  const targets = [...options.wallets, ...options.exporters.map(({ job, instance }) => ({ job, instance }))];
  for (const labels of new Set(targets.map((target) => labelText({ ...target })))) {
    yield ['up', labels, outcome === 'unscraped' ? 0 : 1];
  }
  if (options.alerts !== false) {
    yield* alertsAt(options, time);
  }
  if (outcome === 'unscraped') {
    exporters.forEach((exporter) => exporter.restart(time));
    return;
  }
  for (const wallet of wallets) {
    yield* wallet.samples(outcome);
    exporters[0]?.serve(outcome, 1 + Number(options.rates) + Number(options.payoutLimits));
  }
  for (const exporter of exporters) {
    yield* exporter.samples(time);
  }
}

function outcomeAt(time: number): Outcome {
  const before = (HISTORY_END - time) / MINUTE;
  if (before <= EXPORTER_GONE.from && before > EXPORTER_GONE.to) {
    return 'unscraped';
  }
  if (before <= OUTAGE.from && before > OUTAGE.to) {
    return 'server_error';
  }
  return before % 97 === 5 ? 'timeout' : 'success';
}

/** What Prometheus itself records while alerts fire, with the labels that the rules keep. */
function* alertsAt(options: HistoryOptions, time: number): Generator<Sample> {
  const before = (HISTORY_END - time) / MINUTE;
  const currency = currencyCodes(1)[0];
  for (const wallet of options.wallets) {
    if (options.thresholds && before <= 35) {
      yield* firing(
        { alertname: 'TheDexBalanceBelowThreshold', severity: 'warning', currency, kind: 'available', ...wallet },
        35,
      );
    }
    if (before <= OUTAGE.from - 10 && before > OUTAGE.to) {
      yield* firing({ alertname: 'TheDexApiFailing', severity: 'warning', ...wallet }, OUTAGE.from - 10);
    }
    if (before <= 12) {
      yield* firing(
        { alertname: 'TheDexHoldStuck', severity: 'warning', currency: currencyCodes(3)[2], ...wallet },
        12,
      );
    }
  }
}

function* firing(labels: Record<string, string | undefined>, minutesBeforeEnd: number): Generator<Sample> {
  yield ['ALERTS', labelText({ ...labels, alertstate: 'firing' }), 1];
  yield ['ALERTS_FOR_STATE', labelText(labels), HISTORY_END - (minutesBeforeEnd + 5) * MINUTE];
}
