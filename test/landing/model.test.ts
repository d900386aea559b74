import { expect } from 'chai';
import {
  chooseFiat,
  judgeAccount,
  STALE_AFTER_MS,
  valueIn,
  type Failure,
  type LastBalances,
} from '../../src/landing/model.ts';
import { hrefOf, mapInSlices, parseQuery, selectAccounts } from '../../src/landing/query.ts';
import { listDoubts } from '../../src/landing/words.ts';
import {
  accountsInAllStates,
  failed,
  landingAccount,
  NOW_MS,
  scrapesOf,
  threshold,
  type Wallet,
} from '../support/landing-accounts.ts';

const judge = (parts: Parameters<typeof landingAccount>[0]) => judgeAccount(landingAccount(parts), NOW_MS);
const holding = (available: string): Wallet => ({ A: [available, '0', available] });

describe('the judgement of an account', () => {
  it('is not well when nobody has scraped it for long', () => {
    const limit = STALE_AFTER_MS / 1000;
    const stateAfter = (ageSeconds: number, failure?: Failure) =>
      judge({ scrapes: [failure === undefined ? [ageSeconds] : [ageSeconds, failure]] }).state;
    expect(stateAfter(limit)).to.equal('ok');
    expect(stateAfter(limit + 1)).to.equal('stale');
    expect(stateAfter(limit + 1, failed('auth'))).to.equal('failing');
    expect(judge({}).state).to.equal('never');
  });
  it('counts the failures since the last success', () => {
    const [auth, timeout] = [failed('auth'), failed('timeout')];
    const { failuresInARow, failure } = judge({ scrapes: [[4, auth], [3], [2, auth], [1, timeout]] });
    expect({ failuresInARow, failure }).to.deep.equal({ failuresInARow: 2, failure: timeout });
    expect(judge({ scrapes: [[1, auth]] }).failuresInARow).to.equal(1);
    expect(judge({ scrapes: [[1]] }).failuresInARow).to.equal(0);
  });
  it('counts each currency once, whatever its thresholds, and knows the worst of them', () => {
    const judgement = judge({
      scrapes: scrapesOf(1),
      wallet: { A: ['5', '0', '5'], B: ['50', '0', '50'], C: ['1', '0', '1'] },
      thresholds: [
        threshold('A', '10'),
        threshold('A', '6', { severity: 'critical' }),
        threshold('A', '7', { kind: 'total' }),
        threshold('B', '40'),
        threshold('C', '100'),
      ],
    });
    expect(judgement).to.include({ state: 'low', belowCount: 2, criticalCount: 1 });
    expect(judgement.worst).to.include({ name: 'A', severity: 'critical', threshold: '6' });
  });
  it('takes an amount that is its threshold for enough', () => {
    const stateOf = (available: string, limit: string) =>
      judge({ scrapes: scrapesOf(1), wallet: holding(available), thresholds: [threshold('A', limit)] }).state;
    expect(stateOf('0.30000000000000000001', '0.3')).to.equal('ok');
    expect(stateOf('0.3', '0.30')).to.equal('ok');
    expect(stateOf('0.3', '0.30000000000000000001')).to.equal('low');
    expect(stateOf('0', '0')).to.equal('ok');
  });
  it('compares the value exactly, also where floats cannot tell it from its threshold', () => {
    const stateAt = (value: string) =>
      judge({
        scrapes: scrapesOf(1),
        wallet: holding('0.1'),
        rates: { A: { USD: '3' } },
        valueThresholds: [{ fiat: 'USD', severity: 'warning', value }],
      }).state;
    expect(['0.3', '0.29', '0'].map(stateAt)).to.deep.equal(['ok', 'ok', 'ok']);
    expect(['0.30000000000000000001', '0.31'].map(stateAt)).to.deep.equal(['low', 'low']);
  });
  it('doubts what guards nothing, does not add up, or was not read', () => {
    const judgement = judge({
      scrapes: scrapesOf(1),
      wallet: { A: ['3', '1', '1'] },
      invalid: ['X'],
      ratesFailed: true,
      thresholds: [threshold('MISSPELT', '1'), threshold('MISSPELT', '2', { kind: 'total' })],
      valueThresholds: [{ fiat: 'USD', severity: 'warning', value: '1' }],
    });
    expect(judgement.state).to.equal('doubtful');
    expect(listDoubts(judgement).map(({ names }) => names)).to.deep.equal([
      ['X'],
      ['A'],
      ['MISSPELT'],
      ['USD'],
      ['exchange rates'],
    ]);
  });
  it('judges by the last balances while the account fails', () => {
    const judgement = judge({
      scrapes: scrapesOf(3, [failed('network')]),
      wallet: holding('1'),
      thresholds: [threshold('A', '2')],
    });
    expect(judgement).to.include({ state: 'failing', belowCount: 1 });
    expect(judgement.last?.readAtMs).to.equal(NOW_MS - 72_000);
  });
});

