import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { Registry } from 'prom-client';
import { parseBalances } from '../../src/thedex/balances.ts';
import { REASONS } from '../../src/thedex/errors.ts';
import { createPageRegistry } from '../../src/scrape/exposition.ts';
import { ExporterMetrics } from '../../src/scrape/exporter-metrics.ts';
import { registerProcessMetrics } from '../../src/scrape/process-metrics.ts';
import { renderSnapshot } from '../../src/scrape/render-snapshot.ts';
import type { Outcomes, Snapshot } from '../../src/scrape/snapshot.ts';
import { parsePage, valueOf } from '../support/exposition.ts';
import { balance } from '../support/gateway.ts';
import { requireTool } from '../support/tools.ts';

const NO_THRESHOLDS = { thresholds: [], valueThresholds: [] };

function snapshotOf(outcomes: Outcomes): Snapshot {
  return { startedAtMs: 1, durationSeconds: 0.25, timeoutSeconds: 9.5, outcomes };
}

function read(json: unknown): Outcomes {
  return { balances: { ok: true, value: parseBalances(json), durationSeconds: 0.2 } };
}

function pageOf(outcomes: Outcomes, format: 'text' | 'openmetrics' = 'text', own?: Registry): Promise<string> {
  return createPageRegistry(renderSnapshot(snapshotOf(outcomes), NO_THRESHOLDS), own).render(format);
}

function ownMetrics(): Registry {
  const own = new Registry();
  new ExporterMetrics(own, { version: '1.2.3', revision: 'abc' }).observeRequest('balances', 'success', 0.2);
  registerProcessMetrics(own);
  return own;
}

