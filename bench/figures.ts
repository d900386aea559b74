import type { ContenderName } from './contenders.ts';

/** A figure that goals are set for. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  /** What our ratio should at most be (`most`) or at least (`least`), by what it is compared with. */
  readonly goals: Partial<Record<Exclude<ContenderName, 'ours'>, Goal>>;
}
export type Goal = { readonly most: number } | { readonly least: number };

/** Every figure, in the order of the report. */
export const FIGURES = {
  cpu30: {
    title: 'CPU per scrape, 30 currencies, 10 scrapers, each its own account',
    unit: 'ms',
    goals: { limit: { most: 2.5 }, python: { most: 0.3 } },
  },
  cpu1000: {
    title: 'CPU per scrape, 1,000 currencies, likewise',
    unit: 'ms',
    goals: { limit: { most: 1.2 }, python: { most: 0.2 } },
  },
  cpu5000: { title: 'CPU per scrape, 5,000 currencies, likewise', unit: 'ms', goals: {} },
  sequential30: {
    title: 'Time of a scrape, 30 currencies, one after the other',
    unit: 'ms',
    goals: { limit: { most: 1.7 }, python: { most: 0.5 } },
  },
  sequential1000: { title: 'Time of a scrape, 1,000 currencies, likewise', unit: 'ms', goals: {} },
  sequential5000: {
    title: 'Time of a scrape, 5,000 currencies, likewise',
    unit: 'ms',
    goals: { limit: { most: 1.2 }, python: { most: 0.22 } },
  },
  rate: {
    title: 'Scrapes a second, 10 scrapers of one account',
    unit: '/s',
    goals: { limit: { least: 1.5 }, python: { least: 15 } },
  },
  onceASecond: {
    title: 'Time of a scrape at one a second',
    unit: 'ms',
    goals: { limit: { most: 1.6 }, python: { most: 1.3 } },
  },
  startUp: {
    title: 'Start to the first good scrape',
    unit: 'ms',
    goals: { limit: { most: 1.6 }, python: { most: 2 } },
  },
  memory: { title: 'Settled memory', unit: 'MiB', goals: { limit: { most: 1.4 } } },
} as const satisfies Record<string, Figure>;
export type FigureName = keyof typeof FIGURES;

/** What our exporter may spend in a minute in which nobody asks, in milliseconds of CPU time. */
export const MOST_IDLE_MS_PER_MINUTE = 40;
