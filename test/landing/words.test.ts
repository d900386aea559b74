import { expect } from 'chai';
import { judgeAccount, STATES, type State } from '../../src/landing/model.ts';
import {
  ageInWords,
  countInWords,
  describeScrapes,
  durationInWords,
  momentInWords,
  showName,
  spanInWords,
  tellAccountVerdict,
  tellVerdict,
} from '../../src/landing/words.ts';
import { accountsInAllStates, failed, landingAccount, NOW_MS, scrapesOf } from '../support/landing-accounts.ts';

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
  it('tells moments, spans, durations and counts', () => {
    expect(momentInWords(Date.UTC(2026, 8, 1, 12, 34, 56, 789))).to.equal('2026-09-01 12:34:56 UTC');
    expect([0, 43_200_000].map(spanInWords)).to.deep.equal(['0 seconds', '12 hours']);
    expect([0.00642, 0.42, 1.234, 10.4].map(durationInWords)).to.deep.equal(['6.4 ms', '420 ms', '1.2 s', '10 s']);
    expect([countInWords(1, 'entry', 'entries'), countInWords(1000, 'account')]).to.deep.equal([
      '1 entry',
      '1,000 accounts',
    ]);
  });
  it('tells the last scrapes', () => {
    const { scrapes } = landingAccount({ scrapes: scrapesOf(20, [failed('auth'), failed('timeout')]) }).history;
    expect(describeScrapes(scrapes)).to.equal('Last 20 scrapes: 2 failed (auth, timeout).');
    expect(describeScrapes(scrapes.slice(0, 1))).to.equal('One scrape so far: none failed.');
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
});

describe('the verdict', () => {
  const tell = (some: Partial<Record<State, number>>) => {
    const counts = Object.fromEntries(STATES.map((state) => [state, some[state] ?? 0])) as Record<State, number>;
    return tellVerdict(
      counts,
      Object.values(counts).reduce((sum, count) => sum + count, 0),
    );
  };
  it('tells of all accounts, worst first', () => {
    expect(tell({ failing: 2, low: 76, ok: 422 })).to.equal('2 of 500 accounts fail, 76 below a threshold');
    expect(tell({ failing: 1, stale: 2, never: 3, ok: 4 })).to.equal(
      '1 of 10 accounts fails, 2 not scraped lately, 3 never scraped',
    );
    expect(tell({ low: 76, doubtful: 1, ok: 1123 })).to.equal(
      '76 of 1,200 accounts are below a threshold, 1 to look at',
    );
    expect(tell({ low: 1, ok: 1 })).to.equal('1 of 2 accounts is below a threshold');
    expect(tell({ ok: 500 })).to.equal('All 500 accounts are well');
    expect(tell({ failing: 12 })).to.equal('All 12 accounts fail');
    expect(tell({ never: 3 })).to.equal('None of 3 accounts has ever been scraped');
    expect(tell({})).to.equal('No account is configured');
  });
  it('tells of one account', () => {
    const verdicts = accountsInAllStates().map((account) => tellAccountVerdict(judgeAccount(account, NOW_MS), NOW_MS));
    expect(verdicts).to.deep.equal([
      'The default account is well',
      'shop is well',
      'games is below 3 thresholds (1 critical)',
      'tickets fails: server_error, HTTP 503',
      'refused fails: auth, HTTP 401',
      'misspelt needs a look',
      'forgotten has not been scraped for 3 hours',
      'fresh has never been scraped',
    ]);
  });
});