describe('a page', () => {
  it('of a successful read holds every metric of the account', async () => {
    const outcomes: Outcomes = {
      ...read([{ BTC: balance('1.5', '0.5', '1.0') }, { ZERO: balance('0E-8', '0', '0.00') }, { BAD: 1 }]),
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
    const thresholds = {
      thresholds: [{ currency: 'BTC', kind: 'available', value: '0.05' } as const],
      valueThresholds: [{ fiat: 'USD', value: '10000' }],
    };
    const page = await createPageRegistry(renderSnapshot(snapshotOf(outcomes), thresholds), undefined).render('text');
    expect(page.split('\n').filter((line) => !line.startsWith('#'))).to.deep.equal([
      'thedex_balance{currency="BTC",kind="total"} 1.5',
      'thedex_balance{currency="BTC",kind="hold"} 0.5',
      'thedex_balance{currency="BTC",kind="available"} 1.0',
      'thedex_balance{currency="ZERO",kind="total"} 0',
      'thedex_balance{currency="ZERO",kind="hold"} 0',
      'thedex_balance{currency="ZERO",kind="available"} 0.00',
      'thedex_balance_discrepancy{currency="BTC"} 0',
      'thedex_balance_discrepancy{currency="ZERO"} 0',
      'thedex_balance_threshold{currency="BTC",kind="available"} 0.05',
      'thedex_value_threshold{fiat="USD"} 10000',
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

  it('of a failed read holds no balance, its thresholds, and the one reason', async () => {
    const failed: Outcomes = {
      balances: { ok: false, reason: 'tls', durationSeconds: 0.1, invalidEntries: undefined },
    };
    const thresholds = { thresholds: [{ currency: 'BTC', kind: 'total', value: '1' } as const], valueThresholds: [] };
    const page = await createPageRegistry(renderSnapshot(snapshotOf(failed), thresholds), undefined).render('text');
    const names = parsePage(page).map(({ name }) => name);
    expect(names).not.to.include.members(['thedex_balance']);
    expect(names).not.to.include('thedex_balance_discrepancy').and.not.to.include('thedex_invalid_balances');
    expect(valueOf(page, 'thedex_balance_threshold')).to.equal(1);
    expect(valueOf(page, 'thedex_up')).to.equal(0);
    const reasons = parsePage(page).filter(({ name }) => name === 'thedex_scrape_error');
    expect(reasons).to.have.length(REASONS.length);
    expect(reasons.filter(({ value }) => value === 1).map(({ labels }) => labels['reason'])).to.deep.equal(['tls']);
  });

  it('counts the entries of an answer in which none was valid', async () => {
    const failed: Outcomes = {
      balances: { ok: false, reason: 'invalid_response', durationSeconds: 0.1, invalidEntries: 3 },
    };
    expect(valueOf(await pageOf(failed), 'thedex_invalid_balances')).to.equal(3);
  });

  it('drops nothing but its own series when an optional collector fails', async () => {
    const page = await pageOf({
      ...read({ BTC: balance('1', '0', '1') }),
      rates: { ok: false, reason: 'timeout', durationSeconds: 1, invalidEntries: undefined },
    });
    expect(valueOf(page, 'thedex_balance', { kind: 'total' })).to.equal(1);
    expect(valueOf(page, 'thedex_up')).to.equal(1);
    expect(valueOf(page, 'thedex_scrape_error', { reason: 'timeout' })).to.equal(0);
    expect(valueOf(page, 'thedex_scrape_collector_success', { collector: 'rates' })).to.equal(0);
    expect(page).not.to.include('thedex_exchange_rate');
  });

  it('of no balances is no failure', async () => {
    const page = await pageOf(read([]));
    expect(page).not.to.include('thedex_balance');
    expect(valueOf(page, 'thedex_up')).to.equal(1);
    expect(valueOf(page, 'thedex_invalid_balances')).to.equal(0);
  });

  it('writes amounts in forms that every parser reads', async () => {
    const page = await pageOf(
      read({ A: balance('+5', '.5', '4.'), B: balance('-0.1', `0.${'1'.repeat(60)}`, '1e+21') }),
    );
    const valueIn = (currency: string, kind: string) => valueOf(page, 'thedex_balance', { currency, kind });
    expect([valueIn('A', 'total'), valueIn('A', 'hold'), valueIn('A', 'available')]).to.deep.equal([5, 0.5, 4]);
    expect([valueIn('B', 'total'), valueIn('B', 'hold'), valueIn('B', 'available')]).to.deep.equal([-0.1, 1 / 9, 1e21]);
    expect(page)
      .to.match(/kind="total"\} 5$/m)
      .and.match(/kind="hold"\} 0\.5$/m)
      .and.match(/kind="available"\} 4$/m);
  });

  it('has every family once, contiguous, with help and type before its samples', async () => {
    const page = await pageOf(read({ A: balance('1', '0', '1'), B: balance('1', '0', '1') }), 'text', ownMetrics());
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
  });

  it('in OpenMetrics differs only where that format does, and leaves the next text page as it was', async () => {
    const own = ownMetrics();
    const before = await pageOf(read([]), 'text', own);
    const page = await pageOf(read([]), 'openmetrics', own);
    expect(page).to.match(/# TYPE thedex_exporter_api_requests counter\n/);
    expect(page).to.match(/^thedex_exporter_api_requests_total\{/m);
    expect(page).to.include('le="10.0"').and.include('le="+Inf"').and.include('le="0.025"');
    expect(page.endsWith('\n# EOF\n')).to.equal(true);
    expect(page).not.to.include('\n\n');
    const after = await pageOf(read([]), 'text', own);
    const names = (text: string) => text.split('\n').map((line) => line.replace(/ \S+$/, ''));
    expect(names(after)).to.deep.equal(names(before));
    expect(after).to.include('# TYPE thedex_exporter_api_requests_total counter');
  });

  it('tells the CPU time of the moment, the same in sum and parts', async () => {
    const own = ownMetrics();
    await pageOf(read([]), 'text', own);
    const spent = process.cpuUsage();
    const page = await pageOf(read([]), 'text', own);
    const [user = 0, system = 0, total = 0] = ['user_', 'system_', ''].map((part) =>
      valueOf(page, `process_cpu_${part}seconds_total`),
    );
    expect(user + system).to.be.closeTo(total, 1e-9);
    expect(total).to.be.at.least((spent.user + spent.system) / 1e6);
  });

  it('gives back any names and amounts', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('__proto__', 'constructor', 'a"b', 'a\\b', 'a\nb', '\\n', 'Биткоин'),
    );
    const amount = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.constantFrom('0E-8', '1E-8', '0.3'),
    );
    const wallet = fc.dictionary(
      name.filter((text) => text.isWellFormed()),
      fc.tuple(amount, amount, amount),
      { minKeys: 1, maxKeys: 20 },
    );
    await fc.assert(
      fc.asyncProperty(wallet, fc.constantFrom('text' as const, 'openmetrics' as const), async (balances, format) => {
        const answer = Object.entries(balances).map(([currency, amounts]) => ({ [currency]: balance(...amounts) }));
        const samples = parsePage(await pageOf(read(answer), format)).filter(
          ({ name: metric }) => metric === 'thedex_balance',
        );
        const expected = Object.entries(balances).flatMap(([currency, amounts]) =>
          ['total', 'hold', 'available'].map((kind, index) => ({
            name: 'thedex_balance',
            labels: { currency, kind },
            value: Number(amounts[index]),
          })),
        );
        expect(samples).to.deep.equal(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('passes promtool check metrics with nothing printed', async function () {
    const promtool = requireTool(this, 'promtool');
    const names = ['BTC_BITCOIN', 'a"b', 'a\\b', 'a\nb', 'Биткоин', '__proto__'];
    const outcomes = read(names.map((name) => ({ [name]: balance('1', '0', '1') })));
    const page = await pageOf(outcomes, 'text', ownMetrics());
    expect(execFileSync(promtool, ['check', 'metrics'], { input: page, encoding: 'utf8', stdio: 'pipe' })).to.equal('');
  });
});
