import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { AccountSettings } from '../../src/config/settings.ts';
import { OwnMetrics } from '../../src/scrape/own-metrics.ts';
import { renderSnapshot } from '../../src/scrape/metrics.ts';
import { negotiateFormat, Pages, type PageVariant } from '../../src/scrape/page.ts';
import type { Failure, Outcomes, Snapshot } from '../../src/scrape/scrape.ts';
import { BALANCES } from '../../src/thedex/answers.ts';
import { REASONS } from '../../src/thedex/errors.ts';
import { accountSettings } from '../support/account.ts';
import { parsePage, valueOf } from '../support/exposition.ts';
import { balance } from '../support/gateway.ts';
import { requirePython, requireTool } from '../support/tools.ts';

const URL_OF_NOBODY = new URL('http://127.0.0.1:1');

function snapshotOf(outcomes: Outcomes): Snapshot {
  return { startedAtMs: 1, durationSeconds: 0.25, timeoutSeconds: 9.5, outcomes };
}

function answered(json: unknown): Outcomes {
  return { balances: { ok: true, value: BALANCES.parse(json, () => false), durationSeconds: 0.2 } };
}

function failed(reason: Failure['reason'], invalidEntries?: number): Failure {
  const rest = { status: undefined, said: [], message: 'a message', advice: 'an advice' };
  return { ok: false, reason, durationSeconds: 0.1, invalidEntries, ...rest };
}

const TEXT: PageVariant = { format: 'text', gzip: false };

interface PageOptions {
  readonly settings?: Partial<AccountSettings>;
  readonly format?: PageVariant['format'];
  readonly own?: OwnMetrics;
  readonly pages?: Pages;
}

async function pageOf(outcomes: Outcomes, options: PageOptions = {}): Promise<string> {
  const { settings = {}, format = 'text', own, pages = new Pages() } = options;
  const scraped = { snapshot: snapshotOf(outcomes), settings: accountSettings(URL_OF_NOBODY, settings) };
  const page = await pages.render({ scraped, own }, { format, gzip: false });
  const text = page.bytes.toString();
  page.release();
  return text;
}

function ownMetrics(): OwnMetrics {
  const own = new OwnMetrics({ version: '1.2.3', revision: 'a"bc' });
  own.observeRequest('balances', 'success', 0.2);
  return own;
}

