import { VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { dressed, legendBelow, lineAt, properties, shadesOf, stat, grades, timeseries } from '../panels.ts';
import { instant, range } from '../queries.ts';
import { named, stillScraped, WALLET, WALLET_LABELS } from '../selectors.ts';
import { OUTCOME, outcomeMappings } from './outcome.ts';

const NO_ACCOUNT = 'Prometheus scrapes no account here';

/** The part of all scrapes of a wallet that brought balances; scrapes of an exporter that was down count as failed. */
function successShare(window: string): string {
  return stillScraped(
    `(sum_over_time(thedex_up{${WALLET}}[${window}]) / on (${WALLET_LABELS}) count_over_time(up{${WALLET}}[${window}]))`,
  );
}

const TIME_SHARE = `thedex_scrape_duration_seconds{${WALLET}} / on (${WALLET_LABELS}) thedex_scrape_timeout_seconds{${WALLET}}`;

export function failingAccounts(): StatBuilder {
  return stat({
    title: 'Accounts failing',
    description: 'Accounts whose last read failed, or whose exporter cannot be scraped. The strip below says why.',
    unit: 'none',
    empty: NO_ACCOUNT,
  })
    .decimals(0)
    .thresholds(grades('green', [1, 'red']))
    .withTarget(instant(`sum(${OUTCOME} > bool 0)`, 'accounts').refId('A'));
}

export function worstSuccess(): StatBuilder {
  return stat({
    title: 'Lowest success',
    description:
      'The part of all scrapes in the chosen range that brought balances, for the account that did worst. ' +
      'Scrapes that found the exporter down count as failed.',
    unit: 'percentunit',
    empty: NO_ACCOUNT,
  })
    .decimals(1)
    .thresholds(grades('red', [0.9, 'orange'], [0.99, 'green']))
    .withTarget(instant(`min(${successShare('$__range')})`, 'success').refId('A'));
}

export function slowestRead(): StatBuilder {
  return stat({
    title: 'Slowest read',
    description:
      'The part of the time allowed that reads took on average over 15 minutes, for the slowest account. ' +
      'TheDexApiSlow fires above one half; at 100% reads time out.',
    unit: 'percentunit',
    empty: NO_ACCOUNT,
  })
    .decimals(0)
    .thresholds(grades('green', [0.3, 'orange'], [0.5, 'red']))
    .withTarget(instant(`max(avg_over_time((${TIME_SHARE})[15m:]))`, 'share of the time allowed').refId('A'));
}

/** One strip for each wallet: what became of every read, and why. */
export function outcomes(): StateTimelineBuilder {
  return dressed(new StateTimelineBuilder(), {
    title: 'What became of each read',
    description:
      'For each account: read, or the reason why not, as in thedex_scrape_error. "exporter down" means that Prometheus could ' +
      'not scrape the exporter at all; an empty stretch that it did not know the target.',
    unit: 'none',
    empty: NO_ACCOUNT,
  })
    .mappings(outcomeMappings())
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.8)
    .fillOpacity(80)
    .lineWidth(0)
    .legend(legendBelow())
    .withTarget(range(named(OUTCOME), 'reads {{wallet}}').refId('A'));
}

export function successOverTime(): TimeseriesBuilder {
  return timeseries({
    title: 'Success of reads',
    description: 'The part of the scrapes in the hour before that brought balances, for each account.',
    unit: 'percentunit',
    empty: NO_ACCOUNT,
  })
    .min(0)
    .max(1)
    .withTarget(range(named(successShare('1h')), 'reads {{wallet}}').refId('A'));
}

export function timeShareOverTime(): TimeseriesBuilder {
  const [thresholds, style] = lineAt(0.5, 'orange');
  return timeseries({
    title: 'Share of the time allowed',
    description:
      'How much of its deadline each read took. The deadline is --thedex.timeout or what the scrape leaves, whichever is less. ' +
      'The dashed line is one half, above which TheDexApiSlow fires.',
    unit: 'percentunit',
    empty: NO_ACCOUNT,
  })
    .min(0)
    .max(1)
    .thresholds(thresholds)
    .thresholdsStyle(style)
    .withTarget(range(named(TIME_SHARE), 'reads {{wallet}}').refId('A'));
}

export function readDuration(): TimeseriesBuilder {
  return timeseries({
    title: 'Duration of reads',
    description: 'All work for one account in one scrape, and the deadline that it had (dashed).',
    unit: 's',
    empty: NO_ACCOUNT,
  })
    .min(0)
    .withTarget(range(named(`thedex_scrape_duration_seconds{${WALLET}}`), 'read {{wallet}}').refId('A'))
    .withTarget(range(named(`thedex_scrape_timeout_seconds{${WALLET}}`), 'deadline {{wallet}}').refId('B'))
    .overrideByQuery(
      'B',
      properties({ color: shadesOf('red'), 'custom.lineWidth': 1, 'custom.lineStyle': { fill: 'dash', dash: [8, 6] } }),
    );
}

export function collectorDuration(): TimeseriesBuilder {
  const duration = `thedex_scrape_collector_duration_seconds{${WALLET}}`;
  const failed = `thedex_scrape_collector_success{${WALLET}} == 0`;
  return timeseries({
    title: 'Duration of each collector',
    description:
      'How long each collector took, for the slowest account: balances, and rates and payout limits where they are switched on. ' +
      'Red points mark failures; a failed optional collector takes only its own series away.',
    unit: 's',
    empty: NO_ACCOUNT,
  })
    .min(0)
    .withTarget(range(`max by (collector) (${duration})`, '{{collector}}').refId('A'))
    .withTarget(
      range(
        `max by (collector) (${duration} and on (${WALLET_LABELS}, collector) ${failed})`,
        '{{collector}} failed',
      ).refId('B'),
    )
    .overrideByQuery(
      'B',
      properties({
        color: shadesOf('red'),
        'custom.drawStyle': 'points',
        'custom.showPoints': 'always',
        'custom.pointSize': 6,
      }),
    );
}

export function wrongEntries(): TimeseriesBuilder {
  return timeseries({
    title: 'Entries that are wrong',
    description:
      'Entries of the answer that were not understood and so left out (TheDexInvalidBalances), and currencies whose total is ' +
      'not what is on hold and available together (TheDexBalanceMismatch). Both are 0 on a good day.',
    unit: 'none',
    empty: 'No answer has been read in this range',
  })
    .decimals(0)
    .min(0)
    .axisSoftMax(5)
    .withTarget(range(named(`thedex_invalid_balances{${WALLET}}`), 'not understood {{wallet}}').refId('A'))
    .withTarget(
      range(
        named(`sum by (${WALLET_LABELS}) (thedex_balance_discrepancy{${WALLET}} != bool 0)`),
        'does not add up {{wallet}}',
      ).refId('B'),
    );
}
