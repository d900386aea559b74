import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  alignDecimals,
  canonicalDecimal,
  compareDecimals,
  equalDecimals,
  isDecimal,
  parseDecimal,
  subtractExactly,
  writeDecimal,
  writePlainly,
} from '../../src/lib/decimal.ts';

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
    '1E-100',
    '1E+100',
    '1E0000099',
    '9'.repeat(100),
    `-${'9'.repeat(50)}.${'9'.repeat(50)}E-100`,
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
    '1e101',
    '1e-101',
    '9'.repeat(101),
    `0.${'0'.repeat(100)}`,
    `${'9'.repeat(101)}e1`,
    '١',
    '1n',
    '1\n',
    '9'.repeat(10_000),
    `1e${'0'.repeat(10_000)}`,
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
  it('does not take tenths for ones', () => {
    expect(subtractExactly('1.5', '10', '5')).to.equal('-13.5');
    expect(subtractExactly('15', '1.0', '5')).to.equal('9');
    expect(subtractExactly('15', '10', '0.5')).to.equal('4.5');
    expect(subtractExactly('1', `0.${'0'.repeat(75)}1`, '0')).to.equal(`0.${'9'.repeat(76)}`);
  });
  it('reads exponents', () => expect(subtractExactly('1E-8', '0E-8', '0.00000001')).to.equal('0'));
  it('reads a leading plus and a bare point', () => expect(subtractExactly('+.5', '-0.', '5.e-1')).to.equal('0'));
  it('holds the largest and the smallest exponent together', () =>
    expect(subtractExactly('1e100', '1e-100', '1e100')).to.equal('-1e-100'));
  it('keeps every digit between them', () =>
    expect(subtractExactly('1e100', '1e-100', '0')).to.equal(`9.${'9'.repeat(199)}e+99`));

  const amount = fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }))
    .map(([units, places]) => ({ units, places, text: writtenByHand(units, places) }));
  it('is exact for any amounts', () => {
    fc.assert(
      fc.property(amount, amount, amount, (sum, a, b) => {
        const [x = 0n, y = 0n, z = 0n] = [sum, a, b].map(({ units, places }) => units * 10n ** BigInt(18 - places));
        const difference = parseDecimal(subtractExactly(sum.text, a.text, b.text));
        expect(difference.units * 10n ** BigInt(18 - difference.places)).to.equal(x - y - z);
      }),
    );
  });
  it('says exactly 0 for any sum of two parts', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const sum = a.units * 10n ** BigInt(18 - a.places) + b.units * 10n ** BigInt(18 - b.places);
        expect(subtractExactly(writtenByHand(sum, 18), a.text, b.text)).to.equal('0');
      }),
    );
  });
});

/** `units` / 10^`places` with all of its places. */
function writtenByHand(units: bigint, places: number): string {
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const fraction = places === 0 ? '' : `.${digits.slice(-places)}`;
  return `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - places)}${fraction}`;
}

describe('decimals', () => {
  const decimal = fc.record({
    units: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
    places: fc.integer({ min: 0, max: 50 }),
  });
  it('are written so that they are read as the same number', () => {
    fc.assert(
      fc.property(decimal, (each) => {
        for (const write of [writeDecimal, writePlainly]) {
          expect(compareDecimals(write(each), writtenByHand(each.units, each.places)), write(each)).to.equal(0);
        }
      }),
    );
  });
  it('are written as JavaScript writes the numbers that it holds exactly', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -90, max: 90 }), (units, power) => {
        const number = Number(`${units}e${power}`);
        expect(canonicalDecimal(`+${units}E${power}`.replace('+-', '-'))).to.equal(
          Object.is(number, -0) ? '0' : String(number),
        );
      }),
    );
  });
  it('are given as many places as the longest has', () =>
    expect(
      alignDecimals([
        { units: 15n, places: 1 },
        { units: 7n, places: 3 },
      ]),
    ).to.deep.equal({ units: [1500n, 7n], places: 3 }));
  it('are written without a sign when they are nothing', () => {
    expect(writePlainly({ units: 0n, places: 2 })).to.equal('0');
    expect(writeDecimal({ units: 0n, places: 2 })).to.equal('0');
  });
  it('are ordered as numbers, not as texts', () => {
    expect(compareDecimals('9', '10')).to.equal(-1);
    expect(compareDecimals('-9', '-10')).to.equal(1);
    expect(compareDecimals('1E1', '10.0')).to.equal(0);
    expect(compareDecimals('1.000000000000000000001', '1')).to.equal(1);
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
    ['1E100', '1e+100'],
    ['1E-100', '1e-100'],
    ['120E19', '1.2e+21'],
    ['1E20', '100000000000000000000'],
    ['1E-6', '0.000001'],
    ['1E-7', '1e-7'],
    ['9'.repeat(100), '9'.repeat(100)],
    ['abc', undefined],
    ['1e101', undefined],
  ];
  for (const [text, expected] of cases) {
    it(`writes ${text} as ${expected ?? 'nothing'}`, () => expect(canonicalDecimal(text)).to.equal(expected));
  }
});
