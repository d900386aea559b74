import { expect } from 'chai';
import { hrefOf, parseQuery } from '../../src/landing/query.ts';
import type { AccountReading } from '../../src/landing/reading.ts';
import { judgeAccount, STALE_AFTER_MS } from '../../src/landing/standing.ts';
import {
  ageInWords,
  countInWords,
  durationInWords,
  momentInWords,
  moneyInWords,
  showName,
} from '../../src/landing/words.ts';
import { chooseFiat, isWorthLess, worthIn } from '../../src/landing/worth.ts';

describe('the words of the landing page', () => {
  for (const [seconds, words] of [
    [-3, 'just now'],
    [0.9, 'just now'],
    [1, '1 second ago'],
    [42, '42 seconds ago'],
    [119, '119 seconds ago'],
    [120, '2 minutes ago'],
    [7199, '119 minutes ago'],
    [7200, '2 hours ago'],
    [86_400 * 2, '2 days ago'],
  ] as const) {
    it(`${seconds} seconds are ${words}`, () => expect(ageInWords(seconds * 1000)).to.equal(words));
  }
  it('tells moments, durations, counts and money', () => {
    expect(momentInWords(Date.UTC(2026, 8, 1, 12, 34, 56, 789))).to.equal('2026-09-01 12:34:56 UTC');
    expect([0.00642, 0.42, 1.234, 10.4].map(durationInWords)).to.deep.equal(['6.4 ms', '420 ms', '1.2 s', '10 s']);
    expect([countInWords(1, 'entry', 'entries'), countInWords(1000, 'account')]).to.deep.equal([
      '1 entry',
      '1,000 accounts',
    ]);
    expect(['0', '0.004', '0.01', '-0.004', '7'].map(moneyInWords)).to.deep.equal([
      '0.00',
      '<0.01',
      '0.01',
      '0.00',
      '7.00',
    ]);
  });
  it('makes visible what a name hides', () => {
    expect(showName('a\u202Eb\u0000c\u200Bd\u2028\u{E0041}')).to.equal('a[U+202E]b[U+0000]c[U+200B]d[U+2028][U+E0041]');
    expect(showName('USDT_TRON ₮')).to.equal('USDT_TRON ₮');
  });
  it('cuts a name that is longer than any, between characters', () => {
    expect(showName('x'.repeat(80))).to.equal('x'.repeat(80));
    expect(showName('x'.repeat(81))).to.equal(`${'x'.repeat(80)}…`);
    expect(showName(`x${'😀'.repeat(1000)}`)).to.equal(`x${'😀'.repeat(79)}…`);
  });
  it('prefers dollars, and otherwise takes what the gateway names first', () => {
    const rate = (fiat: string) => ({ currency: 'BTC', fiat, rate: '1' });
    expect(chooseFiat([rate('EUR'), rate('USD')])).to.equal('USD');
    expect(chooseFiat([rate('PLN'), rate('EUR')])).to.equal('PLN');
    expect(chooseFiat([])).to.equal(undefined);
  });
});

describe('an address of the landing page', () => {
  it('comes back as it was', () => {
    const query = { account: 'a&b=<c>', search: 'x y', state: 'low', page: 3 } as const;
    const { searchParams } = new URL(hrefOf(query), 'http://127.0.0.1/');
    expect(parseQuery(Object.fromEntries(searchParams))).to.deep.equal(query);
  });
  it('says no more than it must', () => {
    expect(hrefOf({})).to.equal('./');
    expect(hrefOf({ search: '', page: 1 })).to.equal('./');
  });
  it('may hold anything', () => {
    const everything = { account: undefined, search: '', state: undefined, page: 1 };
    expect(parseQuery({})).to.deep.equal(everything);
    expect(parseQuery({ q: ['a', 'b'], page: '0', state: 'constructor', account: '' })).to.deep.equal({
      ...everything,
      search: 'a',
    });
    expect(parseQuery({ q: 'x'.repeat(10_000) }).search).to.have.length(100);
  });
});

describe('how an account stands', () => {
  const now = Date.UTC(2026, 0, 1);
  const reading = (scrapes: AccountReading['scrapes']): AccountReading => ({
    id: 'a',
    name: 'a',
    isDefault: false,
    scrapes,
    lastBalances: undefined,
    thresholds: [],
    valueThresholds: [],
  });
  const scrape = (ageMs: number, failure?: 'auth' | 'timeout') => ({
    atMs: now - ageMs,
    durationSeconds: 1,
    failure,
  });
  it('is not called OK when nobody has scraped it for long', () => {
    expect(judgeAccount(reading([scrape(STALE_AFTER_MS)]), now).state).to.equal('ok');
    expect(judgeAccount(reading([scrape(STALE_AFTER_MS + 1)]), now).state).to.equal('stale');
    expect(judgeAccount(reading([scrape(STALE_AFTER_MS + 1, 'auth')]), now).state).to.equal('failing');
    expect(judgeAccount(reading([]), now).state).to.equal('never');
  });
  it('counts the failures since the last success', () => {
    const scrapes = [scrape(4, 'auth'), scrape(3), scrape(2, 'auth'), scrape(1, 'timeout')];
    expect(judgeAccount(reading(scrapes), now)).to.include({ failuresInARow: 2, failure: 'timeout' });
    expect(judgeAccount(reading([scrape(1, 'auth')]), now).failuresInARow).to.equal(1);
    expect(judgeAccount(reading([scrape(1)]), now).failuresInARow).to.equal(0);
  });
});

describe('the value of what is available', () => {
  const holding = (available: string, rates: readonly [string, string][]) => ({
    readAtMs: 0,
    balances: [
      { currency: 'A', total: available, hold: '0', available, discrepancy: '0' },
      { currency: 'NO_RATE', total: '5', hold: '0', available: '5', discrepancy: '0' },
      { currency: 'EMPTY', total: '0', hold: '0', available: '0E-8', discrepancy: '0' },
    ],
    invalid: [],
    rates: rates.map(([fiat, rate]) => ({ currency: 'A', fiat, rate })),
    ratesFailed: false,
  });
  it('is exact, and says what it does not count', () => {
    expect(worthIn('USD', holding('0.1', [['USD', '0.3']]))).to.deep.equal({ fiat: 'USD', value: '0.03', unrated: 1 });
  });
  it('is unknown without a rate into that currency', () => {
    expect(worthIn('USD', holding('1', [['EUR', '1']]))).to.equal(undefined);
    expect(isWorthLess('USD', holding('1', [['EUR', '1']]), '1')).to.equal(undefined);
  });
  it('is held against a threshold exactly, also where floats cannot tell them apart', () => {
    const last = holding('0.1', [['USD', '3']]);
    expect(isWorthLess('USD', last, '0.3')).to.equal(false);
    expect(isWorthLess('USD', last, '0.30000000000000000001')).to.equal(true);
    expect(isWorthLess('USD', last, '0.31')).to.equal(true);
    expect(isWorthLess('USD', last, '0.29')).to.equal(false);
    expect(isWorthLess('USD', holding('1e300', [['USD', '1e300']]), '1')).to.equal(false);
  });
});