describe('a snapshot', () => {
  it('of many currencies is written in slices of a bounded length, and of few in one for each metric', () => {
    const slicesOf = (count: number) => {
      const many = Array.from({ length: count }, (_, index) => ({ [`C${index}`]: balance('1', '0', '1') }));
      return [...renderSnapshot(snapshotOf(answered(many)), accountSettings(URL_OF_NOBODY))];
    };
    const slices = slicesOf(5_000);
    const LONGEST = 33 * 1024;
    expect(Math.max(...slices.map(({ length }) => length))).to.be.within(LONGEST / 2, LONGEST);
    expect(slices.length).to.be.below(40);
    expect(slices.join('').match(/^thedex_balance\{/gm)).to.have.length(15_000);
    expect(slicesOf(2)).to.have.length(slicesOf(3).length);
  });
});

describe('a page', () => {
  it('of a successful scrape holds every metric of the account', async () => {
    const outcomes: Outcomes = {
      ...answered([{ BTC: balance('1.5', '0.5', '1.0') }, { ZERO: balance('0E-8', '0', '0.00') }, { BAD: 1 }]),
      rates: {
        ok: true,
        durationSeconds: 0.1,
        value: { valid: [{ currency: 'BTC', fiat: 'USD', rate: '22890.06000000' }], invalid: [] },
      },
      payout_limits: {
        ok: true,
        durationSeconds: 0.1,
        value: { valid: [{ currency: 'BTC', minimum: '0.000025000' }], invalid: [] },
      },
    };
    const settings: Partial<AccountSettings> = {
      thresholds: [{ currency: 'BTC', kind: 'available', severity: 'critical', value: '+.05' }],
      valueThresholds: [{ fiat: 'USD', severity: 'warning', value: '+1E4' }],
      alertLimits: [
        { currency: '*', limit: 'drop_ratio', value: '+Inf' },
        { currency: 'BTC', limit: 'runway_seconds', value: '43200' },
      ],
    };
    const page = await pageOf(outcomes, { settings });
    expect(page.split('\n').filter((line) => !line.startsWith('#'))).to.deep.equal([
      'thedex_balance{currency="BTC",kind="total"} 1.5',
      'thedex_balance{currency="BTC",kind="hold"} 0.5',
      'thedex_balance{currency="BTC",kind="available"} 1.0',
      'thedex_balance{currency="ZERO",kind="total"} 0',
      'thedex_balance{currency="ZERO",kind="hold"} 0',
      'thedex_balance{currency="ZERO",kind="available"} 0.00',
      'thedex_balance_discrepancy{currency="BTC"} 0',
      'thedex_balance_discrepancy{currency="ZERO"} 0',
      'thedex_balance_threshold{currency="BTC",kind="available",severity="critical"} 0.05',
      'thedex_value_threshold{fiat="USD",severity="warning"} 10000',
      'thedex_alert_limit{currency="*",limit="drop_ratio"} +Inf',
      'thedex_alert_limit{currency="BTC",limit="runway_seconds"} 43200',
      'thedex_invalid_balances 1',
      'thedex_exchange_rate{currency="BTC",fiat="USD"} 22890.06000000',
      'thedex_payout_minimum{currency="BTC"} 0.000025000',
      'thedex_up 1',
      'thedex_scrape_duration_seconds 0.25',
      'thedex_scrape_timeout_seconds 9.5',
      ...REASONS.map((reason) => `thedex_scrape_error{reason="${reason}"} 0`),
      'thedex_scrape_collector_success{collector="balances"} 1',
      'thedex_scrape_collector_success{collector="rates"} 1',
      'thedex_scrape_collector_success{collector="payout_limits"} 1',
      'thedex_scrape_collector_duration_seconds{collector="balances"} 0.2',
      'thedex_scrape_collector_duration_seconds{collector="rates"} 0.1',
      'thedex_scrape_collector_duration_seconds{collector="payout_limits"} 0.1',
      '',
    ]);
  });

  it('of a failed scrape holds no balance, what is configured, and the one reason', async () => {
    const settings: Partial<AccountSettings> = {
      thresholds: [{ currency: 'BTC', kind: 'total', severity: 'warning', value: '1' }],
    };
    const page = await pageOf({ balances: failed('tls') }, { settings });
    const names = parsePage(page).map(({ name }) => name);
    for (const absent of ['thedex_balance', 'thedex_balance_discrepancy', 'thedex_invalid_balances']) {
      expect(names).not.to.include(absent);
    }
    expect(valueOf(page, 'thedex_balance_threshold')).to.equal(1);
    expect(valueOf(page, 'thedex_up')).to.equal(0);
    const reasons = parsePage(page).filter(({ name }) => name === 'thedex_scrape_error');
    expect(reasons).to.have.length(REASONS.length);
    expect(reasons.filter(({ value }) => value === 1).map(({ labels }) => labels['reason'])).to.deep.equal(['tls']);
  });

  it('counts the entries of an answer in which none was valid', async () => {
    expect(valueOf(await pageOf({ balances: failed('invalid_response', 3) }), 'thedex_invalid_balances')).to.equal(3);
  });

  it('drops nothing but its own series when an optional collector fails', async () => {
    const page = await pageOf({ ...answered({ BTC: balance('1', '0', '1') }), rates: failed('timeout') });
    expect(valueOf(page, 'thedex_balance', { kind: 'total' })).to.equal(1);
    expect(valueOf(page, 'thedex_up')).to.equal(1);
    expect(valueOf(page, 'thedex_scrape_error', { reason: 'timeout' })).to.equal(0);
    expect(valueOf(page, 'thedex_scrape_collector_success', { collector: 'rates' })).to.equal(0);
    expect(page).not.to.include('thedex_exchange_rate');
  });

  it('escapes what a label may hold, in every metric', async () => {
    const name = 'a"b\\c\nd';
    const optional = { ok: true, durationSeconds: 0.1 } as const;
    const outcomes: Outcomes = {
      ...answered([{ [name]: balance('1', '0', '1') }]),
      rates: { ...optional, value: { valid: [{ currency: name, fiat: name, rate: '1' }], invalid: [] } },
      payout_limits: { ...optional, value: { valid: [{ currency: name, minimum: '1' }], invalid: [] } },
    };
    const settings: Partial<AccountSettings> = {
      thresholds: [{ currency: name, kind: 'available', severity: 'critical', value: '1' }],
      valueThresholds: [{ fiat: name, severity: 'warning', value: '1' }],
      alertLimits: [{ currency: name, limit: 'drop_ratio', value: '1' }],
    };
    const samples = parsePage(await pageOf(outcomes, { settings }));
    const named = samples.flatMap(({ labels: { currency, fiat } }) =>
      [currency, fiat].filter((each) => each !== undefined),
    );
    expect(named).to.deep.equal(Array.from({ length: 10 }, () => name));
  });

  it('of no balances is no failure', async () => {
    const page = await pageOf(answered([]));
    expect(page).not.to.include('thedex_balance');
    expect(valueOf(page, 'thedex_up')).to.equal(1);
    expect(valueOf(page, 'thedex_invalid_balances')).to.equal(0);
  });

  it('has every family once, contiguous, with help and type before its samples', async () => {
    const wallet = Object.fromEntries(Array.from({ length: 450 }, (_, index) => [`C${index}`, balance('1', '0', '1')]));
    const page = await pageOf(answered(wallet), { own: ownMetrics() });
    const seen = new Set<string>();
    let current = '';
    for (const line of page.trimEnd().split('\n')) {
      const help = /^# HELP (\S+) ./.exec(line);
      if (help?.[1] !== undefined) {
        current = help[1];
        expect(seen.has(current), current).to.equal(false);
        seen.add(current);
      } else {
        expect(line.replace(/^# TYPE /, '').startsWith(current), line).to.equal(true);
      }
    }
    expect(parsePage(page).filter(({ name }) => name === 'thedex_balance')).to.have.length(3 * 450);
  });

  it('in OpenMetrics differs only where that format does, and leaves the next text page as it was', async () => {
    const own = ownMetrics();
    const before = await pageOf(answered([]), { own });
    const page = await pageOf(answered([]), { own, format: 'openmetrics' });
    expect(page).to.match(/# TYPE thedex_exporter_api_requests counter\n/);
    expect(page).to.match(/^thedex_exporter_api_requests_total\{/m);
    expect(page).to.include('le="10.0"').and.include('le="+Inf"').and.include('le="0.025"');
    expect(page.endsWith('\n# EOF\n')).to.equal(true);
    expect(page).not.to.include('\n\n');
    const after = await pageOf(answered([]), { own });
    const names = (text: string) => text.split('\n').map((line) => line.replace(/ \S+$/, ''));
    expect(names(after)).to.deep.equal(names(before));
    expect(after).to.include('# TYPE thedex_exporter_api_requests_total counter');
  });

  it('gives back any names and amounts, in buffers that are used again', async function () {
    this.timeout(60_000);
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('__proto__', 'constructor', 'a"b', 'a\\b', 'a\nb', '\\n', 'Биткоин', '€'.repeat(20_000)),
    );
    const amount = fc.oneof(
      fc
        .double({ noNaN: true, min: -1e90, max: 1e90 })
        .filter((value) => value === 0 || Math.abs(value) > 1e-90)
        .map(String),
      fc.constantFrom('0E-8', '1E-8', '0.3', '+5', '.5', '4.', `0.${'1'.repeat(60)}`, '1e+100'),
    );
    const wallet = fc.dictionary(
      name.filter((text) => text.isWellFormed()),
      fc.tuple(amount, amount, amount),
      { minKeys: 1, maxKeys: 20 },
    );
    const pages = new Pages();
    const format = fc.constantFrom('text' as const, 'openmetrics' as const);
    await fc.assert(
      fc.asyncProperty(wallet, format, async (balances, asked) => {
        const answer = Object.entries(balances).map(([currency, amounts]) => ({ [currency]: balance(...amounts) }));
        const page = await pageOf(answered(answer), { format: asked, pages });
        const expected = Object.entries(balances).flatMap(([currency, amounts]) =>
          ['total', 'hold', 'available'].map((kind, index) => ({
            name: 'thedex_balance',
            labels: { currency, kind },
            value: Number(amounts[index]),
          })),
        );
        expect(parsePage(page).filter((sample) => sample.name === 'thedex_balance')).to.deep.equal(expected);
      }),
      { numRuns: 300 },
    );
  });

  describe('to the tools of Prometheus', () => {
    const names = ['BTC_BITCOIN', 'a"b', 'a\\b', 'a\nb', 'Биткоин', '__proto__'];
    const outcomes = answered(names.map((name) => ({ [name]: balance('1', '0', '1e-30') })));
    const settings: Partial<AccountSettings> = { alertLimits: [{ currency: '*', limit: 'hold_ratio', value: '+Inf' }] };

    it('is text without a flaw: promtool check metrics prints nothing', async function () {
      const promtool = requireTool(this, 'promtool');
      const input = await pageOf(outcomes, { settings, own: ownMetrics() });
      expect(execFileSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8', stdio: 'pipe' })).to.equal('');
    });

    it('is OpenMetrics to the reference parser', async function () {
      const python = requirePython(this, 'prometheus_client');
      const input = await pageOf(outcomes, { settings, own: ownMetrics(), format: 'openmetrics' });
      const program =
        'import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse; ' +
        'print(sum(len(family.samples) for family in parse(sys.stdin.read())))';
      const printed = execFileSync(python, ['-c', program], { input, encoding: 'utf8', stdio: 'pipe' });
      expect(Number(printed)).to.equal(parsePage(input).length);
    });
  });
});

describe('Pages', () => {
  const own = ownMetrics();
  const scraped = () => ({ snapshot: snapshotOf(answered([])), settings: accountSettings(URL_OF_NOBODY) });

  it('render a snapshot once for each form, however many wait for it', async () => {
    const pages = new Pages();
    const content = { scraped: scraped(), own };
    const [one, other, openmetrics, zipped] = await Promise.all([
      pages.render(content, TEXT),
      pages.render(content, TEXT),
      pages.render(content, { format: 'openmetrics', gzip: false }),
      pages.render(content, { format: 'text', gzip: true }),
    ]);
    expect(other.bytes).to.equal(one.bytes);
    expect(openmetrics.bytes.toString()).to.match(/# EOF\n$/);
    const names = (text: string) => text.split('\n').map((line) => line.replace(/ \S+$/, ''));
    expect(names(gunzipSync(zipped.bytes).toString())).to.deep.equal(names(one.bytes.toString()));
  });

  it('are compressed whole, however many are written meanwhile', async () => {
    const pages = new Pages();
    const walletOf = (amount: number) =>
      Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`C${index}`, balance(amount, 0, amount)]));
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, amount) => {
        const content = { ...scraped(), snapshot: snapshotOf(answered(walletOf(amount))) };
        return pages.render({ scraped: content, own: undefined }, { format: 'text', gzip: true });
      }),
    );
    for (const [amount, { bytes }] of made.entries()) {
      const samples = parsePage(gunzipSync(bytes).toString()).filter(({ labels }) => labels['kind'] === 'total');
      expect(samples).to.have.length(1_000);
      expect(new Set(samples.map(({ value }) => value))).to.deep.equal(new Set([amount]));
    }
  });

  it('use a buffer again only when the last who was given it has released it', async () => {
    const pages = new Pages();
    const content = { scraped: scraped(), own: undefined };
    const [one, other] = await Promise.all([pages.render(content, TEXT), pages.render(content, TEXT)]);
    one.release();
    const meanwhile = await pages.render({ scraped: scraped(), own: undefined }, TEXT);
    expect(meanwhile.bytes.buffer).not.to.equal(one.bytes.buffer);
    other.release();
    const next = await pages.render({ scraped: scraped(), own: undefined }, TEXT);
    expect(next.bytes.buffer).to.equal(one.bytes.buffer);
  });

  it('use the same buffer for one page after another, compressed or not', async () => {
    const pages = new Pages();
    const wallet = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`C${index}_NETWORK`, balance('1', '0', '1')]),
    );
    const renderAndRelease = async (gzip: boolean) => {
      const content = { ...scraped(), snapshot: snapshotOf(answered(wallet)) };
      const page = await pages.render({ scraped: content, own: undefined }, { format: 'text', gzip });
      page.release();
      return page.bytes.buffer;
    };
    const first = await renderAndRelease(false);
    // More in all than is kept.
    for (let made = 0; made * first.byteLength < 20 * 1024 * 1024; made += 1) {
      await renderAndRelease(true);
      expect(await renderAndRelease(false)).to.equal(first);
    }
  });

  it('render a snapshot anew for whoever comes after its page was released, whose buffer may be another page by then', async () => {
    const pages = new Pages();
    const contentOf = (amount: number) => ({
      scraped: { ...scraped(), snapshot: snapshotOf(answered([{ BTC: balance(amount, 0, amount) }])) },
      own: undefined,
    });
    const first = contentOf(1);
    const page = await pages.render(first, TEXT);
    const text = page.bytes.toString();
    page.release();
    await pages.render(contentOf(2), TEXT);
    expect((await pages.render(first, TEXT)).bytes.toString()).to.equal(text);
  });

  it('let other work have its turn while they write thousands of currencies, and not while they write dozens', async () => {
    const letsOthersWork = async (count: number): Promise<boolean> => {
      const many = Array.from({ length: count }, (_, index) => ({ [`C${index}_NETWORK`]: balance('1', '0', '1') }));
      const content = { scraped: { ...scraped(), snapshot: snapshotOf(answered(many)) }, own: undefined };
      let hadItsTurn = false;
      const turn = setImmediate(() => (hadItsTurn = true));
      await new Pages().render(content, TEXT);
      clearImmediate(turn);
      return hadItsTurn;
    };
    expect([await letsOthersWork(60), await letsOthersWork(5_000)]).to.deep.equal([false, true]);
  });

  it('keep no more memory for later pages than sixteen mebibytes', async () => {
    const pages = new Pages();
    const wallet = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`C${index}`.padEnd(1_000, '_'), balance('1', '0', '1')]),
    );
    const content = () => ({ ...scraped(), snapshot: snapshotOf(answered(wallet)) });
    const many = await Promise.all(
      Array.from({ length: 6 }, () => pages.render({ scraped: content(), own: undefined }, TEXT)),
    );
    const buffers = new Set(many.map(({ bytes }) => bytes.buffer));
    for (const page of many) page.release();
    const again = await Promise.all(
      Array.from({ length: 6 }, () => pages.render({ scraped: content(), own: undefined }, TEXT)),
    );
    const kept = [...new Set(again.map(({ bytes }) => bytes.buffer))].filter((buffer) => buffers.has(buffer));
    const bytes = kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).to.be.within(1, 16 * 1024 * 1024);
  });
});

