import { HOUR, type Holding, type SimulatedAccount, type Wallet } from './account.ts';
import { casino, live, pay, redeployed, shop } from './merchants.ts';
import { createRandom, type Random } from './random.ts';

/** Something that goes wrong, and the alert that has to tell of it. */
export interface Incident {
  readonly name: string;
  readonly alert: string;
  /** How long it may go unnoticed, in minutes. */
  readonly within: number;
  readonly simulate: (random: Random) => Omit<SimulatedAccount, 'name'>;
  /** After this minute nothing may fire; without it, alerts may go on. */
  readonly endedBy?: number;
}

/** Each incident happens at this minute, after as many hours of normal life as the longest window has. */
export const INCIDENT_AT = 7 * HOUR;
export const INCIDENT_MINUTES = INCIDENT_AT + 7 * HOUR;

/** What happens to all accounts at once. */
export const GATEWAY_OUTAGE = 'outage of the gateway of 40 minutes';
export const EXPORTER_OUTAGE = 'outage of the exporter of 40 minutes';

/** How long alerts may outlast a drain that stops, in minutes. */
const OUTLASTS = 75;

const steady = (random: Random): Wallet => live(random, INCIDENT_MINUTES, 20_000, (holding) => holding);
const quietCasino = (random: Random): Wallet =>
  casino(random, INCIDENT_MINUTES, { perHour: 400, mean: 40, size: 60_000 });

/** A wallet from which something is taken since the incident: a share of what it held then, by minute. */
function taken(wallet: Wallet, shareAt: (minutes: number) => number): Wallet {
  const held = wallet[INCIDENT_AT - 1]?.available ?? 0;
  return wallet.map((holding, minute): Holding | undefined => {
    const share = minute < INCIDENT_AT ? 0 : shareAt(minute - INCIDENT_AT + 1);
    return holding && { ...holding, available: Math.max(0, holding.available - share * held) };
  });
}

const perHour = (share: number) => (minutes: number) => (share * minutes) / HOUR;
const inPayouts = (share: number, every: number) => (minutes: number) =>
  ((Math.floor(minutes / every) * every) / HOUR) * share;
/** As many percent of what is left each hour. */
const ofTheRest = (share: number) => (minutes: number) => 1 - (1 - share) ** (minutes / HOUR);
const since =
  <T>(before: T, after: T, from = INCIDENT_AT) =>
  (minute: number): T =>
    minute < from ? before : after;
const during =
  <T>(before: T, meanwhile: T, minutes: number) =>
  (minute: number): T =>
    minute >= INCIDENT_AT && minute < INCIDENT_AT + minutes ? meanwhile : before;

const usdt = (wallet: Wallet) => ({ USDT_TRON: wallet });

/** A drain of a share an hour that stops. */
function stoppedAfter(minutes: number, share: number): Pick<Incident, 'endedBy' | 'simulate'> {
  return {
    endedBy: INCIDENT_AT + minutes + OUTLASTS,
    simulate: (random) => ({
      wallets: usdt(taken(steady(random), (passed) => perHour(share)(Math.min(passed, minutes)))),
    }),
  };
}

