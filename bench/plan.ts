/** Currencies in an answer of the gateway. */
export const SIZES = [30, 1000, 5000] as const;
export type Size = (typeof SIZES)[number];

/** How much is measured. */
export interface Plan {
  /** Each round measures every program once. */
  readonly rounds: number;
  /** Scrapes of one measurement, so that it takes about as long for each size. */
  readonly scrapes: Readonly<Record<Size, number>>;
  /** How long programs are watched at one scrape a second. */
  readonly seconds: number;
  /** Scrapes before memory and idle CPU are looked at. */
  readonly scrapesBeforeRest: number;
  readonly idleSeconds: number;
  readonly tornScrapes: number;
}

export const FULL: Plan = {
  rounds: 7,
  scrapes: { 30: 3000, 1000: 300, 5000: 60 },
  seconds: 30,
  scrapesBeforeRest: 10_000,
  idleSeconds: 60,
  tornScrapes: 10_000,
};

export const QUICK: Plan = {
  rounds: 3,
  scrapes: { 30: 1000, 1000: 100, 5000: 20 },
  seconds: 8,
  scrapesBeforeRest: 3000,
  idleSeconds: 15,
  tornScrapes: 3000,
};
