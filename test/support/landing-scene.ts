import { Secret } from '../../src/lib/secret.ts';
import { accountSettings, API_KEY, configurationOf, gatewaySettings } from './account.ts';
import { startApp, type TestApp } from './app.ts';
import { balance, json, respond, startGateway, type Answer, type TestGateway } from './gateway.ts';

/** A name that would run, open tags or turn text around on a page that did not take care. */
export const EVIL_NAME = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>\u202Eevil`;

/** Accounts in every state, each at the same gateway, told apart by their key. */
export interface LandingScene {
  readonly app: TestApp;
  readonly gateway: TestGateway;
  scrape(name: string): Promise<void>;
  close(): Promise<void>;
}

const RATES = JSON.stringify([
  rates('BTC_BITCOIN', { USD: '22890.06000000', EUR: '20601.05400000' }),
  rates('USDT_TRON', { USD: '1.00010000', EUR: '0.91' }),
  rates('ETH_ETHEREUM', { EUR: '1500', USD: '1650.5' }),
  rates('TRX_TRON', { USD: '0.07' }),
]);

const WALLET = JSON.stringify([
  { BTC_BITCOIN: balance('0.05000000', '0.01250000', '0.03750000') },
  { USDT_TRON: balance('12345.678900', '0.000000', '12345.678900') },
  { ETH_ETHEREUM: balance('3.141592653589793238', '0.000000000000000001', '3.141592653589793237') },
  { TRX_TRON: balance('900.5', '0.1', '900.3') },
  { LTC_LITECOIN: balance('0E-8', '0E-8', '0E-8') },
  { BNB_BSC: balance('1E-8', '0', '1E-8') },
  { DOGE_DOGECOIN: { totalBalance: 'many' } },
]);

/** Starts the scene: `shop` is fine, `games` is low, `tickets` fails after it had balances, `fresh` was never asked. */
export async function startLandingScene(): Promise<LandingScene> {
  const failing = new Set<string>();
  const gateway = await startGateway({ answer: answerByKey(failing) });
  const account = (name: string | undefined, overrides = {}) =>
    accountSettings(gateway.url, { name, apiKey: new Secret(keyOf(name ?? 'default')), ...overrides });
  const configuration = configurationOf(
    [
      account(undefined),
      account('shop', {
        thresholds: [
          { currency: 'BTC_BITCOIN', kind: 'available', value: '0.02' },
          { currency: 'BTC_BITCOIN', kind: 'total', value: '0.03' },
          { currency: 'USDT_TRON', kind: 'available', value: '500' },
        ],
        valueThresholds: [{ fiat: 'USD', value: '10000' }],
      }),
      account('games', {
        thresholds: [
          { currency: 'BTC_BITCOIN', kind: 'available', value: '0.05' },
          { currency: 'TRX_TRON', kind: 'available', value: '1000' },
          { currency: 'USDT_TORN', kind: 'available', value: '1' },
        ],
      }),
      account('tickets', { thresholds: [{ currency: 'TRX_TRON', kind: 'available', value: '100' }] }),
      account('hostile'),
      account('fresh'),
    ],
    gatewaySettings({ collectors: { rates: true, payoutLimits: false } }),
  );
  const app = await startApp(configuration);
  app.readiness.serve();
  const scrape = async (name: string) => {
    const path = name === 'default' ? '/metrics' : `/probe?target=${name}`;
    await (await fetch(`${app.url}${path}`)).text();
  };
  const scene: LandingScene = {
    app,
    gateway,
    scrape,
    close: async () => {
      await app.close();
      await gateway.close();
    },
  };
  const often = Array.from({ length: 18 }, () => 'games');
  for (const name of ['default', 'shop', 'shop', 'shop', 'hostile', 'tickets', 'tickets', 'games']) await scrape(name);
  failing.add(keyOf('games'));
  await scrape('games');
  failing.delete(keyOf('games'));
  for (const name of often) await scrape(name);
  failing.add(keyOf('tickets'));
  for (const name of ['tickets', 'tickets', 'tickets']) await scrape(name);
  return scene;
}

function keyOf(name: string): string {
  return `${API_KEY}-${name}`;
}

function answerByKey(failing: ReadonlySet<string>): Answer {
  return (request, response, body) => {
    const key = String(request.headers['x-ex-apikey']);
    if (failing.has(key)) return respond(503, 'maintenance')(request, response, body);
    if (request.url?.endsWith('/currencies/crypto')) return json(RATES)(request, response, body);
    const wallet = key === keyOf('hostile') ? JSON.stringify([{ [EVIL_NAME]: balance('1', '0', '1') }]) : WALLET;
    return json(wallet)(request, response, body);
  };
}

function rates(monetary: string, all: Readonly<Record<string, string>>) {
  return { monetary, rates: Object.entries(all).map(([fiatCurrency, rate]) => ({ fiatCurrency, rate })) };
}
