import { expect } from 'chai';
import { LANDING_POLICY } from '../../src/landing/page.tsx';
import {
  accountSettings,
  API_KEY,
  configurationOf,
  fixedKeys,
  gatewaySettings,
  SECRET_KEY,
} from '../support/account.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { balance, json, respond, startGateway, type TestGateway } from '../support/gateway.ts';
import { threshold } from '../support/landing-accounts.ts';

const WALLET = JSON.stringify([
  { BTC_BITCOIN: balance('0.05000000', '0.01250000', '0.03750000') },
  { LTC_LITECOIN: balance('0E-8', '0E-8', '0E-8') },
  { DOGE_DOGECOIN: { totalBalance: 'many' } },
]);
const RATES = JSON.stringify([{ monetary: 'BTC_BITCOIN', rates: [{ fiatCurrency: 'USD', rate: '20000.5' }] }]);

describe('the landing page over HTTP', () => {
  let gateway: TestGateway;
  let app: TestApp;
  before(async () => {
    gateway = await startGateway({
      answer: (request, response, body) => {
        const answer =
          request.headers['x-ex-apikey'] === 'other'
            ? respond(401, '{"error":"no permission"}')
            : json(request.url?.endsWith('/currencies/crypto') === true ? RATES : WALLET);
        answer(request, response, body);
      },
    });
    const collectors = { rates: true, payoutLimits: false };
    const configuration = configurationOf(
      [
        accountSettings(gateway.url, {
          thresholds: [threshold('BTC_BITCOIN', '0.05'), threshold('USDT_TORN', '1')],
          valueThresholds: [{ fiat: 'USD', severity: 'critical', value: '1000' }],
        }),
        accountSettings(gateway.url, { name: 'shop', keys: fixedKeys('other', 'another') }),
        accountSettings(gateway.url, { name: 'fresh' }),
      ],
      gatewaySettings({ collectors }),
    );
    app = await startApp(configuration, { routePrefix: '/x' });
    for (const path of ['metrics', 'probe?target=shop']) await (await fetch(`${app.url}/x/${path}`)).text();
  });
  after(async () => {
    await app?.close();
    await gateway?.close();
  });
  const get = async (query = '') => {
    const response = await fetch(`${app.url}/x/${query}`);
    return { response, html: await response.text() };
  };

  it('tells what scrapes have found', async () => {
    const { response, html } = await get();
    expect(response.status).to.equal(200);
    expect(html).to.include(
      '<title>1 of 3 accounts fails, 1 below a threshold, 1 never scraped – TheDex Exporter</title>',
    );
    expect(html).to.include('auth, HTTP 401');
  });
  it('has a page for each account, with what the gateway said and what to do', async () => {
    const { html } = await get('?account=shop');
    expect(html).to.include('<title>shop fails: auth, HTTP 401 – TheDex Exporter</title>');
    expect(html).to.match(/speaks of<\/dt><dd>permission</);
    expect(html).to.match(/What to do<\/dt><dd>\w/);
    const own = (await get('?account=:default')).html.replaceAll('<wbr/>', '');
    expect(own).to.include('<data class="amount" value="0.0375');
    expect(own)
      .to.include('<data class="amount" value="750.01875')
      .and.include('USDT_TORN')
      .and.include('DOGE_DOGECOIN');
  });
  it('never asks the gateway', async () => {
    const before = gateway.requests.length;
    for (const query of ['', '?account=fresh', '?account=shop', '?q=a&page=2', '?state=never']) await get(query);
    expect(gateway.requests).to.have.length(before);
  });
  it('allows itself nothing but its own style, and no cache to keep it', async () => {
    const { headers } = (await get()).response;
    expect(headers.get('content-security-policy')).to.equal(LANDING_POLICY);
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('content-type')).to.equal('text/html; charset=utf-8');
  });
  it('holds no key and no secret', async () => {
    for (const query of ['', '?account=shop', '?account=:default']) {
      expect((await get(query)).html).not.to.match(new RegExp(`${SECRET_KEY}|${API_KEY}|another`));
    }
  });
  it('leads to nothing outside of its prefix', async () => {
    const { html, response } = await get();
    const hrefs = [...html.matchAll(/href="(\.[^"]*)"/g)].map(([, href]) => new URL(href ?? '', response.url).pathname);
    expect(new Set(hrefs)).to.deep.equal(new Set(['/x/', '/x/metrics', '/x/sd', '/x/-/healthy', '/x/-/ready']));
    expect(html).to.include('/x/sd');
  });
  it('knows what was asked for and does not exist', async () => {
    expect((await get('?account=nobody')).response.status).to.equal(404);
  });
});
