import type { ContenderName } from './contenders.ts';

/** A figure that goals are set for. */
export interface Figure {
  /** The page that all programs are asked for. */
  readonly page: '/probe' | '/metrics';
  readonly title: string;
  readonly unit: string;
  /** What our ratio should at most be (`most`) or at least (`least`), by what it is compared with. */
  readonly goals: Partial<Record<ContenderName, Goal>>;
}
export type Goal = { readonly most: number } | { readonly least: number };

const LARGE: Figure['goals'] = { limit: { most: 1 }, go: { most: 0.4 }, python: { most: 0.25 } };

/** Every figure that is compared, in the order of the report. */
export const FIGURES = {
  cpu30: {
    page: '/probe',
    title: 'CPU per scrape, 30 currencies',
    unit: 'ms',
    goals: { limit: { most: 2.6 }, go: { most: 1.3 }, python: { most: 0.35 } },
  },
  cpu1000: { page: '/probe', title: 'CPU per scrape, 1,000 currencies', unit: 'ms', goals: LARGE },
  cpu5000: { page: '/probe', title: 'CPU per scrape, 5,000 currencies', unit: 'ms', goals: LARGE },
  sequential30: {
    page: '/metrics',
    title: 'CPU per scrape, 30 currencies, one by one',
    unit: 'ms',
    goals: { limit: { most: 3.6 }, go: { most: 0.7 }, python: { most: 0.5 } },
  },
  rate: {
    page: '/metrics',
    title: 'Scrapes a second, 10 scrapers of one account',
    unit: '/s',
    goals: { limit: { least: 1.2 }, go: { least: 5 }, python: { least: 15 } },
  },
  startUp: {
    page: '/metrics',
    title: 'Start to the first good scrape',
    unit: 'ms',
    goals: { limit: { most: 2 }, python: { most: 1.5 } },
  },
  memory: { page: '/metrics', title: 'Settled memory', unit: 'MiB', goals: { limit: { most: 1.4 } } },
} as const satisfies Record<string, Figure>;
export type FigureName = keyof typeof FIGURES;

/** What is measured of our exporter alone, and the most that it should be. */
export const OWN_FIGURES = {
  idle: { title: 'CPU while idle, from 90 s after the load (ms a minute)', most: 40 },
  torn: { title: 'Torn answers under 10 scrapers with changing currencies', most: 0 },
  descriptors: { title: '5,000 accounts, a scrape a minute each: descriptors', most: 150 },
  accountsMemory: { title: '5,000 accounts: resident memory (MiB)', most: 350 },
  reloadHold: { title: '5,000 accounts: longest hold of the event loop by a reload (ms)', most: 100 },
  hostileHold: { title: 'Answers of 2 MiB, hostile included: longest hold of the event loop (ms)', most: 100 },
  hostileMemory: { title: 'Answers of 2 MiB: most resident memory (MiB)', most: 200 },
} as const;
export type OwnFigureName = keyof typeof OWN_FIGURES;
export type OwnFigures = Partial<Record<OwnFigureName, number>>;
