import { GraphDrawStyle, StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import {
  CURRENCY_LABELS,
  flow,
  holdShare,
  hoursLeft,
  lastValue,
  MOST_LINES,
  plainKind,
  thresholdShare,
} from '../balance-queries.ts';
import { lineAt, properties, shadesOf, stacked, timeseries } from '../panels.ts';
import { range } from '../queries.ts';
import { CURRENCY, named } from '../selectors.ts';

const LEGEND = '{{currency}} {{wallet}}';
/** Beyond three days nobody has to act tonight, and a larger scale would flatten what matters. */
const MOST_HOURS = 72;

export function valueByCurrency(): TimeseriesBuilder {
  const rate = `thedex_exchange_rate{${CURRENCY}, fiat="$fiat"}`;
  const values = `sum by (currency) (thedex_balance{${CURRENCY}, kind="total"} * on (${CURRENCY_LABELS}) group_left ${rate})`;
  const largest = `topk(${MOST_LINES}, sum by (currency) (${lastValue('total', { at: 'end' })}))`;
  return stacked({
    title: 'Value by currency, $fiat',
    description:
      `What all balances together were worth, at the rates of the time. The ${MOST_LINES} currencies that are worth most at ` +
      'the end of the range are shown one by one. Currencies without a rate are not contained.',
    unit: 'short',
    empty: 'No rates: --collector.rates is off',
  })
    .withTarget(range(`${values}\nand on (currency) ${largest}`, '{{currency}}').refId('A'))
    .withTarget(range(`sum(${values}\nunless on (currency) ${largest})`, 'all others').refId('B'));
}

export function thresholdSharesOverTime(): TimeseriesBuilder {
  const [thresholds, style] = lineAt(1, 'red');
  const share = `thedex_balance{${CURRENCY}} / on (${CURRENCY_LABELS}, kind) (thedex_balance_threshold{${CURRENCY}} > 0)`;
  const closest = `bottomk(${MOST_LINES}, ${thresholdShare('end')})`;
  return timeseries({
    title: 'Balance against its threshold',
    description:
      `Each balance as a share of its threshold, which is the dashed line: one scale for all. The ${MOST_LINES} closest to ` +
      'their threshold at the end of the range.',
    unit: 'percentunit',
    empty: 'No thresholds are set: see "thresholds" in the configuration',
  })
    .axisSoftMin(0)
    .thresholds(thresholds)
    .thresholdsStyle(style)
    .withTarget(
      range(
        plainKind(named(`${share}\n  and on (${CURRENCY_LABELS}, kind) ${closest}`)),
        '{{currency}} {{kind}} {{wallet}}',
      ).refId('A'),
    );
}

export function timeLeft(): TimeseriesBuilder {
  const [thresholds, style] = lineAt(24, 'red');
  return timeseries({
    title: 'Hours until empty',
    description:
      'How long what is available would last at the outflow of the 6 hours before, without any further deposit; top-ups do not ' +
      `hide payouts. More than 3 days are drawn as 3 days. The ${MOST_LINES} with the least at the end of the range; the dashed ` +
      'line is a day, where TheDexBalanceProjectedEmpty comes near.',
    unit: 'none',
    empty: 'Nothing flowed out within 6 hours',
  })
    .min(0)
    .thresholds(thresholds)
    .thresholdsStyle(style)
    .withTarget(
      range(
        named(
          `clamp_max(${hoursLeft()}, ${MOST_HOURS})\n  and on (${CURRENCY_LABELS}) bottomk(${MOST_LINES}, ${hoursLeft('end')})`,
        ),
        LEGEND,
      ).refId('A'),
    );
}

export function holdShares(): TimeseriesBuilder {
  const [thresholds, style] = lineAt(0.5, 'orange');
  return timeseries({
    title: 'Share on hold',
    description:
      `The part of each balance that the gateway holds back. The ${MOST_LINES} largest at the end of the range; more than half ` +
      '(the dashed line) throughout 6 hours is TheDexHoldStuck.',
    unit: 'percentunit',
    empty: 'No balance has been read in this range',
  })
    .min(0)
    .max(1)
    .thresholds(thresholds)
    .thresholdsStyle(style)
    .withTarget(
      range(
        named(`${holdShare()}\n  and on (${CURRENCY_LABELS}) topk(${MOST_LINES}, ${holdShare('end')})`),
        LEGEND,
      ).refId('A'),
    );
}

/** Repeated for each chosen currency, three side by side. */
export function balanceOverTime(): TimeseriesBuilder {
  return timeseries({
    title: '$currency',
    description:
      'What is available and, where something is on hold, the total; the dashed lines are their thresholds. ' +
      'A gap means that the balance could not be read.',
    unit: 'short',
    empty: 'No balance has been read in this range',
  })
    .repeat('currency')
    .repeatDirection('h')
    .maxPerRow(3)
    .axisSoftMin(0)
    .withTarget(range(named(`thedex_balance{${CURRENCY}, kind="available"}`), 'available {{wallet}}').refId('A'))
    .withTarget(range(named(`thedex_balance{${CURRENCY}, kind="total"}`), 'total {{wallet}}').refId('B'))
    .withTarget(range(named(`thedex_balance_threshold{${CURRENCY}}`), '{{kind}} threshold {{wallet}}').refId('C'))
    .overrideByQuery('B', properties({ color: shadesOf('#8e8e8e'), 'custom.lineWidth': 1 }))
    .overrideByQuery(
      'C',
      properties({ color: shadesOf('red'), 'custom.lineWidth': 1, 'custom.lineStyle': { fill: 'dash', dash: [8, 6] } }),
    );
}

/** Repeated for each chosen currency, three side by side. */
export function flowsOverTime(): TimeseriesBuilder {
  return timeseries({
    title: '$currency per hour',
    description:
      'What came in (above) and what went out (below) in each hour. Ups and downs are added up minute by minute, so that a ' +
      'top-up does not hide a payout. What moved while reads failed for more than 10 minutes is not seen.',
    unit: 'short',
    empty: 'No balance has been read in this range',
  })
    .repeat('currency')
    .repeatDirection('h')
    .maxPerRow(3)
    .interval('1h')
    .drawStyle(GraphDrawStyle.Bars)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .lineWidth(0)
    .fillOpacity(80)
    .withTarget(range(named(flow('in', { kind: 'total', window: '1h' })), 'in {{wallet}}').refId('A'))
    .withTarget(range(named(flow('out', { kind: 'total', window: '1h' })), 'out {{wallet}}').refId('B'))
    .overrideByQuery('A', properties({ color: shadesOf('green') }))
    .overrideByQuery('B', properties({ color: shadesOf('orange'), 'custom.transform': 'negative-Y' }));
}
