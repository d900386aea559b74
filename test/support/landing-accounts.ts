import type { AlertLimit, BalanceThreshold, ValueThreshold } from '../../src/config/settings.ts';
import type { Balance, ExchangeRate, Failure, LandingAccount, PastScrape } from '../../src/landing/model.ts';
import type { ProgramInfo } from '../../src/landing/page.tsx';
import { subtractExactly } from '../../src/lib/decimal.ts';

/** The moment of all pages that are made of these accounts. */
export const NOW_MS = Date.UTC(2026, 8, 1, 12, 0, 0);

export const INFO: ProgramInfo = {
  version: '1.2.3',
  revision: 'abc1234',
  telemetryPath: '/metrics',
  routePrefix: '',
  documentationUrl: 'https://docs.example/docs',
  configuration: { accounts: 6, collectors: 'balances, rates', timeout: '10s', 'TLS certificate': false },
  listenAddress: ':10055',
};

/** Total, hold and available of a currency. */
export type Wallet = Readonly<Record<string, readonly [total: string, hold: string, available: string]>>;

interface AccountParts {
  readonly name?: string | undefined;
  /** How long ago the last scrapes were, in seconds, oldest first; each with its failure. */
  readonly scrapes?: readonly (readonly [ageSeconds: number, failure?: Failure])[];
  /** What the last scrape that succeeded found; none if there was none. */
  readonly wallet?: Wallet;
  readonly invalid?: readonly string[];
  /** By currency, then by fiat currency. */
  readonly rates?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly ratesFailed?: boolean;
  readonly thresholds?: readonly BalanceThreshold[];
  readonly valueThresholds?: readonly ValueThreshold[];
  readonly alertLimits?: readonly AlertLimit[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** An account as a page sees it, without a gateway and without scrapes. */
export function landingAccount(parts: AccountParts): LandingAccount {
  const { name, labels = {}, thresholds = [], valueThresholds = [], alertLimits = [] } = parts;
  const scrapes: PastScrape[] = (parts.scrapes ?? []).map(([ageSeconds, failure], index) => ({
    atMs: NOW_MS - ageSeconds * 1000,
    durationSeconds: failure?.durationSeconds ?? 0.08 + ((index * 7) % 5) / 40,
    failure,
  }));
  const read = scrapes.findLast(({ failure }) => failure === undefined);
  return {
    displayName: name ?? 'default',
    settings: { name, labels, thresholds, valueThresholds, alertLimits },
    history: { scrapes, lastSuccess: read && snapshotOf(read, parts) },
  };
}

function snapshotOf(
  { atMs, durationSeconds }: PastScrape,
  { wallet = {}, invalid = [], rates, ratesFailed }: AccountParts,
): NonNullable<LandingAccount['history']['lastSuccess']> {
  const balances: Balance[] = Object.entries(wallet).map(([currency, [total, hold, available]]) => {
    return { currency, total, hold, available, discrepancy: subtractExactly(total, hold, available) };
  });
  const found: ExchangeRate[] = Object.entries(rates ?? {}).flatMap(([currency, all]) =>
    Object.entries(all).map(([fiat, rate]) => ({ currency, fiat, rate })),
  );
  return {
    startedAtMs: atMs,
    durationSeconds,
    timeoutSeconds: 10,
    outcomes: {
      balances: { ok: true, durationSeconds, value: { valid: balances, invalid } },
      ...(rates && { rates: { ok: true, durationSeconds, value: { valid: found, invalid: [] } } }),
      ...(ratesFailed && { rates: failed('timeout') }),
    },
  };
}

/** A failure as a scrape tells it. */
export function failed(reason: Failure['reason'], overrides: Partial<Failure> = {}): Failure {
  return {
    ok: false,
    reason,
    durationSeconds: 0.2,
    invalidEntries: undefined,
    status: undefined,
    said: [],
    message: `POST https://app.thedex.cloud/api/v1/balances failed: ${reason}`,
    advice: `What helps against ${reason}.`,
    ...overrides,
  };
}

/** So many scrapes a minute apart, the last some seconds ago; the last ones failed. */
export function scrapesOf(count: number, failures: readonly Failure[] = []): [number, Failure?][] {
  return Array.from({ length: count }, (_, index): [number, Failure?] => {
    const failure = failures[index - (count - failures.length)];
    const ageSeconds = 12 + (count - 1 - index) * 60;
    return failure === undefined ? [ageSeconds] : [ageSeconds, failure];
  });
}

export function threshold(
  currency: string,
  value: string,
  overrides: Partial<BalanceThreshold> = {},
): BalanceThreshold {
  return { currency, kind: 'available', severity: 'warning', value, ...overrides };
}

const RATES = {
  BTC_BITCOIN: { USD: '22890.06', EUR: '20601.054' },
  USDT_TRON: { USD: '1.0001', EUR: '0.91' },
  ETH_ETHEREUM: { USD: '1650.5', EUR: '1500' },
  TRX_TRON: { USD: '0.07' },
};

const WALLET: Wallet = {
  BTC_BITCOIN: ['0.05', '0.0125', '0.0375'],
  USDT_TRON: ['12345.6789', '0', '12345.6789'],
  ETH_ETHEREUM: ['3.141592653589793238', '0.000000000000000001', '3.141592653589793237'],
  TRX_TRON: ['900.4', '0.1', '900.3'],
  BNB_BSC: ['0.00000001', '0', '0.00000001'],
  LTC_LITECOIN: ['0', '0', '0'],
  DOGE_DOGECOIN: ['0', '0', '0'],
};

const REFUSED = failed('auth', {
  status: 401,
  said: ['permission'],
  message: 'POST https://app.thedex.cloud/api/v1/balances: 401 Unauthorized',
  advice: 'Check that the key is active, may read balances, and is allowed from this address.',
});
const DOWN = failed('server_error', {
  status: 503,
  said: ['maintenance'],
  message: 'POST https://app.thedex.cloud/api/v1/balances: 503 Service Unavailable',
  advice: 'Wait for the gateway; nothing is wrong on this side.',
});

/** An account in each state; their names say which. */
export function accountsInAllStates(): LandingAccount[] {
  return [
    landingAccount({ scrapes: scrapesOf(20), wallet: WALLET, rates: RATES }),
    landingAccount({
      name: 'shop',
      labels: { team: 'payments', tier: 'gold' },
      scrapes: scrapesOf(20),
      wallet: WALLET,
      rates: RATES,
      thresholds: [
        threshold('BTC_BITCOIN', '0.02'),
        threshold('BTC_BITCOIN', '0.005', { severity: 'critical' }),
        threshold('BTC_BITCOIN', '0.03', { kind: 'total' }),
        threshold('USDT_TRON', '500'),
      ],
      valueThresholds: [
        { fiat: 'USD', severity: 'warning', value: '10000' },
        { fiat: 'USD', severity: 'critical', value: '2000' },
      ],
      alertLimits: [
        { currency: '*', limit: 'hold_ratio', value: '0.9' },
        { currency: 'USDT_TRON', limit: 'drop_ratio', value: '+Inf' },
        { currency: 'USDT_TRON', limit: 'runway_seconds', value: '43200' },
      ],
    }),
    landingAccount({
      name: 'games',
      scrapes: scrapesOf(20, [DOWN, ...scrapesOf(9).map(() => undefined as never)]),
      wallet: WALLET,
      rates: RATES,
      thresholds: [
        threshold('BTC_BITCOIN', '0.05'),
        threshold('TRX_TRON', '2000'),
        threshold('TRX_TRON', '1000', { severity: 'critical' }),
        threshold('USDT_TORN', '1'),
      ],
      valueThresholds: [{ fiat: 'EUR', severity: 'warning', value: '25000' }],
    }),
    landingAccount({
      name: 'tickets',
      scrapes: scrapesOf(8, [DOWN, DOWN, DOWN]),
      wallet: WALLET,
      rates: RATES,
      thresholds: [threshold('TRX_TRON', '1000'), threshold('USDT_TRON', '500')],
    }),
    landingAccount({
      name: 'refused',
      scrapes: scrapesOf(
        20,
        Array.from({ length: 20 }, () => REFUSED),
      ),
    }),
    landingAccount({
      name: 'misspelt',
      scrapes: scrapesOf(5),
      wallet: { ...WALLET, TRX_TRON: ['900.5', '0.1', '900.3'] },
      invalid: ['XRP_RIPPLE'],
      ratesFailed: true,
      thresholds: [threshold('USDT_TORN', '1')],
      valueThresholds: [{ fiat: 'USD', severity: 'warning', value: '10000' }],
    }),
    landingAccount({
      name: 'forgotten',
      scrapes: [[3 * 3600 + 60], [3 * 3600]],
      wallet: WALLET,
    }),
    landingAccount({ name: 'fresh' }),
  ];
}

/** Five hundred accounts: 2 fail, 76 are below a threshold, all others are well. */
export function manyAccounts(count = 500): LandingAccount[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `merchant-${String(index + 1).padStart(4, '0')}`;
    if (index % 250 === 249) {
      const failures = [DOWN, DOWN].slice(0, (index % 2) + 1);
      return landingAccount({
        name,
        scrapes: scrapesOf(20, failures),
        wallet: WALLET,
        rates: RATES,
        thresholds: [threshold('TRX_TRON', '100')],
      });
    }
    const isLow = index % 250 < 38;
    const held = isLow ? ((index % 97) * 10 + 20).toFixed(2) : `${1500 + index}.55`;
    return landingAccount({
      name,
      scrapes: scrapesOf(20),
      wallet: { ...WALLET, USDT_TRON: [held, '0', held] },
      rates: RATES,
      thresholds: [
        threshold('USDT_TRON', '1000'),
        threshold('BTC_BITCOIN', '0.01'),
        threshold('USDT_TRON', '50', { severity: 'critical' }),
      ],
      valueThresholds: [{ fiat: 'USD', severity: 'warning', value: '2' }],
    });
  });
}

