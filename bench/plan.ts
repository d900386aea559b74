/** Currencies in an answer of the gateway. */
export const SIZES = [30, 1000, 5000] as const;
export type Size = (typeof SIZES)[number];

/** How much is measured. */
export interface Plan {
  /** Each round measures every program once. */
  readonly rounds: number;
  /** Scrapes of one measurement, so that it takes about as long for each size. */
  readonly scrapes: Readonly<Record<Size, number>>;
  /** Scrapes before memory and idle CPU are looked at. */
  readonly scrapesBeforeRest: number;
  /** How long after the load idling begins: a garbage collection comes half a minute later. */
  readonly restSeconds: number;
  readonly idleSeconds: number;
  readonly tornScrapes: number;
  /** Numbers of accounts that a whole exporter is measured with; the last is what goals are set for. */
  readonly accounts: readonly number[];
  /** How long each of them is scraped, at one scrape of each account a minute. */
  readonly accountsSeconds: number;
}

export const FULL: Plan = {
  rounds: 7,
  scrapes: { 30: 3000, 1000: 300, 5000: 60 },
  scrapesBeforeRest: 10_000,
  restSeconds: 90,
  idleSeconds: 60,
  tornScrapes: 10_000,
  accounts: [200, 1000, 5000],
  accountsSeconds: 120,
};

export const QUICK: Plan = {
  rounds: 3,
  scrapes: { 30: 1000, 1000: 100, 5000: 20 },
  scrapesBeforeRest: 3000,
  restSeconds: 3,
  idleSeconds: 15,
  tornScrapes: 3000,
  accounts: [200, 5000],
  accountsSeconds: 20,
};
