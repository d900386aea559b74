import { expect } from 'chai';
import * as fc from 'fast-check';
import { formatBigDecimal, parseMinorUnits } from '../../src/sandbox/minor-units.ts';

describe('amounts of the sandbox', () => {
  // What Java prints for `new BigDecimal(BigInteger.valueOf(units), scale)`.
  const printed: [bigint, number, string][] = [
    [0n, 0, '0'],
    [0n, 6, '0.000000'],
    [0n, 7, '0E-7'],
    [0n, 8, '0E-8'],
    [0n, 18, '0E-18'],
    [1n, 6, '0.000001'],
    [1n, 8, '1E-8'],
    [15n, 8, '1.5E-7'],
    [100n, 8, '0.00000100'],
    [99n, 8, '9.9E-7'],
    [84210337n, 8, '0.84210337'],
    [123456789012345678901n, 18, '123.456789012345678901'],
    [42n, 0, '42'],
  ];
  for (const [units, scale, text] of printed) {
    it(`are written like BigDecimal: ${units} with ${scale} places is ${text}`, () => {
      expect(formatBigDecimal(units, scale)).to.equal(text);
    });
  }

  it('are read with missing places filled up and further ones cut off', () => {
    expect(parseMinorUnits('0', 8)).to.equal(0n);
    expect(parseMinorUnits('12.5', 6)).to.equal(12_500_000n);
    expect(parseMinorUnits('0.000025009', 8)).to.equal(2_500n);
    expect(parseMinorUnits('7', 0)).to.equal(7n);
  });

  it('keep every digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }), (units, scale) => {
        const text = formatBigDecimal(units, scale);
        const [mantissa = '', exponent = '0'] = text.split('E');
        const places = (mantissa.split('.')[1] ?? '').length - Number(exponent);
        expect(BigInt(mantissa.replace('.', ''))).to.equal(units);
        expect(places).to.equal(scale);
      }),
    );
  });
});