/** One account of sixty currencies, half of them empty. */
export function accountOfSixty(): LandingAccount {
  const wallet: Record<string, [string, string, string]> = {};
  for (let index = 0; index < 60; index += 1) {
    const amount = index % 2 === 0 ? '0' : (index * 1234.5678).toFixed(4);
    wallet[`COIN${index}_CHAIN`] = [amount, '0', amount];
  }
  return landingAccount({
    scrapes: scrapesOf(20),
    wallet,
    thresholds: [threshold('COIN3_CHAIN', '5000'), threshold('COIN8_CHAIN', '10'), threshold('COIN59_CHAIN', '10')],
  });
}

/** A name that would run, open tags or turn text around on a page that did not take care. */
export const EVIL_NAME = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>\u202Eevil`;

/** Amounts as large and as small as they come, and names that nobody would choose. */
export function accountOfWildScales(): LandingAccount {
  return landingAccount({
    name: 'wild',
    scrapes: scrapesOf(20),
    wallet: {
      SHIB_ETHEREUM: ['912345678901234.000000000000000001', '112345678901234', '800000000000000.000000000000000001'],
      BTC_BITCOIN: ['0.00000001', '0', '0.00000001'],
      WEI: ['0.000000000000000001', '0', '0.000000000000000001'],
      HUGE: [`1${'0'.repeat(40)}`, '0', `1${'0'.repeat(40)}`],
      TINY: ['1e-90', '0', '1e-90'],
      DEBT: ['-12.5', '0', '-12.5'],
      // Longer than its column, each part shorter.
      WRAPPED_BITCOINTOKEN: ['123456789.000000000000000001', '23456789', '100000000.000000000000000001'],
      [EVIL_NAME]: ['1', '0', '1'],
      ['LONG'.repeat(60)]: ['1', '0', '1'],
    },
    rates: { SHIB_ETHEREUM: { USD: '0.00001234' }, BTC_BITCOIN: { USD: '65000' }, WEI: { USD: '3000' } },
    thresholds: [
      threshold('SHIB_ETHEREUM', '1000000000'),
      threshold('BTC_BITCOIN', '0.5'),
      threshold('BTC_BITCOIN', '0.1', { severity: 'critical' }),
      threshold('DEBT', '0'),
    ],
  });
}
