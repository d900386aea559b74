import type { ContenderName } from './contenders.ts';
import { FIGURES, MOST_IDLE_MS_PER_MINUTE, type Figure, type FigureName, type Goal } from './figures.ts';
import type { Results } from './results.ts';

/** What was measured of our exporter alone. */
export interface OwnFigures {
  readonly idleMsPerMinute: number;
  readonly tornAnswers: number;
  readonly answers: number;
}

const TITLE_WIDTH = 66;
const OTHERS = ['limit', 'python'] as const;

/** The report: a line for each figure, with our ratios beside the goals. */
export function formatReport(results: Results, own: OwnFigures | undefined): string {
  const names = (Object.keys(FIGURES) as FigureName[]).filter((name) => results.medianOf(name, 'ours') !== undefined);
  return [
    `${''.padEnd(TITLE_WIDTH)}${column('ours')}${column('limit')}${column('python')}   ours/limit (goal)        ours/python (goal)`,
    ...names.map((name) => formatFigure(name, results)),
    ...(own === undefined
      ? []
      : [
          formatOwn('CPU while idle (ms a minute)', own.idleMsPerMinute, MOST_IDLE_MS_PER_MINUTE),
          formatOwn(`Torn answers of ${own.answers.toLocaleString('en')}`, own.tornAnswers, 0),
        ]),
    '',
  ].join('\n');
}

function formatFigure(name: FigureName, results: Results): string {
  const figure: Figure = FIGURES[name];
  const values = (['ours', 'limit', 'python'] satisfies ContenderName[]).map((contender) => {
    const value = results.medianOf(name, contender);
    return column(value === undefined ? '-' : precise(value));
  });
  const ratios = OTHERS.map((other) => formatRatio(results.ratioOf(name, other), figure.goals[other]).padEnd(25));
  return `${`${figure.title} (${figure.unit})`.padEnd(TITLE_WIDTH)}${values.join('')}   ${ratios.join('')}`.trimEnd();
}

function formatRatio(ratio: number | undefined, goal: Goal | undefined): string {
  if (ratio === undefined) return '-';
  if (goal === undefined) return precise(ratio);
  const isMet = 'most' in goal ? ratio <= goal.most : ratio >= goal.least;
  return `${precise(ratio)} (${'most' in goal ? `<= ${goal.most}` : `>= ${goal.least}`}) ${isMet ? 'ok' : 'MISSED'}`;
}

function formatOwn(title: string, value: number, most: number): string {
  return `${title.padEnd(TITLE_WIDTH)}${column(precise(value))}   (<= ${most}) ${value <= most ? 'ok' : 'MISSED'}`;
}

function precise(value: number): string {
  return value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}

function column(text: string): string {
  return text.padStart(10);
}