describe('the value of what is available', () => {
  const last = (rates: LastBalances['rates']): LastBalances => ({
    readAtMs: 0,
    balances: [
      { currency: 'A', total: '0.1', hold: '0', available: '0.1', discrepancy: '0' },
      { currency: 'NO_RATE', total: '5', hold: '0', available: '5', discrepancy: '0' },
      { currency: 'EMPTY', total: '0', hold: '0', available: '0', discrepancy: '0' },
    ],
    invalid: [],
    rates,
    ratesFailed: false,
  });
  const rate = (fiat: string, value = '0.3') => ({ currency: 'A', fiat, rate: value });
  it('is exact, and says what it does not count', () => {
    expect(valueIn('USD', last([rate('USD')]))).to.deep.equal({ fiat: 'USD', value: '0.03', unrated: 1 });
  });
  it('is unknown without a rate into that currency', () => {
    expect(valueIn('USD', last([rate('EUR')]))).to.equal(undefined);
  });
  it('is told in dollars, otherwise in what the gateway names first', () => {
    expect(chooseFiat([rate('EUR'), rate('USD')])).to.equal('USD');
    expect(chooseFiat([rate('PLN'), rate('EUR')])).to.equal('PLN');
    expect(chooseFiat([])).to.equal(undefined);
  });
});

describe('the order of the accounts', () => {
  const judgements = accountsInAllStates().map((account) => judgeAccount(account, NOW_MS));
  const sortedBy = async (query: Record<string, string>) =>
    (await selectAccounts(judgements, parseQuery(query))).map(({ account }) => account.displayName);
  it('is worst first, and of failures the longest first', async () => {
    expect(await sortedBy({})).to.deep.equal([
      'refused',
      'tickets',
      'games',
      'forgotten',
      'misspelt',
      'fresh',
      'shop',
      'default',
    ]);
  });
  it('can be turned around', async () => {
    expect(await sortedBy({ sort: '-state' })).to.deep.equal((await sortedBy({})).toReversed());
  });
  it('can be by any column', async () => {
    expect((await sortedBy({ sort: 'account' }))[0]).to.equal('default');
    expect((await sortedBy({ sort: 'read' })).slice(0, 3)).to.have.members(['refused', 'fresh', 'forgotten']);
    expect((await sortedBy({ sort: 'scrapes' })).slice(0, 3)).to.deep.equal(['refused', 'tickets', 'games']);
    expect((await sortedBy({ sort: 'worst' })).slice(0, 3)).to.deep.equal(['games', 'tickets', 'shop']);
    expect((await sortedBy({ sort: 'value' })).slice(4)).to.have.members(['refused', 'misspelt', 'forgotten', 'fresh']);
    expect((await sortedBy({ sort: 'reason' })).slice(0, 2)).to.deep.equal(['refused', 'tickets']);
  });
  it('puts the second before the tenth', async () => {
    const named = ['shop10', 'shop2', 'Shop1'].map((name) => judge({ name }));
    const sorted = await selectAccounts(named, parseQuery({ sort: 'account' }));
    expect(sorted.map(({ account }) => account.displayName)).to.deep.equal(['Shop1', 'shop2', 'shop10']);
  });
  it('holds only what was searched for', async () => {
    expect(await sortedBy({ q: 'E', state: 'failing' })).to.deep.equal(['refused', 'tickets']);
    expect(await sortedBy({ q: 'TICK' })).to.deep.equal(['tickets']);
    expect(await sortedBy({ state: 'low' })).to.deep.equal(['games']);
  });
});

describe('a list that is mapped in slices', () => {
  it('comes out whole and in order, and lets others have their turn', async () => {
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    const items = Array.from({ length: 40 }, (_, index) => index);
    const mapped = await mapInSlices(items, (item) => {
      const endMs = performance.now() + 2;
      while (performance.now() < endMs);
      return item * 2;
    });
    clearInterval(counting);
    expect(mapped).to.deep.equal(items.map((item) => item * 2));
    expect(turns).to.be.at.least(3);
  });
});

describe('an address of the landing page', () => {
  it('comes back as it was', () => {
    const query = {
      account: 'a&b=<c>',
      search: 'x y',
      state: 'low',
      sort: 'value',
      isReversed: true,
      page: 3,
      refreshSeconds: 60,
    } as const;
    const { searchParams } = new URL(hrefOf(query), 'http://127.0.0.1/');
    expect(parseQuery(Object.fromEntries(searchParams))).to.deep.equal(query);
  });
  it('says no more than it must', () => {
    expect(hrefOf({})).to.equal('./');
    expect(hrefOf(parseQuery({}))).to.equal('./');
  });
  it('may hold anything', () => {
    const everything = {
      account: undefined,
      search: '',
      state: undefined,
      sort: 'state',
      isReversed: false,
      page: 1,
      refreshSeconds: undefined,
    };
    expect(parseQuery({})).to.deep.equal(everything);
    const nonsense = { page: '0', state: 'constructor', account: '', sort: 'toString', refresh: '1e3' };
    expect(parseQuery({ q: ['a', 'b'], ...nonsense })).to.deep.equal({ ...everything, search: 'a' });
    expect(parseQuery({ q: 'x'.repeat(10_000) }).search).to.have.length(100);
    expect(parseQuery({ page: '9'.repeat(30) }).page).to.equal(1);
  });
  it('keeps a refresh between five seconds and an hour', () => {
    expect(['1', '60', '99999', '-5', 'x'].map((refresh) => parseQuery({ refresh }).refreshSeconds)).to.deep.equal([
      5,
      60,
      3600,
      undefined,
      undefined,
    ]);
  });
});
