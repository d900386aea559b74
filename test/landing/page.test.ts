import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LANDING_POLICY, renderLanding, type ProgramInfo } from '../../src/landing/page.tsx';
import { prometheusLines } from '../../src/landing/prometheus-lines.tsx';
import { REASON_WORDS } from '../../src/landing/words.ts';
import {
  accountOfSixty,
  accountOfWildScales,
  accountsInAllStates,
  EVIL_NAME,
  failed,
  INFO,
  landingAccount,
  manyAccounts,
  NOW_MS,
  scrapesOf,
  threshold,
} from '../support/landing-accounts.ts';
import { useScratch } from '../support/scratch.ts';
import { requireTool } from '../support/tools.ts';

type Accounts = Parameters<typeof renderLanding>[0]['accounts'];

async function render(accounts: Accounts, query: Record<string, string> = {}, info: ProgramInfo = INFO) {
  const { status, html } = await renderLanding({ accounts, query, info, nowMs: NOW_MS });
  // Where a name may break matters in a browser only.
  return { status, html: html.replaceAll('_<wbr/>', '_') };
}

/** What a reader sees: the text between the tags, its white space made plain. */
function textOf(html: string): string {
  return html
    .slice(html.indexOf('<body'))
    .replaceAll(/<span class="group">(\d+)<\/span>(?:<wbr\/>)?/g, '$1')
    .replaceAll(/<(?:\/?(?:data|bdi|strong|span|time|a)\b[^>]*|wbr\/)>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ');
}

/** The line of the table that tells of one account or currency. */
function rowOf(html: string, name: string): string {
  const row = html.split('<tr').find((each) => each.includes(`<bdi>${name}</bdi>`) && each.includes('scope="row"'));
  if (row === undefined) throw new Error(`the page has no line of ${name}`);
  return textOf(`<body ${row}`);
}

describe('the landing page of several accounts', () => {
  it('begins with the verdict, in its title and its first line', async () => {
    const { status, html } = await render(manyAccounts());
    expect(status).to.equal(200);
    expect(html).to.include('<title>2 of 500 accounts fail, 76 below a threshold – TheDex Exporter</title>');
    expect(textOf(html)).to.match(/^\s*Skip to the accounts ✗ 2 of 500 accounts fail, 76 below a threshold /);
  });
  it('tells what is running, where its pages are, and what is configured', async () => {
    const { html } = await render(accountsInAllStates());
    expect(textOf(html)).to.include('TheDex Exporter 1.2.3 (abc1234)');
    for (const href of ['./metrics', './sd', './-/healthy', './-/ready', INFO.documentationUrl]) {
      expect(html).to.include(`href="${href}"`);
    }
    expect(textOf(html)).to.include('Configuration in force').and.include('collectors balances, rates');
  });
  it('says that the money of a sandbox is invented', async () => {
    const info = { ...INFO, configuration: { default_account: 'sandbox' } };
    expect(textOf((await render([landingAccount({})], {}, info)).html)).to.include('invented money');
    expect(textOf((await render([landingAccount({})])).html)).not.to.include('invented money');
  });
  it('has a line for each account', async () => {
    const { html } = await render(accountsInAllStates());
    expect(rowOf(html, 'refused')).to.match(/refused ✗ failing never – – auth, HTTP 401, 20 in a row/);
    expect(rowOf(html, 'tickets')).to.match(
      /✗ failing 3 minutes ago TRX_TRON 900.3 of 1000 \(90 %\), old 18453.51 USD server_error, HTTP 503, 3 in a row/,
    );
    expect(rowOf(html, 'games')).to.match(
      /▼ 1 critical 12 seconds ago TRX_TRON 900.3 of 1000 \(90 %\) 18453.51 USD TRX_TRON, value in EUR, BTC_BITCOIN/,
    );
    expect(rowOf(html, 'shop')).to.match(/✓ well 12 seconds ago BTC_BITCOIN 0.05 of 0.03 in total \(166.7 %\)/);
    expect(rowOf(html, 'misspelt')).to.match(/\? to look at .* Not understood and left out: XRP_RIPPLE; and 4 more/);
    expect(rowOf(html, 'forgotten')).to.match(/◷ stale 3 hours ago no threshold – last scraped 3 hours ago/);
    expect(rowOf(html, 'fresh')).to.match(/○ never scraped never – – – nobody asked yet/);
  });
  it('shows fifty of them, and the way to the others above and below', async () => {
    const page = async (query: Record<string, string>) => {
      const { html } = await render(manyAccounts(), query);
      return { html, names: [...html.matchAll(/<bdi>(merchant-\d+)/g)].map(([, name]) => name) };
    };
    const first = await page({ sort: 'account' });
    expect([first.names.length, first.names.at(0), first.names.at(-1)]).to.deep.equal([
      50,
      'merchant-0001',
      'merchant-0050',
    ]);
    expect(first.html.match(/class="pager"/g)).to.have.length(2);
    expect(first.html).to.include('href="./?sort=account&amp;page=2"').and.include('Page 1 of 10');
    expect((await page({ sort: 'account', page: '10' })).names.at(-1)).to.equal('merchant-0500');
    expect((await page({ sort: 'account', page: '999' })).names.at(-1)).to.equal('merchant-0500');
    expect((await page({ q: '0499' })).names).to.deep.equal(['merchant-0499']);
    expect((await page({ state: 'failing' })).names).to.deep.equal(['merchant-0250', 'merchant-0500']);
    expect(textOf((await page({ q: 'nobody' })).html)).to.include('0 accounts found');
  });
  it('keeps what was asked for in every link and in the search', async () => {
    const { html } = await render(manyAccounts(), { state: 'low', sort: '-value', q: 'merchant', refresh: '60' });
    expect(html).to.include('href="./?q=merchant&amp;state=low&amp;sort=-value&amp;page=2&amp;refresh=60"');
    expect(html).to.include('href="./?q=merchant&amp;state=low&amp;sort=value&amp;refresh=60"');
    expect(html).to.include('href="./?account=merchant-0001&amp;refresh=60"');
    expect(html).to.include('<input type="hidden" name="state" value="low"/>');
  });
  it('refreshes itself when that is asked for', async () => {
    const { html } = await render(manyAccounts(), { refresh: '60' });
    expect(html).to.include('<meta http-equiv="refresh" content="60"/>');
    expect((await render(manyAccounts())).html).not.to.include('http-equiv');
  });
  it('says so when there is no account', async () => {
    expect(textOf((await render([])).html)).to.include('No account is configured');
  });
});

describe('the page of an account', () => {
  const page = async (account: string, query: Record<string, string> = {}) =>
    (await render(accountsInAllStates(), { ...query, account })).html;
  it('is the landing page of a lone account', async () => {
    const { html } = await render([accountOfWildScales()]);
    expect(html).to.include('<title>wild is below 2 thresholds (1 critical) – TheDex Exporter</title>');
    expect(textOf(html)).not.to.include('‹ All');
    expect(textOf(await page('shop'))).to.include('‹ All 8 accounts');
  });
  it('tells the account without a name from one that is named default', async () => {
    const both = [landingAccount({}), landingAccount({ name: 'default' })];
    expect((await render(both, { account: 'default' })).html).to.include('href="./probe?target=default"');
    expect((await render(both, { account: ':default' })).html).not.to.include('probe?target');
  });
  it('knows what was asked for and does not exist', async () => {
    const { status, html } = await render(accountsInAllStates(), { account: 'nobody-of-that-name' });
    expect(status).to.equal(404);
    expect(textOf(html)).to.include('No account of that name is configured');
    expect(html).not.to.include('nobody-of-that-name');
  });
  it('has exact amounts beside their thresholds of both severities', async () => {
    const html = await page('shop');
    expect(rowOf(html, 'BTC_BITCOIN')).to.include(
      'BTC_BITCOIN 0.0375 warning 0.02 (187.5 %) critical 0.005 (750 %) warning of total 0.03 (166.7 %) 0.0125 (25 %) 0.05 858.38',
    );
    expect(rowOf(html, 'ETH_ETHEREUM')).to.include(
      '3.141592653589793237 – 0.000000000000000001 (<0.1 %) 3.141592653589793238 5185.20',
    );
    expect(rowOf(html, 'BNB_BSC')).to.include('0.00000001 – 0 0.00000001 no rate');
  });
  it('adds up what is available exactly, and compares it with its thresholds', async () => {
    const html = await page('shop');
    expect(html).to.include('<data class="amount" value="18453.5103926399537376685">');
    expect(textOf(html)).to.include(
      '18453.51 USD, not counting 1 currency without a rate warning 10000 (184.5 %) critical 2000 (922.7 %)',
    );
  });
  it('shows what is below a threshold first, and folds what is empty', async () => {
    const html = await page('games');
    expect(rowOf(html, 'TRX_TRON')).to.include('▼ below critical 1000 (90 %) ▼ below warning 2000 (45 %)');
    const names = [...html.matchAll(/scope="row" role="rowheader"><bdi>(\w+)/g)].map(([, name]) => name);
    expect(names).to.deep.equal(['TRX_TRON', 'BTC_BITCOIN', 'USDT_TRON', 'ETH_ETHEREUM', 'BNB_BSC']);
    expect(textOf(html)).to.match(/2 currencies with nothing DOGE_DOGECOIN LTC_LITECOIN /);
    expect(html).to.match(/<details><summary>2 currencies/);
  });
  it('does not fold what is empty and has a threshold', async () => {
    const { html } = await render([accountOfSixty()]);
    expect(rowOf(html, 'COIN8_CHAIN')).to.include('COIN8_CHAIN 0 ▼ below warning 10 (0 %)');
  });
  it('says why it fails, what to do and where to read more', async () => {
    const html = await page('refused');
    const text = textOf(html);
    expect(text).to.include('The last 20 scrapes failed, most recently 12 seconds ago, at 2026-09-01 11:59:48 UTC.');
    expect(text).to.include('auth, HTTP 401: the gateway refused the API key or the signature.');
    expect(text).to.include('What to do Check that the key is active, may read balances');
    expect(text).to.include('The gateway’s answer speaks of permission');
    expect(text).to.include('Message POST https://app.thedex.cloud/api/v1/balances: 401 Unauthorized');
    expect(html).to.include(`href="${INFO.documentationUrl}/troubleshooting.md#auth"`);
    expect(html).to.include(`href="${INFO.documentationUrl}/runbooks.md#thedexauthrejected"`);
    expect(text).to.include('No balances have been read since the exporter started.');
  });
  it('marks balances that are old', async () => {
    const text = textOf(await page('tickets'));
    expect(text).to.include('⚠ Old balances Read 3 minutes ago, at 2026-09-01 11:56:48 UTC');
    expect(text).to.include('Last 8 scrapes: 3 failed (server_error).');
    expect(text).to.match(/UTC ✗ server_error, HTTP 503 200 ms .*UTC ✓ succeeded \d/);
    expect(textOf(await page('shop'))).not.to.include('Old balances');
  });
  it('tells what should be looked at', async () => {
    const text = textOf(await page('misspelt'));
    expect(text).to.include('⚠ Not understood and left out: XRP_RIPPLE (TheDexInvalidBalances in the runbooks)');
    expect(text).to.include('⚠ Total is not hold and available together: TRX_TRON');
    expect(text).to.include('900.5 ⚠ not hold and available: off by 0.1');
    expect(text).to.include('⚠ Threshold on a currency that the answer does not hold: USDT_TORN');
    expect(text).to.include('⚠ Not read: exchange rates');
  });
  it('tells its labels and what is normal for it', async () => {
    const text = textOf(await page('shop'));
    expect(text).to.include('team: payments tier: gold');
    expect(text).to.include('each currency default 90 % default USDT_TRON off default 12 hours');
  });
  it('finds a currency, also an empty one', async () => {
    const wallet = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [`COIN_${index}`, ['1', '0', '1'] as const]),
    );
    const accounts = [
      landingAccount({
        scrapes: scrapesOf(1),
        wallet: { ...wallet, NOTHING: ['0', '0', '0'] },
        thresholds: [threshold('COIN_2999', '2')],
      }),
    ];
    const namesAt = async (query: Record<string, string>) =>
      [...(await render(accounts, query)).html.matchAll(/<bdi>(COIN_\d+|NOTHING)/g)].map(([, name]) => name);
    const first = await namesAt({});
    expect(first.filter((name) => name !== 'NOTHING')).to.have.length(100);
    expect(first[0]).to.equal('COIN_2999');
    expect(await namesAt({ page: '30' })).to.include('COIN_2998');
    expect(await namesAt({ q: 'coin_1234' })).to.deep.equal(['COIN_1234']);
    expect(await namesAt({ q: 'noth' })).to.deep.equal(['NOTHING']);
    expect(textOf((await render(accounts, { q: 'else' })).html)).to.include('No currency matches');
  });
  it('leaves out what there is nothing to say of', async () => {
    const { html } = await render([landingAccount({ scrapes: scrapesOf(1), wallet: { A: ['1', '0', '1'] } })]);
    expect(html).not.to.include('>Thresholds<').and.not.include('Available in').and.not.include('Alert limits');
    expect(html).not.to.include('<form').and.not.include('class="pager"').and.not.include('prometheus.yml');
  });
});

