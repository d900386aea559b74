import { CONTENDER_NAMES, type ContenderName } from './contenders.ts';
import {
  FIGURES,
  OWN_FIGURES,
  type Figure,
  type FigureName,
  type Goal,
  type OwnFigureName,
  type OwnFigures,
} from './figures.ts';
import type { AccountFigures } from './own.ts';
import type { Results } from './results.ts';

const TITLE_WIDTH = 74;
const PAGES = {
  '/probe': 'GET /probe, ten scrapers, each its own account',
  '/metrics': "GET /metrics, with the exporter's own metrics",
} as const;

/** The report: a table for each page, a line for each figure, and our ratios beside the goals below each. */
export function formatReport(results: Results, own: OwnFigures, accounts: readonly AccountFigures[]): string {
  const names = (Object.keys(FIGURES) as FigureName[]).filter((name) => results.medianOf(name, 'ours') !== undefined);
  const present = CONTENDER_NAMES.filter((each) => names.some((name) => results.medianOf(name, each) !== undefined));
  const lines: string[] = [];
  for (const page of Object.keys(PAGES) as Figure['page'][]) {
    const ofPage = names.filter((name) => FIGURES[name].page === page);
    if (ofPage.length === 0) continue;
    lines.push(PAGES[page].padEnd(TITLE_WIDTH) + present.map(column).join(''));
    for (const name of ofPage) lines.push(formatFigure(name, results, present), formatRatios(name, results, present));
    lines.push('');
  }
  for (const name of Object.keys(own) as OwnFigureName[]) lines.push(formatOwn(name, own[name] ?? Number.NaN));
  for (const each of accounts) lines.push(formatAccounts(each));
  return `${lines.join('\n')}\n`;
}

function formatFigure(name: FigureName, results: Results, present: readonly ContenderName[]): string {
  const { title, unit } = FIGURES[name];
  const values = present.map((contender) => {
    const value = results.medianOf(name, contender);
    return column(value === undefined ? '-' : precise(value));
  });
  return `${title} (${unit})`.padEnd(TITLE_WIDTH) + values.join('');
}

function formatRatios(name: FigureName, results: Results, present: readonly ContenderName[]): string {
  const figure: Figure = FIGURES[name];
  const ratios = present.slice(1).flatMap((other) => {
    const ratio = results.ratioOf(name, other);
    return ratio === undefined ? [] : [`${other} ${formatRatio(ratio, figure.goals[other])}`];
  });
  return `    ours against ${ratios.join(', ')}`;
}

function formatRatio(ratio: number, goal: Goal | undefined): string {
  if (goal === undefined) return precise(ratio);
  const isMet = 'most' in goal ? ratio <= goal.most : ratio >= goal.least;
  return `${precise(ratio)} (${'most' in goal ? `<= ${goal.most}` : `>= ${goal.least}`}) ${isMet ? 'ok' : 'MISSED'}`;
}

function formatOwn(name: OwnFigureName, value: number): string {
  const { title, most } = OWN_FIGURES[name];
  return `${title.padEnd(TITLE_WIDTH)}${column(precise(value))}   (<= ${most}) ${value <= most ? 'ok' : 'MISSED'}`;
}

function formatAccounts(figures: AccountFigures): string {
  const { accounts, startMs, reloadMs, reloadHoldMs, descriptors, residentMiB } = figures;
  const parts = [
    `start ${precise(startMs)} ms`,
    `reload ${precise(reloadMs)} ms (longest hold ${precise(reloadHoldMs)} ms)`,
    `${descriptors} descriptors`,
    `${precise(residentMiB)} MiB`,
  ];
  return `${accounts.toLocaleString('en')} accounts: ${parts.join(', ')}`;
}

function precise(value: number): string {
  return value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}

function column(text: string): string {
  return text.padStart(10);
}