export const incidents: readonly Incident[] = [
  {
    name: 'theft of everything',
    alert: 'TheDexBalanceSuddenDrop',
    within: 3,
    simulate: (random) => ({ wallets: usdt(taken(shop(random, INCIDENT_MINUTES), () => 0.99)) }),
  },
  {
    name: 'theft between two pods',
    alert: 'TheDexBalanceSuddenDrop',
    within: 6,
    simulate: (random) => ({
      wallets: usdt(taken(shop(random, INCIDENT_MINUTES), () => 0.99)),
      exporters: redeployed(INCIDENT_MINUTES, INCIDENT_AT / HOUR),
    }),
  },
  {
    name: 'theft during an outage of 5 hours, told when it is over',
    alert: 'TheDexBalanceSuddenDrop',
    within: 3,
    simulate: (random) => ({
      wallets: usdt(taken(steady(random), () => 0.9)),
      scrapeAt: (minute) => (minute >= INCIDENT_AT - 5 * HOUR && minute < INCIDENT_AT ? 'timeout' : 'success'),
    }),
  },
  {
    name: 'drain of 39 % an hour',
    alert: 'TheDexBalanceDraining',
    within: 36,
    simulate: (random) => ({ wallets: usdt(taken(steady(random), perHour(0.39))) }),
  },
  {
    name: 'drain of 39 % an hour, a payout every 15 minutes',
    alert: 'TheDexBalanceDraining',
    within: 65,
    simulate: (random) => ({ wallets: usdt(taken(steady(random), inPayouts(0.39, 15))) }),
  },
  {
    name: 'drain of 39 % an hour of a casino',
    alert: 'TheDexBalanceDraining',
    within: 50,
    simulate: (random) => ({ wallets: usdt(taken(quietCasino(random), perHour(0.39))) }),
  },
  {
    name: 'drain of 10 % an hour that stops after 4 hours',
    alert: 'TheDexBalanceProjectedEmpty',
    within: 4 * HOUR,
    ...stoppedAfter(4 * HOUR, 0.1),
  },
  {
    name: 'drain of 30 % an hour that stops after an hour',
    alert: 'TheDexBalanceDraining',
    within: HOUR,
    ...stoppedAfter(HOUR, 0.3),
  },
  {
    name: 'drain of 60 % an hour that stops after an hour',
    alert: 'TheDexBalanceSuddenDrop',
    within: HOUR,
    ...stoppedAfter(HOUR, 0.6),
  },
  {
    name: 'leak of 5 % an hour',
    alert: 'TheDexBalanceProjectedEmpty',
    within: 5 * HOUR,
    simulate: (random) => ({ wallets: usdt(taken(steady(random), perHour(0.05))) }),
  },
  {
    name: 'leak of 5 % an hour of what is left',
    alert: 'TheDexBalanceProjectedEmpty',
    within: 5 * HOUR,
    simulate: (random) => ({ wallets: usdt(taken(steady(random), ofTheRest(0.05))) }),
  },
  {
    name: 'leak of 5 % an hour, a payout an hour',
    alert: 'TheDexBalanceProjectedEmpty',
    within: 5 * HOUR,
    simulate: (random) => ({ wallets: usdt(taken(steady(random), inPayouts(0.05, HOUR))) }),
  },
  {
    name: 'leak of 5 % an hour of a shop',
    alert: 'TheDexBalanceProjectedEmpty',
    within: 5 * HOUR,
    simulate: (random) => ({
      wallets: usdt(
        taken(
          live(random, INCIDENT_MINUTES, 20_000, ({ available, hold }) => ({
            available: available + pay(random, 5, 35),
            hold,
          })),
          perHour(0.07),
        ),
      ),
    }),
  },
  {
    name: 'leak of 5 % an hour of a casino',
    alert: 'TheDexBalanceProjectedEmpty',
    within: 6.5 * HOUR,
    simulate: (random) => ({ wallets: usdt(taken(quietCasino(random), perHour(0.05))) }),
  },
  {
    name: 'leak of 5 % an hour, pods replaced every 5 hours',
    alert: 'TheDexBalanceProjectedEmpty',
    within: 5 * HOUR,
    simulate: (random) => ({
      wallets: usdt(taken(steady(random), perHour(0.05))),
      exporters: redeployed(INCIDENT_MINUTES, 5),
    }),
  },
  {
    name: 'key refused',
    alert: 'TheDexAuthRejected',
    within: 6,
    simulate: (random) => ({ wallets: usdt(steady(random)), scrapeAt: since('success', 'auth') }),
  },
  {
    name: 'gateway that hangs',
    alert: 'TheDexApiFailing',
    within: 11,
    simulate: (random) => ({ wallets: usdt(steady(random)), scrapeAt: since('success', 'timeout') }),
  },
  {
    name: 'gateway that hangs for long',
    alert: 'TheDexNoFreshBalances',
    within: 31,
    simulate: (random) => ({ wallets: usdt(steady(random)), scrapeAt: since('success', 'timeout') }),
  },
  {
    name: GATEWAY_OUTAGE,
    alert: 'TheDexNoFreshBalances',
    within: 31,
    endedBy: INCIDENT_AT + 40 + 16,
    simulate: (random) => ({ wallets: usdt(steady(random)), scrapeAt: during('success', 'timeout', 40) }),
  },
  {
    name: EXPORTER_OUTAGE,
    alert: 'TheDexExporterDown',
    within: 6,
    endedBy: INCIDENT_AT + 40 + 16,
    simulate: (random) => ({ wallets: usdt(steady(random)), scrapeAt: during('success', 'down', 40) }),
  },
  {
    name: 'exporter that is down',
    alert: 'TheDexExporterDown',
    within: 6,
    simulate: (random) => ({ wallets: usdt(steady(random)), scrapeAt: since('success', 'down') }),
  },
  {
    name: 'account that is no target any more',
    alert: 'TheDexAccountGone',
    within: 11,
    endedBy: INCIDENT_AT + 2 * HOUR + 1,
    simulate: (random) => ({
      wallets: usdt(steady(random)),
      exporters: [{ pod: 'thedex-0', from: 0, to: INCIDENT_AT }],
    }),
  },
  {
    name: 'currency that is renamed, its total missing',
    alert: 'TheDexCurrencyDisappeared',
    within: 16,
    simulate: (random) => ({
      wallets: {
        USDT_TRON: steady(random).map((holding, minute) => (minute < INCIDENT_AT ? holding : undefined)),
        USDT_TRX: steady(random).map((holding, minute) => (minute < INCIDENT_AT ? undefined : holding)),
      },
    }),
  },
  {
    name: 'currency that is renamed, its threshold unused',
    alert: 'TheDexThresholdUnused',
    within: 75,
    simulate: (random) => ({
      wallets: {
        USDT_TRON: steady(random).map((holding, minute) => (minute < INCIDENT_AT ? holding : undefined)),
      },
      thresholds: [{ currency: 'USDT_TRON', kind: 'available', severity: 'critical', value: '100' }],
    }),
  },
  {
    name: 'balance below its threshold',
    alert: 'TheDexBalanceBelowThreshold',
    within: 6,
    simulate: (random) => ({
      wallets: usdt(taken(steady(random), () => 0.4)),
      thresholds: [{ currency: 'USDT_TRON', kind: 'available', severity: 'warning', value: '15000' }],
    }),
  },
  {
    name: 'value below its threshold',
    alert: 'TheDexValueBelowThreshold',
    within: 6,
    simulate: (random) => ({
      wallets: {
        ...usdt(taken(steady(random), () => 0.4)),
        JUNK_BSC: live(random, INCIDENT_MINUTES, 1e-6, (holding) => holding),
      },
      rates: { USDT_TRON: 1 },
      valueThresholds: [{ fiat: 'USD', severity: 'critical', value: '15000' }],
    }),
  },
  {
    name: 'balance stuck on hold',
    alert: 'TheDexHoldStuck',
    within: 6 * HOUR + 1,
    simulate: (random) => ({
      wallets: usdt(
        steady(random).map((_, minute) =>
          since({ available: 20_000, hold: 0 }, { available: 2000, hold: 18_000 })(minute),
        ),
      ),
    }),
  },
  {
    name: 'reload that fails',
    alert: 'TheDexReloadFailed',
    within: 6,
    simulate: (random) => ({
      wallets: usdt(steady(random)),
      more: { thedex_exporter_config_last_reload_successful: since(1, 0) },
    }),
  },
  {
    name: 'rates that fail',
    alert: 'TheDexCollectorFailing',
    within: 31,
    simulate: (random) => ({
      wallets: usdt(steady(random)),
      more: { 'thedex_scrape_collector_success{collector="rates"}': since(1, 0) },
    }),
  },
  {
    name: 'books that differ',
    alert: 'TheDexBalanceMismatch',
    within: 16,
    simulate: (random) => ({
      wallets: usdt(steady(random)),
      more: { 'thedex_balance_discrepancy{currency="USDT_TRON"}': since(0, -3) },
    }),
  },
];

/** The accounts that the incidents happen to, in the order of the incidents. */
export function simulateIncidents(seed: string): readonly SimulatedAccount[] {
  return incidents.map(({ name, simulate }) => ({ name, ...simulate(createRandom(`${seed} ${name}`)) }));
}
