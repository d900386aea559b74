import { expect } from 'chai';
import * as fc from 'fast-check';
import { BALANCES, PAYOUT_LIMITS, RATES } from '../../src/thedex/answers.ts';
import { InvalidResponseError } from '../../src/thedex/errors.ts';
import { balance } from '../support/gateway.ts';

const isForbidden = (name: string) => name.includes('hunter2');
const parseBalances = (json: unknown) => BALANCES.parse(json, isForbidden);
const parseRates = (json: unknown) => RATES.parse(json, isForbidden);
const parsePayoutLimits = (json: unknown) => PAYOUT_LIMITS.parse(json, isForbidden);
const UNNAMED = '(an entry without a name)';
const WITHHELD = '(a name that holds a key or a signature)';

const BTC = balance('1.5', '0.5', '1.0');
const USDT = balance('10', '0', '10');

function failureOf(json: unknown): InvalidResponseError {
  try {
    parseBalances(json);
  } catch (error) {
    if (error instanceof InvalidResponseError) return error;
    throw error;
  }
  throw new Error('parseBalances took it');
}

function currenciesOf(json: unknown): string[] {
  return parseBalances(json).valid.map(({ currency }) => currency);
}

describe('parseBalances', () => {
  describe('takes each documented shape', () => {
    const shapes: Record<string, unknown> = {
      'a list of maps with one currency each': [{ BTC_BITCOIN: BTC }, { USDT_TRON: USDT }],
      'a list with one map of many': [{ BTC_BITCOIN: BTC, USDT_TRON: USDT }],
      'a bare map': { BTC_BITCOIN: BTC, USDT_TRON: USDT },
    };
    for (const [name, json] of Object.entries(shapes)) {
      it(name, () =>
        expect(parseBalances(json)).to.deep.equal({
          valid: [
            { currency: 'BTC_BITCOIN', total: '1.5', hold: '0.5', available: '1.0', discrepancy: '0' },
            { currency: 'USDT_TRON', total: '10', hold: '0', available: '10', discrepancy: '0' },
          ],
          invalid: [],
        }),
      );
    }
    for (const empty of [[], {}, [{}], [{}, {}]]) {
      it(`no balances: ${JSON.stringify(empty)}`, () =>
        expect(parseBalances(empty)).to.deep.equal({ valid: [], invalid: [] }));
    }
  });

  describe('takes amounts', () => {
    for (const [given, text] of [
      ['0E-8', '0'],
      ['1E-8', '1e-8'],
      [1.5, '1.5'],
      [0, '0'],
      ['-3', '-3'],
      [1e21, '1e+21'],
    ] as const) {
      it(`${typeof given} ${given}`, () =>
        expect(parseBalances({ X: balance(given, 0, 0) }).valid[0]?.total).to.equal(text));
    }
  });

  describe('leaves out and names a currency with', () => {
    for (const bad of [
      '',
      '12abc',
      'NaN',
      'Infinity',
      '1e101',
      '1e-101',
      1e300,
      '9'.repeat(101),
      null,
      undefined,
      true,
      {},
      [],
      ['1'],
      { valueOf: 1 },
      Infinity,
    ]) {
      it(`an amount of ${JSON.stringify(bad) ?? 'nothing'}`, () => {
        for (const fields of [balance(bad, '0', '1'), balance('1', bad, '1'), balance('1', '0', bad)]) {
          expect(parseBalances({ BAD: fields, BTC }).invalid).to.deep.equal(['BAD']);
          expect(currenciesOf({ BAD: fields, BTC })).to.deep.equal(['BTC']);
        }
      });
    }
    it('fields that are no map', () =>
      expect(parseBalances([{ BAD: '1', BTC }, { B2: [] }]).invalid).to.deep.equal(['BAD', 'B2']));
    it('an empty name', () => expect(parseBalances({ '': BTC, BTC }).invalid).to.deep.equal([UNNAMED]));
    it('a name that UTF-8 cannot hold', () => expect(parseBalances({ '\ud800': BTC, BTC }).invalid).to.have.length(1));
    it('a name that holds a key, which is not shown', () =>
      expect(parseBalances({ 'my hunter2': BTC, BTC }).invalid).to.deep.equal([WITHHELD]));
    it('an entry of the list that is no map', () => {
      expect(parseBalances([null, { BTC }, 3]).invalid).to.deep.equal([UNNAMED, UNNAMED]);
    });
  });

  describe('of a currency that occurs twice', () => {
    it('takes equal values once', () =>
      expect(currenciesOf([{ BTC: balance('1.0', '0', '1') }, { BTC: balance('1', '0.0', '1.00') }])).to.deep.equal([
        'BTC',
      ]));
    it('refuses different values', () => {
      expect(parseBalances([{ BTC }, { BTC: USDT }, { USDT }])).to.have.deep.property('invalid', ['BTC']);
    });
    it('refuses values that differ in one amount alone', () => {
      for (const other of [balance('2', '0.5', '1.0'), balance('1.5', '0', '1.0'), balance('1.5', '0.5', '2')]) {
        expect(parseBalances([{ BTC }, { BTC: other }, { USDT }]).invalid).to.deep.equal(['BTC']);
      }
    });
    it('refuses a valid and an invalid one', () => {
      expect(parseBalances([{ BTC }, { BTC: null }, { USDT }]).invalid).to.deep.equal(['BTC']);
      expect(parseBalances([{ BTC: null }, { BTC }, { USDT }]).invalid).to.deep.equal(['BTC']);
    });
    it('does not take a third, equal to the first, for better', () =>
      expect(parseBalances([{ BTC }, { BTC: USDT }, { BTC }, { USDT }]).invalid).to.deep.equal(['BTC']));
  });

  it('has no names of its own: __proto__ and constructor are currencies', () => {
    const json: unknown = JSON.parse(
      `{"__proto__": ${JSON.stringify(BTC)}, "constructor": ${JSON.stringify(USDT)}, "toString": ${JSON.stringify(BTC)}}`,
    );
    expect(currenciesOf(json)).to.deep.equal(['__proto__', 'constructor', 'toString']);
  });
  it('does not inherit amounts', () =>
    expect(
      failureOf(JSON.parse('{"X": {"__proto__": {"totalBalance": "1", "holdBalance": "0", "availableBalance": "1"}}}')),
    ).to.be.an.instanceOf(InvalidResponseError));
  it('sees a difference that float64 does not', () =>
    expect(
      Number(parseBalances({ X: balance('100000000.000000000000000001', '0', '100000000') }).valid[0]?.discrepancy),
    ).to.equal(1e-18));
  it('reads 5,000 currencies', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ [`C${i}`]: balance(`${i}.5`, '0.5', `${i}.0`) }));
    expect(parseBalances(many).valid).to.have.length(5000);
  });

  describe('refuses what is not balances', () => {
    for (const json of [
      null,
      'text',
      1,
      true,
      { status: 400, error: 'Bad Request', message: 'no' },
      [{ status: 400 }],
      [1],
      [[]],
      { error: { code: 5 } },
      { data: { BTC } },
    ]) {
      it(JSON.stringify(json), () => expect(failureOf(json).invalidEntries).to.equal(undefined));
    }
    it('what is neither a list nor a map, in other words', () =>
      expect(failureOf('text').message).to.include('neither a list nor a map'));
    it('an answer of balances that are known by one of their fields, and are all invalid', () => {
      for (const field of ['totalBalance', 'holdBalance', 'availableBalance']) {
        expect(failureOf([{ BTC: { [field]: '1' } }]).invalidEntries, field).to.equal(1);
      }
    });
    it('an answer of balances that are all invalid, and counts them', () =>
      expect(failureOf([{ BTC: balance(null, '0', '1') }, { USDT: {} }]).invalidEntries).to.equal(2));
  });

  it('never throws anything else, and never makes a number up', () => {
    const amount = fc.oneof(
      fc.constantFrom('1.5', '0E-8', '1E-8', '', 'NaN', '1e101', '12abc'),
      fc.jsonValue(),
      fc.double(),
    );
    const fields = fc.oneof(
      fc.jsonValue(),
      fc.record({ totalBalance: amount, holdBalance: amount, availableBalance: amount }, { requiredKeys: [] }),
    );
    const map = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('BTC', '__proto__', 'constructor')), fields);
    const tree = fc.oneof(fc.jsonValue(), map, fc.array(fc.oneof(map, fc.jsonValue())));
    fc.assert(
      fc.property(tree, (json) => {
        let parsed;
        try {
          parsed = parseBalances(json);
        } catch (error) {
          expect(error).to.be.an.instanceOf(InvalidResponseError);
          return;
        }
        const maps = (Array.isArray(json) ? json : [json]) as Record<string, Record<string, unknown>>[];
        for (const { currency, total, hold, available } of parsed.valid) {
          const given = maps.flatMap((each) =>
            each !== null && typeof each === 'object' && Object.hasOwn(each, currency) ? [each[currency]] : [],
          );
          for (const [field, text] of [
            ['totalBalance', total],
            ['holdBalance', hold],
            ['availableBalance', available],
          ] as const) {
            expect(Number.isFinite(Number(text)), text).to.equal(true);
            expect(
              given.some((one) => Number(one?.[field]) === Number(text) && one?.[field] !== ''),
              text,
            ).to.equal(true);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

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
    expect(invalid).to.include.members(['["X","USD"]', 'Y', UNNAMED, '["X",null]']);
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

describe('lists in a map', () => {
  it('are understood when they are its only field', () => {
    expect(parseRates({ currencies: DOCUMENTED_RATES }).valid).to.have.length(2);
    expect(parsePayoutLimits({ data: [{ monetary: 'A', minimalLimit: '1' }] }).valid).to.have.length(1);
  });
  for (const json of [{ errors: [] }, { data: DOCUMENTED_RATES, status: 200 }, { errors: ['nonce'] }]) {
    it(`are not guessed from ${JSON.stringify(json).slice(0, 40)}`, () =>
      expect(() => parseRates(json)).to.throw(InvalidResponseError));
  }
  it('withhold names that hold a key', () => {
    const rates = [
      { fiatCurrency: 'hunter2', rate: '1' },
      { fiatCurrency: 'USD', rate: '1' },
    ];
    expect(parseRates([{ monetary: 'X', rates }]).invalid).to.deep.equal([WITHHELD]);
    const limits = [
      { monetary: 'hunter2', minimalLimit: '1' },
      { monetary: 'B', minimalLimit: '1' },
    ];
    expect(parsePayoutLimits(limits).invalid).to.deep.equal([WITHHELD]);
  });
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
      invalid: [UNNAMED, 'A'],
    }));
  for (const json of [{}, null, [1], [{ monetary: 'A' }]]) {
    it(`refuses ${JSON.stringify(json)}`, () => expect(() => parsePayoutLimits(json)).to.throw(InvalidResponseError));
  }
});

describe('an answer of many entries', () => {
  const many = <T>(item: (index: number) => T) => Array.from({ length: 700 }, (_, index) => item(index));
  const answers: Record<string, Generator<undefined, { valid: readonly unknown[] }>> = {
    balances: BALANCES.parseInSteps(
      many((index) => ({ [`C${index}`]: BTC })),
      isForbidden,
    ),
    rates: RATES.parseInSteps(
      [{ monetary: 'BTC', rates: many((index) => ({ fiatCurrency: `F${index}`, rate: 1 })) }],
      isForbidden,
    ),
    limits: PAYOUT_LIMITS.parseInSteps(
      many((index) => ({ monetary: `C${index}`, minimalLimit: 1 })),
      isForbidden,
    ),
  };
  for (const [name, steps] of Object.entries(answers)) {
    it(`of ${name} is read with a pause after every 64`, () => {
      let pauses = 0;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) pauses += 1;
      expect(pauses).to.equal(10);
      expect(step.value.valid).to.have.length(700);
    });
  }
});

it('rates without the name of their currency are left out', () => {
  const rates = [{ fiatCurrency: 'USD', rate: 1 }];
  const { valid, invalid } = parseRates([{ rates }, { monetary: 'BTC', rates }]);
  expect(valid).to.deep.equal([{ currency: 'BTC', fiat: 'USD', rate: '1' }]);
  expect(invalid).to.deep.equal([UNNAMED]);
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
