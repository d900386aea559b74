import { VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { AGE_COLUMN, DURATION } from '../balances/columns.ts';
import { REASONS_URL } from '../links.ts';
import { dressed, legendBelow, wordGrades } from '../panels.ts';
import { range } from '../queries.ts';
import { ACCOUNT, named, perAccount } from '../selectors.ts';
import { COLORED, table, WORD, WRAPPED } from '../table.ts';
import { DOWN, FAILED, outcome, OUTCOME, outcomeMappings, outcomeWords } from './outcome.ts';
import { READ_AGE, STATE_FOR, SUCCESS, TIME_SHARE, withVersion } from './queries.ts';

/** Where it stands what to do about exporters that Prometheus cannot scrape, or does not know any more. */
const NOT_SCRAPED = 'between-prometheus-and-the-exporter';

/** Accounts with a strip of their own. */
const MOST_STRIPS = 15;

/** One line for each account of each exporter: what is wrong, since when, and with whom. */
export function accountsNow(): TableBuilder {
  return table(
    {
      title: 'Accounts now',
      description:
        'What became of the last scrape of each account; the reason leads to what to do about it. "For" is how long it has been ' +
        'so, a day at most; "Last read" how long ago balances were read. "Time" is the share of the time allowed that reads took ' +
        'over 15 minutes.',
      unit: 'none',
      empty: 'Prometheus scrapes no account here',
    },
    {
      rowsWith: 'State',
      columns: [
        { label: 'account', header: 'Account', properties: { 'custom.minWidth': 130, ...WRAPPED } },
        {
          expression: `sort_desc(${named(OUTCOME)})`,
          header: 'State',
          properties: { mappings: outcomeWords(), 'custom.minWidth': 130, ...WORD },
        },
        {
          label: 'reason',
          header: 'What to do',
          properties: {
            'custom.minWidth': 130,
            mappings: [{ type: 'value', options: { [NOT_SCRAPED]: { text: 'scrape', index: 0 } } }],
            links: [{ title: 'What to do', url: `${REASONS_URL}#\${__value.raw}`, targetBlank: true }],
          },
        },
        { expression: named(STATE_FOR), header: 'For', properties: { ...DURATION, 'custom.width': 84 } },
        { expression: named(READ_AGE), header: 'Last read', properties: { ...AGE_COLUMN, 'custom.width': 88 } },
        {
          expression: named(SUCCESS),
          header: 'Read in 24 h',
          properties: {
            unit: 'percentunit',
            decimals: 1,
            'custom.width': 105,
            thresholds: wordGrades('red', [0.9, 'orange'], [0.99, 'green']).build(),
            ...COLORED,
          },
        },
        {
          expression: named(TIME_SHARE),
          header: 'Time',
          properties: {
            unit: 'percentunit',
            decimals: 0,
            'custom.width': 60,
            thresholds: wordGrades('text', [0.3, 'orange'], [0.5, 'red']).build(),
            ...COLORED,
          },
        },
        { label: 'instance', header: 'Exporter', properties: { 'custom.minWidth': 130, ...WRAPPED } },
        {
          expression: named(withVersion(`last_over_time(thedex_up{${ACCOUNT}}[1d])`)),
          header: 'exporter',
          hidden: true,
        },
        { label: 'version', header: 'Version', properties: { 'custom.width': 74 } },
        {
          expression: named(
            `(thedex_scrape_error{${ACCOUNT}} == 1 or label_replace(${OUTCOME} >= ${DOWN}, "reason", "${NOT_SCRAPED}", "", ""))`,
          ),
          header: 'failure',
          hidden: true,
        },
      ],
    },
  );
}

/** One strip for each account that failed in the range, and one for all others. */
export function outcomes(): StateTimelineBuilder {
  // A step is drawn from its point on, so it has to look ahead.
  const strips = perAccount(outcome('[$__interval] offset -$__interval'));
  const shown = `topk(${MOST_STRIPS}, ${FAILED})`;
  return dressed(new StateTimelineBuilder(), {
    title: 'What became of the reads',
    description:
      'Accounts that could not be read at some time of the range, each step with the worst that happened in it, so that no short ' +
      'failure is lost; all others are one strip. "exporter down" means that Prometheus could not scrape the exporter at all; an ' +
      'empty stretch that it did not know the target.',
    unit: 'none',
    empty: 'Prometheus scrapes no account here',
  })
    .mappings(outcomeMappings())
    .interval('2m')
    .maxDataPoints(240)
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.8)
    .fillOpacity(80)
    .lineWidth(0)
    .legend(legendBelow())
    .withTarget(range(named(`(${strips} and ${shown})`), '{{account}}').refId('A'))
    .withTarget(range(`0 * max(thedex_up{${ACCOUNT}} unless on (job, account) ${shown})`, 'all others').refId('B'));
}
