import { expect } from 'chai';
import { adviceFor } from '../../src/thedex/advice.ts';
import { REASONS, SAID_WORDS } from '../../src/thedex/errors.ts';

describe('advice', () => {
  it('is one sentence for each reason, and each its own', () => {
    const all = REASONS.map((reason) => adviceFor({ reason }));
    expect(new Set(all).size).to.equal(REASONS.length);
    for (const each of all) expect(each).to.match(/^[A-Z][^\n]{20,200}\.$/);
  });
  it('follows what the answer said', () => {
    for (const word of SAID_WORDS) expect(adviceFor({ reason: 'auth', said: [word] })).to.match(new RegExp(word, 'i'));
  });
  it('tells a bot wall and a redirect from other statuses', () => {
    const failure = { reason: 'client_error', said: ['permission'] } as const;
    expect(adviceFor({ ...failure, status: 403, botWall: true })).to.include('allow-list');
    for (const status of [300, 308, 399]) {
      expect(adviceFor({ reason: 'client_error', status })).to.include('redirects');
    }
    expect(adviceFor({ reason: 'invalid_response', status: 299 })).not.to.include('redirects');
    expect(adviceFor({ reason: 'client_error', status: 400 })).not.to.include('redirects');
    expect(adviceFor({ reason: 'client_error', status: 404 })).to.include('without the path');
  });
});
