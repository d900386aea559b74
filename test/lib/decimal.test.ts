import { Big } from 'big.js';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { canonicalDecimal, equalDecimals, isDecimal, subtractExactly } from '../../src/lib/decimal.ts';

describe('isDecimal', () => {
  for (const text of [
    '0',
    '0E-8',
    '1E-8',
    '1e+3',
    '-1.5',
    '+1.5',
    '.5',
    '5.',
    '007',
    '1E-1000',
    '1E300',
    '9'.repeat(308),
  ]) {
    it(`takes ${text.slice(0, 20)}`, () => expect(isDecimal(text)).to.equal(true));
  }
  const refused = [
    '',
    ' ',
    '12abc',
    'NaN',
    'Infinity',
    '-Infinity',
    '0x10',
    '1_000',
    '1,5',
    ' 1',
    '1 ',
    '1e',
    'e5',
    '.',
    '+',
    '--1',
    '1e1001',
    '1e-1001',
    '1e400',
    '9'.repeat(400),
    '١',
    '1n',
    '1\n',
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => expect(isDecimal(text)).to.equal(false));
  }
});

describe('subtractExactly', () => {
  it('says 0 where float64 does not', () => expect(subtractExactly('0.3', '0.1', '0.2')).to.equal('0'));
  it('keeps the last of eighteen places', () =>
    expect(Number(subtractExactly('1000000.000000000000000001', '0', '1000000'))).to.equal(1e-18));
  it('sees a one that is carried beyond the sum', () => {
    expect(subtractExactly('0', '5', '5')).to.equal('-10');
    expect(subtractExactly('1.00', '60.50', '40.50')).to.equal('-100');
  });
  it('reads exponents', () => expect(subtractExactly('1E-8', '0E-8', '0.00000001')).to.equal('0'));
  it('reads a leading plus and a bare point', () => expect(subtractExactly('+.5', '-0.', '5.e-1')).to.equal('0'));
  it('holds the largest and the smallest exponent together', () =>
    expect(new Big(subtractExactly('1e300', '1e-1000', '1e300')).eq('-1e-1000')).to.equal(true));

  const amount = fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }))
    .map(([units, places]) => {
      const digits = String(units).padStart(places + 1, '0');
      return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
    });
  it('agrees with the library for any amounts', () => {
    fc.assert(
      fc.property(amount, amount, amount, (a, b, c) => {
        expect(new Big(subtractExactly(a, b, c)).eq(new Big(a).minus(b).minus(c))).to.equal(true);
      }),
    );
  });
  it('says exactly 0 for any sum of two parts', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        expect(subtractExactly(new Big(a).plus(b).toFixed(), a, b)).to.equal('0');
      }),
    );
  });
});

describe('equalDecimals', () => {
  it('compares numbers, not texts', () => expect(equalDecimals('1.0', '+1.00')).to.equal(true));
  it('sees the last place', () => expect(equalDecimals('1.000000000000000001', '1')).to.equal(false));
});

describe('canonicalDecimal', () => {
  const cases: [string, string | undefined][] = [
    ['1.50000000', '1.50000000'],
    ['-0.1', '-0.1'],
    ['0E-8', '0'],
    ['1E-8', '1e-8'],
    ['1.5e3', '1500'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1E300', '1e+300'],
    ['1E-1000', '1e-1000'],
    ['abc', undefined],
    ['1e400', undefined],
  ];
  for (const [text, expected] of cases) {
    it(`writes ${text} as ${expected ?? 'nothing'}`, () => expect(canonicalDecimal(text)).to.equal(expected));
  }
});
