import { expect } from 'chai';
import {
  addExactly,
  isLess,
  isZero,
  multiplyExactly,
  percentOf,
  ratioOf,
  roundToCents,
  showAmount,
} from '../../src/lib/amount.ts';

describe('amounts for people', () => {
  for (const [text, shown] of [
    ['0E-8', '0'],
    ['-0.00', '0'],
    ['0E+90', '0'],
    ['1E-8', '0.00000001'],
    ['1.50000000', '1.5'],
    ['+.5', '0.5'],
    ['12.', '12'],
    ['100', '100'],
    ['-7.10', '-7.1'],
    ['123456789012345678.123456789012345678', '123456789012345678.123456789012345678'],
    ['1.25E-90', '1.25e-90'],
    ['1e99', '1e+99'],
    [`0.${'1'.repeat(99)}`, `0.${'1'.repeat(99)}`],
  ] as const) {
    it(`shows ${text.slice(0, 40)} as ${shown}`, () => expect(showAmount(text)).to.equal(shown));
  }
  it('knows zero in every form', () => {
    for (const text of ['0', '0.0', '-0E-8', '.0', '0.', '+0E+99']) expect(isZero(text), text).to.equal(true);
    for (const text of ['1E-100', '0.01', `${'0.'.padEnd(101, '0')}1E-100`, '10', '-1'])
      expect(isZero(text), text).to.equal(false);
  });
  it('compares exactly where floats would not', () => {
    expect(isLess('0.30000000000000000001', '0.30000000000000000002')).to.equal(true);
    expect(isLess('1.0', '1')).to.equal(false);
    expect(isLess('1E-90', '2E-90')).to.equal(true);
    expect(isLess('-2', '1')).to.equal(true);
    expect(isLess('2', '1.5')).to.equal(false);
  });
  it('multiplies and adds exactly', () => {
    expect(multiplyExactly('0.05', '22890.06000000')).to.equal('1144.503');
    expect(multiplyExactly('1E-100', '-1E-100')).to.equal(`-0.${'1'.padStart(200, '0')}`);
    expect(addExactly(['0.1', '0.2', '1E2', '-0.05'])).to.equal('100.25');
    expect(addExactly([])).to.equal('0');
  });
  it('rounds to cents', () => {
    expect(['1144.503', '0.005', '3', '-0.001', '-0.005', '1E2', '-1.995'].map(roundToCents)).to.deep.equal([
      '1144.50',
      '0.01',
      '3.00',
      '0.00',
      '-0.01',
      '100.00',
      '-2.00',
    ]);
  });
  it('draws every ratio', () => {
    expect(ratioOf('1', '4')).to.equal(0.25);
    expect(ratioOf('1E-99', '2E-99')).to.equal(0.5);
    expect([ratioOf('1', '0'), ratioOf('0', '0'), ratioOf('-1', '0')]).to.deep.equal([Infinity, 0, 0]);
  });
  for (const [part, whole, percent] of [
    ['1', '3', '33.3'],
    ['0', '5', '0'],
    ['5', '5', '100'],
    ['0.0001', '5', '<0.1'],
    ['4.9999', '5', '>99.9'],
    ['600', '5', '>1000'],
    ['50', '5', '1000'],
    ['1', '8', '12.5'],
    ['0.005', '5', '0.1'],
    ['1', '0', undefined],
    ['-1', '5', undefined],
  ] as const) {
    it(`${part} of ${whole} is ${percent ?? 'no share'}`, () => expect(percentOf(part, whole)).to.equal(percent));
  }
});
