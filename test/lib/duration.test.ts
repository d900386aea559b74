import { expect } from 'chai';
import * as fc from 'fast-check';
import { MAX_DURATION_MS, parseDuration } from '../../src/lib/duration.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

describe('parseDuration', () => {
  it('reads a number with a unit', () => {
    expect(['10s', '0.5s', '.5s', '500ms', '1m', '1h', '2 minutes', '3 S'].map(parseDuration)).to.deep.equal([
      10_000, 500, 500, 500, 60_000, 3_600_000, 120_000, 3000,
    ]);
  });

  it('reads zero with and without a unit', () => {
    expect(['0', '0s', '0ms', '0.0s'].map(parseDuration)).to.deep.equal([0, 0, 0, 0]);
  });

  it('refuses what ms would take for something', () => {
    for (const text of [
      '10',
      '-1s',
      '-10',
      '1d',
      '1w',
      '1y',
      '61m',
      '3600001ms',
      '+1s',
      '1e3s',
      ' 1s',
      '1s ',
      '1  s',
    ]) {
      expect(parseDuration(text), text).to.equal(undefined);
    }
  });

  it('refuses nonsense', () => {
    for (const text of [
      '',
      's',
      '.s',
      'ten seconds',
      '1m30s',
      '1,5s',
      '1s\n',
      'NaNs',
      'Infinity',
      `${'1'.repeat(99)}s`,
    ]) {
      expect(parseDuration(text), text).to.equal(undefined);
    }
  });

  it('rounds to whole milliseconds, never to nothing', () => {
    expect(['1.001s', '0.6ms', '0.4ms', '0.0001s'].map(parseDuration)).to.deep.equal([1001, 1, undefined, undefined]);
  });

  it('multiplies number and unit, up to an hour', () => {
    fc.assert(
      fc.property(fc.nat(4_000_000), fc.constantFrom(...Object.keys(UNITS)), (number, unit) => {
        const milliseconds = number * (UNITS[unit] ?? NaN);
        expect(parseDuration(`${number}${unit}`)).to.equal(milliseconds > MAX_DURATION_MS ? undefined : milliseconds);
      }),
    );
  });

  it('answers any text with whole milliseconds within the bound, or with nothing', () => {
    const nearly = fc.stringMatching(/^[-+]?\d{0,9}\.?\d{0,4} ?(ms|s|m|h|d|w|sec|hours|x)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (text) => {
        const duration = parseDuration(text);
        if (duration === undefined) return;
        expect(duration).to.satisfy(Number.isInteger).and.to.be.within(0, MAX_DURATION_MS);
        expect(text).to.match(/^(0|[\d.]+ ?[a-z]+)$/i);
      }),
    );
  });
});
