import { GraphDrawStyle, StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import {
  atEnd,
  flow,
  held,
  type Kind,
  LONG_SECONDS,
  MOST_LINES,
  ESTIMATED_LEFT,
  ESTIMATED_LEFT_OVER_TIME,
  RECORDED_LEFT,
  BY_RULES,
  secondsLeft,
  sharesOfKinds,
  thresholds,
  value,
} from '../balance-queries.ts';
import { lineAt, properties, shadesOf, stacked, timeseries } from '../panels.ts';
import { range } from '../queries.ts';
import { ACCOUNT, BALANCE, lastKnown, LAST_KNOWN, live } from '../selectors.ts';

const LEGEND = '{{currency}} {{account}}';
/** The points of a line that is computed from every balance: enough for the eye, few enough for Prometheus. */
const POINTS = 100;
/** Of a pace, which looks at hours for each. */
const PACE_POINTS = 72;
/** What is drawn of the repeated panels: one currency of the chosen accounts. */
const DRAWN = `${ACCOUNT}, currency=~"$drawn"`;

export function sharesOverTime(): TimeseriesBuilder {
  const [line, style] = lineAt(1, 'red');
  const lowest = `bottomk(${MOST_LINES}, bottomk without (kind) (1, ${atEnd(sharesOfKinds())}))`;
  // One query for each kind: over a month, one that looked at both would cost too much. A balance is drawn by the kind
  // that is lower beside its threshold in the end.
  const share = (kind: Kind): string => `clamp_max(
  ${live('thedex_balance', `${BALANCE}, kind="${kind}"`)} / (${atEnd(thresholds(kind))} > 0)
, 4)
and ${lowest}`;
  return timeseries({
    title: 'Share of threshold',
    description:
      `Each balance as a share of the threshold that it has today, which is the dashed line: one scale for all, cut at 400%. The ${MOST_LINES} ` +
      'lowest at the end of the range.',
    unit: 'percentunit',
    empty: 'No thresholds are set, or nothing was read in this range',
  })
    .maxDataPoints(POINTS)
    .axisSoftMin(0)
    .thresholds(line)
    .thresholdsStyle(style)
    .withTarget(range(share('available'), LEGEND).refId('A'))
    .withTarget(range(share('total'), `total ${LEGEND}`).refId('B'));
}

export function timeLeft(): TimeseriesBuilder {
  const [line, style] = lineAt(24, 'red');
  const lowest = `min without (kind) (min_over_time(account:thedex_runway_seconds{${BALANCE}}[$__range:$__interval] @ end()))`;
  const recorded = `(
  clamp_max(${secondsLeft(RECORDED_LEFT)}, ${LONG_SECONDS})
  or ${LONG_SECONDS} + 0 * max without (kind, $replica) (thedex_balance{${BALANCE}, kind="available"})
)
and bottomk(${MOST_LINES}, ${lowest})
and ${BY_RULES}`;
  // Two queries: over a month, one that did both would cost too much.
  const estimated = `clamp_max(${secondsLeft(ESTIMATED_LEFT_OVER_TIME)}, ${LONG_SECONDS})
and bottomk(${MOST_LINES}, ${atEnd(secondsLeft(ESTIMATED_LEFT))})
unless ${BY_RULES}`;
  return timeseries({
    title: 'Time left',
    description:
      'For how many hours what is available would last at the pace of the alerts. More than 72 are drawn as 72, and a ' +
      `balance that does not fall, too. The ${MOST_LINES} with the least in the range; below the dashed line, a day, TheDexBalanceProjectedEmpty fires. Without the bundled rules the pace is a rougher one.`,
    // Of seconds the axis would have lines at 13.9 hours and 2.31 days.
    unit: 'none',
    empty: 'No balance falls, or for less than 3 hours',
  })
    .maxDataPoints(PACE_POINTS)
    .axisLabel('hours')
    .min(0)
    .thresholds(line)
    .thresholdsStyle(style)
    .withTarget(range(`(${recorded}) / 3600`, LEGEND).refId('A'))
    .withTarget(range(`(${estimated}) / 3600`, LEGEND).refId('B'));
}

/** Values keep the last that is known, so that an account that cannot be read does not look like a loss. */
export function valueByCurrency(): TimeseriesBuilder {
  const values = `sum by (currency) (last_over_time((
  ${live('thedex_balance', `${BALANCE}, kind="total"`)}
  * ignoring (kind, fiat) ${live('thedex_exchange_rate', `${BALANCE}, fiat="$fiat"`)}
)[${LAST_KNOWN}:$__interval]))`;
  const largest = `topk(${MOST_LINES}, sum by (currency) (${atEnd(value('total'))}))`;
  return stacked({
    title: 'Value by currency $fiat',
    description:
      'All balances together, on hold or not, at the rates of the time; while an account cannot be read, its last known value, for ' +
      `a day. The ${MOST_LINES} currencies that are worth most at the end of the range one by one. Currencies without a rate are not contained.`,
    unit: 'short',
    empty: 'No rates: --collector.rates is off',
  })
    .interval('10m')
    .maxDataPoints(150)
    .withTarget(range(`${values}\nand on (currency) ${largest}`, '{{currency}}').refId('A'))
    .withTarget(range(`sum(${values}\nunless on (currency) ${largest})`, 'all others').refId('B'));
}

export function holdShares(): TimeseriesBuilder {
  const [line, style] = lineAt(0.5, 'orange');
  return timeseries({
    title: 'Share on hold',
    description:
      `The part of each balance that the gateway holds back. The ${MOST_LINES} largest at the end of the range; more than half ` +
      '(the dashed line), or than the configured limit, throughout 6 hours is TheDexHoldStuck.',
    unit: 'percentunit',
    empty: 'No balance has been read in this range',
  })
    .maxDataPoints(POINTS)
    .min(0)
    .max(1)
    .thresholds(line)
    .thresholdsStyle(style)
    .withTarget(range(`${held()}\nand topk(${MOST_LINES}, ${atEnd(held(lastKnown))})`, LEGEND).refId('A'));
}

/** Repeated for each drawn currency, three side by side. */
export function balanceOverTime(): TimeseriesBuilder {
  return timeseries({
    title: '$drawn',
    description:
      'What is available and the total (thin); the dashed lines are thresholds. A gap means that the balance could not be read.',
    unit: 'short',
    empty: 'No balance has been read in this range',
  })
    .repeat('drawn')
    .repeatDirection('h')
    .maxPerRow(3)
    .axisSoftMin(0)
    .withTarget(range(live('thedex_balance', `${DRAWN}, kind="available"`), 'available {{account}}').refId('A'))
    .withTarget(range(live('thedex_balance', `${DRAWN}, kind="total"`), 'total {{account}}').refId('B'))
    .withTarget(
      range(live('thedex_balance_threshold', DRAWN), '{{severity}} threshold, {{kind}} {{account}}').refId('C'),
    )
    .overrideByQuery('B', properties({ color: shadesOf('#8e8e8e'), 'custom.lineWidth': 1 }))
    .overrideByQuery(
      'C',
      properties({ color: shadesOf('red'), 'custom.lineWidth': 1, 'custom.lineStyle': { fill: 'dash', dash: [8, 6] } }),
    );
}

/** Repeated for each drawn currency, three side by side. */
export function flowsOverTime(): TimeseriesBuilder {
  return timeseries({
    title: '$drawn in and out',
    description:
      'What came in (above) and what went out (below) during each bar. Ups and downs are added up in steps of 10 minutes, so that a ' +
      'top-up does not hide a payout. What moved while reads failed for more than 10 minutes is not seen.',
    unit: 'short',
    empty: 'No balance has been read in this range',
  })
    .repeat('drawn')
    .repeatDirection('h')
    .maxPerRow(3)
    .interval('30m')
    .maxDataPoints(60)
    .drawStyle(GraphDrawStyle.Bars)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .lineWidth(0)
    .fillOpacity(80)
    .withTarget(range(`sum(${flow('in', DRAWN)})`, 'in').refId('A'))
    .withTarget(range(`sum(${flow('out', DRAWN)})`, 'out').refId('B'))
    .overrideByQuery('A', properties({ color: shadesOf('green') }))
    .overrideByQuery('B', properties({ color: shadesOf('orange'), 'custom.transform': 'negative-Y' }));
}
