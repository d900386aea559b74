import { inspect } from 'node:util';
import { expect } from 'chai';
import { Secret } from '../../src/lib/secret.ts';

describe('Secret', () => {
  const secret = new Secret('hunter2');
  it('reveals its value when asked by name', () => expect(secret.reveal()).to.equal('hunter2'));
  const forms: Record<string, () => string> = {
    String: () => String(secret),
    template: () => `a key: ${secret as unknown as string}`,
    concatenation: () => 'key '.concat(secret as unknown as string),
    JSON: () => JSON.stringify({ secret }),
    inspect: () => inspect({ secret }, { depth: 9, showHidden: true }),
    error: () => inspect(new Error(`refused ${secret as unknown as string}`, { cause: secret })),
  };
  for (const [name, print] of Object.entries(forms)) {
    it(`is masked as ${name}`, () => expect(print()).to.include('<secret>').and.not.include('hunter2'));
  }
  it('compares values', () => {
    expect(secret.equals(new Secret('hunter2'))).to.equal(true);
    expect(secret.equals(new Secret('hunter3'))).to.equal(false);
  });
});
