import { expect } from 'chai';
import { Secret } from '../../src/lib/secret.ts';
import { accountSettings, API_KEY, configurationOf, SECRET_KEY } from '../support/account.ts';
import { startApp } from '../support/app.ts';
import { balance, json, respond, startGateway } from '../support/gateway.ts';
import { startLandingScene, type LandingScene } from '../support/landing-scene.ts';

async function get(url: string) {
  const response = await fetch(url);
  return { status: response.status, headers: response.headers, html: await response.text() };
}

/** What a reader sees: the text between the tags, its white space made plain. */
function textOf(html: string): string {
  const body = html.slice(html.indexOf('<body'));
  return body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ');
}

/** The part of a page that tells of one account. */
function cardOf(html: string, name: string): string {
  const card = html.split('<article').find((each) => each.includes(`<bdi>${name}</bdi></h`));
  if (card === undefined) throw new Error(`the page has no ${name}`);
  return `<body ${card}`;
}

const opened: { close(): Promise<void> }[] = [];

/** Has what a test opened closed after it, also when it fails. */
function closeLater<T extends { close(): Promise<void> }>(server: T): T {
  opened.unshift(server);
  return server;
}

async function closeOpened(): Promise<void> {
  for (const server of opened.splice(0)) await server.close();
}

describe('the landing page', function () {
  this.timeout(20_000);
  let scene: LandingScene;
  let html: string;
  before(async () => {
    scene = await startLandingScene();
    html = (await get(scene.app.url)).html;
  });
  afterEach(closeOpened);
  after(async () => {
    await scene?.close();
  });

  it('tells what is running, and where its pages are', () => {
    expect(textOf(html)).to.include('version 1.2.3, revision abc');
    for (const href of ['./metrics', './sd', './-/healthy', './-/ready', './probe?target=shop']) {
      expect(html).to.include(`href="${href}"`);
    }
  });
  it('never asks the gateway', async () => {
    const before = scene.gateway.requests.length;
    for (const query of ['', '?account=fresh', '?account=shop', '?q=a&page=2', '?state=never']) {
      await get(`${scene.app.url}/${query}`);
    }
    expect(scene.gateway.requests).to.have.length(before);
  });
  it('allows itself nothing but its own style, and no cache to keep it', async () => {
    const { headers } = await get(scene.app.url);
    expect(headers.get('content-security-policy')).to.match(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(html).not.to.match(/ style="| on\w+="|<script/);
  });
  it('holds no key and no secret', () => {
    expect(html).not.to.include(SECRET_KEY).and.not.include(API_KEY);
  });

  it('tells an account that is fine from its exact amounts', () => {
    const text = textOf(cardOf(html, 'shop'));
    expect(text).to.include('✓ OK').and.include('Last 3 scrapes: none failed.');
    expect(text).to.match(/Balances read (just now|\d+ seconds? ago), at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    expect(text).to.include('3.141592653589793237').and.include('0.000000000000000001').and.include(' 0.00000001 ');
    expect(text).to.include(
      'BTC_BITCOIN 0.0375 at least 0.02 (187.5 %) at least total 0.03 (166.7 %) 0.05 0.0125 25 % 858.38',
    );
    expect(text).to.include('LTC_LITECOIN 0 – 0 0 – no rate').and.not.match(/0E-8/i);
  });
  it('adds up what is available exactly, and holds it against its threshold', () => {
    const card = cardOf(html, 'shop');
    expect(card).to.include('<data value="18453.5103926399537376685">18453.51</data>');
    expect(textOf(card)).to.include('18453.51 USD , not counting 1 currency without a rate at least 10000 (184.5 %)');
  });
  it('tells an account that is below a threshold, the deepest first', () => {
    const text = textOf(cardOf(html, 'games'));
    expect(text).to.include('▼ 2 below threshold').and.include('Last 20 scrapes: 1 failed (server_error).');
    expect(text).to.match(/BTC_BITCOIN 0.0375 ▼ below 0.05 \(75 %\).*TRX_TRON 900.3 ▼ below 1000 \(90 %\)/);
  });
  it('marks books that disagree, what was left out, and a threshold on nothing', () => {
    const text = textOf(cardOf(html, 'games'));
    expect(text).to.include('⚠ hold + available is off by 0.1');
    expect(text).to.include('⚠ 1 entry of the answer not understood and left out: DOGE_DOGECOIN');
    expect(text).to.include('USDT_TORN ? not in the answer');
  });
  it('tells an account that fails, why, since when, and that its balances are old', () => {
    const text = textOf(cardOf(html, 'tickets'));
    expect(text).to.include('✗ failing').and.include('The last 3 scrapes failed, most recently');
    expect(text).to.include('server_error : the gateway failed').and.include('⚠ Old balances, read');
    expect(text).to.include('Last 5 scrapes: 3 failed (server_error).');
    expect(text).to.match(/UTC ✗ server_error : the gateway failed[^✗✓]* \d+(\.\d)? m?s .*UTC ✓ OK \d/);
  });
  it('tells an account that nobody has asked for', () => {
    expect(textOf(cardOf(html, 'fresh'))).to.include('○ never scraped yet');
  });
  it('knows what was asked for and does not exist', async () => {
    const { status, html: page } = await get(`${scene.app.url}/?account=nobody-of-that-name`);
    expect(status).to.equal(404);
    expect(textOf(page)).to.include('No such account');
    expect(page).not.to.include('nobody-of-that-name');
  });
  it('tells the account without a name from one that is named default', async () => {
    const named = closeLater(
      await startApp(
        configurationOf([accountSettings(scene.gateway.url), accountSettings(scene.gateway.url, { name: 'default' })]),
      ),
    );
    const page = (await get(named.url)).html;
    expect(page.match(/<bdi>default<\/bdi>/g)).to.have.length(2);
    expect((await get(`${named.url}/?account=default`)).html).to.include('href="./probe?target=default"');
    expect((await get(`${named.url}/?account=:default`)).html).not.to.include('probe?target');
  });
  it('escapes the name of an account', async () => {
    const name = `<script>"'&\u202E`;
    const app = closeLater(await startApp(configurationOf([accountSettings(scene.gateway.url, { name })])));
    const page = (await get(app.url)).html;
    expect(page)
      .to.include('&lt;script>&quot;')
      .and.include('[U+202E]')
      .and.not.match(/<script|\u202E/);
  });
  it('says so when there is no account', async () => {
    const app = closeLater(await startApp(configurationOf([])));
    expect(textOf((await get(app.url)).html)).to.include('No account is configured');
  });
  it('says of a failing account that it has no balances', async () => {
    const gateway = closeLater(await startGateway({ answer: respond(401, '{}') }));
    const app = closeLater(await startApp(configurationOf([accountSettings(gateway.url)])));
    app.readiness.serve();
    await get(`${app.url}/metrics`);
    const text = textOf((await get(app.url)).html);
    expect(text).to.include('auth : the gateway refused the API key').and.include('No balances have been read');
  });
  it('leaves out what there is nothing to say of', async () => {
    const gateway = closeLater(await startGateway({ answer: json(JSON.stringify([{ BTC: balance('1', '0', '1') }])) }));
    const app = closeLater(await startApp(configurationOf([accountSettings(gateway.url)])));
    app.readiness.serve();
    await get(`${app.url}/metrics`);
    const { html: page } = await get(app.url);
    expect(page).not.to.include('>Threshold<').and.not.include('Available in');
    expect(page).not.to.include('<form').and.not.include('class="pager"');
  });
});

describe('a landing page of many', function () {
  this.timeout(20_000);
  afterEach(closeOpened);
  it('finds one of a thousand accounts by name and by page', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `shop-${String(index).padStart(3, '0')}`);
    const url = new URL('http://127.0.0.1:9');
    const app = closeLater(await startApp(configurationOf(names.map((name) => accountSettings(url, { name })))));
    const namesAt = async (query: string) =>
      [...(await get(`${app.url}/${query}`)).html.matchAll(/<bdi>(shop-\d+)/g)].map(([, name]) => name);
    expect(await namesAt('')).to.deep.equal(names.slice(0, 20));
    expect(await namesAt('?page=50')).to.deep.equal(names.slice(980));
    expect(await namesAt('?page=999')).to.deep.equal(names.slice(980));
    for (const page of ['0', '-1', '1e9', 'x', '99999999999']) {
      expect(await namesAt(`?page=${page}`)).to.deep.equal(names.slice(0, 20));
    }
    expect(await namesAt('?q=SHOP-77&page=1')).to.deep.equal(names.slice(770, 780));
    const { html } = await get(app.url);
    expect(textOf(html)).to.include('1,000 in all').and.include('Page 1 of 50');
    expect(html).to.include('href="./?page=2"').and.include('href="./?page=50"');
  });
  it('shows the worst of thousands of balances, and leads to the others', async () => {
    const wallet = Array.from({ length: 3000 }, (_, index) => ({ [`COIN_${index}`]: balance('1', '0', '1') }));
    const gateway = closeLater(await startGateway({ answer: json(JSON.stringify(wallet)) }));
    const named = (name: string) =>
      accountSettings(gateway.url, {
        name,
        apiKey: new Secret(name),
        thresholds: [{ currency: 'COIN_2999', kind: 'available', value: '2' }],
      });
    const app = closeLater(await startApp(configurationOf([named('large'), named('other')])));
    app.readiness.serve();
    await get(`${app.url}/probe?target=large`);
    const rowsAt = async (query: string) =>
      [...(await get(`${app.url}/${query}`)).html.matchAll(/<bdi>(COIN_\d+)/g)].map(([, name]) => name);
    const among = await rowsAt('');
    expect(among[0]).to.equal('COIN_2999');
    expect(among).to.have.length(8);
    expect(textOf((await get(app.url)).html))
      .to.include('8 of 3,000 balances')
      .and.include('Show all balances');
    expect(await rowsAt('?account=large')).to.have.length(100);
    expect((await get(`${app.url}/?account=large`)).html).not.to.include('Show all balances');
    expect(await rowsAt('?account=large&page=30'))
      .to.have.length(100)
      .and.include('COIN_2998');
    expect(await rowsAt('?account=large&q=coin_1234')).to.deep.equal(['COIN_1234']);
    expect(textOf((await get(`${app.url}/?account=large&q=nothing`)).html)).to.include('No currency matches');
  });
});