describe('every landing page', () => {
  const pages = [
    render(accountsInAllStates()),
    render(accountsInAllStates(), { q: EVIL_NAME }),
    render(accountsInAllStates(), { account: EVIL_NAME }),
    render([accountOfWildScales()], { refresh: '60' }),
    render([landingAccount({ name: EVIL_NAME, scrapes: scrapesOf(1, [failed('network', { message: EVIL_NAME })]) })]),
  ];
  it('allows itself nothing but its own style', async () => {
    expect(LANDING_POLICY).to.match(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    for (const { html } of await Promise.all(pages)) {
      expect(html).not.to.match(/ style="| on\w+="|<script|<img/);
    }
  });
  it('escapes what others have written, and makes visible what would turn text around', async () => {
    for (const { html } of await Promise.all(pages)) {
      // What is searched for stays as it was written, alone in its field.
      expect(html.replace(/ value="[^"]*"/g, '')).not.to.match(/<script|<img|\u202E/);
    }
    expect((await render([accountOfWildScales()])).html)
      .to.include('&lt;script>alert(1)')
      .and.include('[U+202E]evil');
  });
  it('links only to sections that the documentation has', async () => {
    const troubleshooting = await readFile('docs/troubleshooting.md', 'utf8');
    const runbooks = await readFile('docs/runbooks.md', 'utf8');
    for (const reason of Object.keys(REASON_WORDS))
      expect(troubleshooting).to.match(new RegExp(`^### ${reason}$`, 'm'));
    const all = [...(await Promise.all(pages)), await render(accountsInAllStates(), { account: 'misspelt' })];
    all.push(await render(accountsInAllStates(), { account: 'games' }));
    const anchors = all.flatMap(({ html }) => [...html.matchAll(/runbooks\.md#(\w+)/g)].map(([, anchor]) => anchor));
    expect(anchors).to.have.length.above(3);
    for (const anchor of anchors) expect(runbooks.toLowerCase()).to.match(new RegExp(`^## ${anchor}$`, 'm'));
  });
  it('does not hold up scrapes, whatever the number of accounts', async function () {
    this.timeout(30_000);
    const accounts = manyAccounts(5_000);
    const longestMs = [];
    for (const query of [{}, {}, { sort: 'value' }]) {
      // Time that other programs take on a busy machine does not count.
      let [worst, last] = [0, process.cpuUsage()];
      const beat = () => {
        const { user, system } = process.cpuUsage(last);
        worst = Math.max(worst, (user + system) / 1000);
        last = process.cpuUsage();
        next = setImmediate(beat);
      };
      let next = setImmediate(beat);
      await render(accounts, query);
      await new Promise((resolve) => setTimeout(resolve, 1));
      clearImmediate(next);
      longestMs.push(worst);
    }
    // What runs for the first time is compiled on the way.
    expect(Math.min(...longestMs)).to.be.below(100);
  });
});

describe('the lines for prometheus.yml', () => {
  const scratch = useScratch();
  it('are shown once, for who has never been scraped', async () => {
    const html = (await render([landingAccount({}), landingAccount({ name: 'a' }), landingAccount({ name: 'b' })]))
      .html;
    expect(html.match(/scrape_configs:/g)).to.have.length(1);
    expect(textOf(html)).to.include('3 accounts have never been scraped: lines for prometheus.yml');
    expect(html).to.match(/<details class="card" open/);
    expect((await render(manyAccounts())).html).not.to.include('scrape_configs');
  });
  it('hold no more than the default account needs', () => {
    expect(prometheusLines(INFO, false)).to.equal(
      [
        'scrape_configs:',
        '  - job_name: thedex',
        '    metrics_path: "/metrics"',
        '    static_configs:',
        '      - targets: ["localhost:10055"]',
      ].join('\n'),
    );
  });
  it('name the address that is listened on, and the prefix', () => {
    const lines = prometheusLines({ ...INFO, listenAddress: '[2001:db8::1]:9100', routePrefix: '/x' }, true);
    expect(lines).to.include('"/x/metrics"').and.include('"/x/probe"').and.include('"http://[2001:db8::1]:9100/x/sd"');
    expect(prometheusLines({ ...INFO, listenAddress: 'unix:///run/x.sock' }, false)).to.include('"EXPORTER:10055"');
  });
  it('are taken by Prometheus, also with TLS and passwords', async function () {
    const promtool = requireTool(this, 'promtool');
    const configuration = { tls: 'TLSv1.2-TLSv1.3', password_users: 1 };
    for (const [name, info] of Object.entries({ plain: INFO, guarded: { ...INFO, configuration } })) {
      const file = join(scratch.path, `${name}.yml`);
      const lines = prometheusLines(info, true);
      expect(lines.includes('https://')).to.equal(name === 'guarded');
      await writeFile(file, lines);
      await promisify(execFile)(promtool, ['check', 'config', file]);
    }
  });
});