describe('negotiateFormat', () => {
  // What Prometheus sends, as its releases 2.42 and 3.5 do.
  const prometheus2 =
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  const prometheus3 =
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
  const cases: [string, 'text' | 'openmetrics'][] = [
    // Qualities that are none.
    ['application/openmetrics-text;version=1.0.0;q=5,text/plain;q=0.5', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=-1', 'openmetrics'],
    ['', 'text'],
    ['*/*', 'text'],
    [prometheus2, 'openmetrics'],
    [prometheus3, 'openmetrics'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
    ['Application/OpenMetrics-Text; Version="1.0.0"', 'openmetrics'],
    ['application/openmetrics-text;version=0.0.1', 'text'],
    ['application/openmetrics-text;version=2.0.0', 'text'],
    ['application/openmetrics-text;q=0.5,text/plain;q=0.9', 'text'],
    ['application/openmetrics-text;q=0.5,text/plain;q=0.5', 'text'],
    ['application/openmetrics-text;q=0.9,*/*;q=0.5', 'openmetrics'],
    ['application/openmetrics-text; q=0.5, text/plain; q=0.9', 'text'],
    ['application/openmetrics-text; q=0.9, text/plain; q=0.5', 'openmetrics'],
    ['application/openmetrics-text;q=0', 'text'],
    ['application/openmetrics-text;q=high', 'text'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text'],
    ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily', 'text'],
    [',,;;=,q=1', 'text'],
  ];
  for (const [accept, format] of cases) {
    it(`${accept || 'no header'} prefers ${format}`, () => expect(negotiateFormat(accept)).to.equal(format));
  }
});
