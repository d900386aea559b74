import type { History } from '../support/history.ts';
import type { QueryRange, RunningPrometheus, Series } from '../support/prometheus.ts';
import { readDashboards } from './committed.ts';
import { interpolate, type Choice } from './interpolate.ts';
import { dataPanels, type DashboardModel, type PanelModel, type TargetModel } from './model.ts';

/** Half of a picture of 1400 pixels, which is what most graphs have. */
const USUAL_POINTS = 680;
const SCRAPE_SECONDS = 60;
/** Grafana's steps between the points of a graph, in seconds, from the smallest that the tests meet. */
const STEPS = [60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

export type Choices = Readonly<Record<string, Choice>>;

/** What a stat shows: the name of each number, and the number. */
export type Tiles = readonly (readonly [name: string, value: number])[];

/** Asks a Prometheus with a history what Grafana would ask at the end of it. */
export class Asker {
  readonly #prometheus: RunningPrometheus;
  readonly #history: Pick<History, 'end'>;
  readonly #rangeSeconds: number;

  constructor(prometheus: RunningPrometheus, history: Pick<History, 'end'>, rangeSeconds = 6 * 3600) {
    this.#prometheus = prometheus;
    this.#history = history;
    this.#rangeSeconds = rangeSeconds;
  }

  /** The query as it is sent, with its range where it has one. */
  request(
    model: DashboardModel,
    { panel, target }: { panel: PanelModel; target: TargetModel },
    choices: Choices = {},
  ): { expression: string; range: QueryRange | undefined } {
    const step = this.#step(panel);
    // A repeated panel sees one value at a time.
    const repeated = panel.repeat === undefined ? {} : { [panel.repeat]: ['USDT_TRON'] };
    const expression = this.#filledIn(model, target.expr, { choices: { ...choices, ...repeated }, step });
    const { end } = this.#history;
    const start = Math.ceil((end - this.#rangeSeconds) / step) * step;
    return { expression, range: target.instant === true ? undefined : { start, end, step } };
  }

  async answer(
    model: DashboardModel,
    query: { panel: PanelModel; target: TargetModel },
    choices: Choices = {},
  ): Promise<Series[]> {
    const { expression, range } = this.request(model, query, choices);
    return range === undefined
      ? this.#prometheus.query(expression, this.#history.end)
      : this.#prometheus.queryRange(expression, range);
  }

  /** The answers of all queries of a panel of `balances.json` or `exporter.json`, with their names as the legend has them. */
  async tiles(file: string, title: string, choices: Choices = {}): Promise<Tiles> {
    const { model, panel } = panelOf(file, title);
    const tiles: (readonly [string, number])[] = [];
    for (const target of panel.targets ?? []) {
      for (const series of await this.answer(model, { panel, target }, choices)) {
        const last = series.samples.at(-1);
        if (last !== undefined)
          tiles.push([this.#filledIn(model, nameOf(target, series), { choices, step: 0 }), last[1]]);
      }
    }
    return tiles;
  }

  /** The rows of one column of a table. */
  async column(
    file: string,
    title: string,
    { refId, choices = {} }: { refId: string; choices?: Choices },
  ): Promise<Series[]> {
    const { model, panel } = panelOf(file, title);
    const target = panel.targets?.find((one) => one.refId === refId);
    if (target === undefined) throw new Error(`the panel '${title}' has no query ${refId}`);
    return this.answer(model, { panel, target }, choices);
  }

  /** What is offered for a variable. */
  async options(model: DashboardModel, variable: string, choices: Choices = {}): Promise<string[]> {
    const { query = '', regex } = model.templating.list.find(({ name }) => name === variable) ?? {};
    const text = this.#filledIn(model, query, { choices, step: SCRAPE_SECONDS });
    const [, result] = /^query_result\((.+)\)$/s.exec(text) ?? [];
    if (result !== undefined) {
      const series = await this.#prometheus.query(result, this.#history.end);
      const [, pattern = ''] = /^\/(.*)\/$/.exec(regex ?? '') ?? [];
      return series.flatMap(
        ({ labels }) => new RegExp(pattern).exec(`{currency="${labels['currency'] ?? ''}"}`)?.[1] ?? [],
      );
    }
    const [, selector = '', label = ''] = /^label_values\((.+),\s*(\w+)\)$/s.exec(text) ?? [];
    const { end } = this.#history;
    const parameters = { 'match[]': selector, start: end - this.#rangeSeconds, end };
    return (await this.#prometheus.get(`/api/v1/label/${label}/values`, parameters)) as string[];
  }

  #step({ interval, maxDataPoints = USUAL_POINTS }: PanelModel): number {
    const minutes = /^(\d+)m$/.exec(interval ?? '')?.[1];
    const wanted = this.#rangeSeconds / maxDataPoints;
    const step = STEPS.findLast((one, index) => one <= wanted || (STEPS[index - 1] ?? 0) + one <= 2 * wanted);
    return Math.max(step ?? SCRAPE_SECONDS, Number(minutes ?? 1) * 60);
  }

  #filledIn(model: DashboardModel, text: string, { choices, step }: { choices: Choices; step: number }): string {
    const rate = Math.max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS);
    const builtIn = {
      __range: `${this.#rangeSeconds}s`,
      __range_s: String(this.#rangeSeconds),
      __interval: `${step}s`,
      __rate_interval: `${rate}s`,
    };
    return interpolate(text, { variables: model.templating.list, choices, builtIn });
  }
}

function panelOf(file: string, title: string): { model: DashboardModel; panel: PanelModel } {
  const model = readDashboards().find(({ name }) => name === file)?.model;
  const panel = model === undefined ? undefined : dataPanels(model).find((one) => one.title === title);
  if (model === undefined || panel === undefined) throw new Error(`${file} has no panel '${title}'`);
  return { model, panel };
}

/** How a series is called. */
export function nameOf({ legendFormat = '' }: TargetModel, { labels }: Series): string {
  return legendFormat.replace(/\{\{(\w+)\}\}/g, (_all, label: string) => labels[label] ?? '').trim();
}
