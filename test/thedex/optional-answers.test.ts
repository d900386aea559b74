import { expect } from 'chai';
import * as fc from 'fast-check';
import { InvalidResponseError } from '../../src/thedex/errors.ts';
import { parsePayoutLimits } from '../../src/thedex/payout-limits.ts';
import { parseRates } from '../../src/thedex/rates.ts';

const DOCUMENTED_RATES = [
  {
    monetary: 'BTC_BITCOIN',
    rates: [
      { fiatCurrency: 'USD', rate: '22890.06000000' },
      { fiatCurrency: 'EUR', rate: '20601.05400000' },
    ],
  },
];

describe('parseRates', () => {
  it('takes the documented answer', () =>
    expect(parseRates(DOCUMENTED_RATES)).to.deep.equal({
      valid: [
        { currency: 'BTC_BITCOIN', fiat: 'USD', rate: '22890.06000000' },
        { currency: 'BTC_BITCOIN', fiat: 'EUR', rate: '20601.05400000' },
      ],
      invalid: [],
    }));
  it('takes no currencies, and a currency without rates', () => {
    expect(parseRates([]).valid).to.deep.equal([]);
    expect(parseRates([{ monetary: 'X', rates: [] }])).to.deep.equal({ valid: [], invalid: [] });
  });
  it('leaves out and names what it does not understand', () => {
    const rates = [
      { fiatCurrency: 'USD', rate: 'much' },
      { fiatCurrency: '', rate: '1' },
      null,
      { fiatCurrency: 'EUR', rate: 2 },
    ];
    const { valid, invalid } = parseRates([{ monetary: 'X', rates }, { monetary: 'Y' }, 5]);
    expect(valid).to.deep.equal([{ currency: 'X', fiat: 'EUR', rate: '2' }]);
    expect(invalid).to.include.members(['["X","USD"]', 'Y', 'entry 3 of the list']);
  });
  it('refuses two different rates of one pair', () => {
    const twice = [
      {
        monetary: 'X',
        rates: [
          { fiatCurrency: 'USD', rate: '1' },
          { fiatCurrency: 'USD', rate: '2' },
          { fiatCurrency: 'EUR', rate: '1' },
        ],
      },
    ];
    expect(parseRates(twice).valid).to.deep.equal([{ currency: 'X', fiat: 'EUR', rate: '1' }]);
  });
  for (const json of [{}, null, 'x', [1], [{ status: 400 }], [{ monetary: 'X', rates: [{ fiatCurrency: 'USD' }] }]]) {
    it(`refuses ${JSON.stringify(json)}`, () => expect(() => parseRates(json)).to.throw(InvalidResponseError));
  }
});

describe('parsePayoutLimits', () => {
  it('takes the documented answer', () =>
    expect(parsePayoutLimits([{ monetary: 'BTC_BITCOIN', minimalLimit: '0.000025000' }])).to.deep.equal({
      valid: [{ currency: 'BTC_BITCOIN', minimum: '0.000025000' }],
      invalid: [],
    }));
  it('leaves out and names what it does not understand', () =>
    expect(
      parsePayoutLimits([{ monetary: 'A', minimalLimit: null }, { monetary: 'B', minimalLimit: '1' }, {}]),
    ).to.deep.equal({
      valid: [{ currency: 'B', minimum: '1' }],
      invalid: ['A', 'entry 3 of the list'],
    }));
  for (const json of [{}, null, [1], [{ monetary: 'A' }]]) {
    it(`refuses ${JSON.stringify(json)}`, () => expect(() => parsePayoutLimits(json)).to.throw(InvalidResponseError));
  }
});

it('optional answers: any tree of JSON is understood or refused with our own error', () => {
  for (const parse of [parseRates, parsePayoutLimits]) {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.array(fc.dictionary(fc.constantFrom('monetary', 'rates', 'minimalLimit'), fc.jsonValue())),
        ),
        (json) => {
          try {
            parse(json);
          } catch (error) {
            expect(error).to.be.an.instanceOf(InvalidResponseError);
          }
        },
      ),
    );
  }
});
