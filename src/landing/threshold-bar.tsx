import type { JSX } from 'preact';
import { percentOf, ratioOf, showAmount } from '../lib/amount.ts';
import type { Comparison } from './thresholds.ts';

// The picture's measures, in units of its own; the threshold stands in its middle.
const WIDTH = 120;
const HEIGHT = 10;
const MIDDLE = WIDTH / 2;

/**
 * An amount as a bar against its threshold, and the same in words. The bar ends at twice the threshold.
 * @param of what the threshold is on, where that is not plain from the place.
 */
export function ThresholdBar({ comparison, of }: { comparison: Comparison; of: string }): JSX.Element {
  const { amount, threshold, isBelow } = comparison;
  const percent = percentOf(amount, threshold);
  const length = Math.min(Math.max(ratioOf(amount, threshold), 0), 2) * MIDDLE;
  return (
    <div class={isBelow ? 'check below' : 'check'}>
      <svg class="bar" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <rect class="track" y="2" width={WIDTH} height={HEIGHT - 4} rx="3" />
        {length > 0 && <rect class="level" y="2" width={length} height={HEIGHT - 4} rx="3" />}
        <path class="mark" d={`M${MIDDLE} 0v${HEIGHT}`} />
      </svg>
      <span>
        {isBelow ? <strong>▼ below</strong> : 'at least'} {of !== '' && `${of} `}
        {showAmount(threshold)}
        {percent !== undefined && ` (${percent} %)`}
      </span>
    </div>
  );
}
