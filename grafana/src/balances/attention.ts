import { TableCellHeight } from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { firingFor, ONE_FOR_EACH_BALANCE, RANK } from '../alerts.ts';
import {
  allAvailable,
  allShares,
  balance,
  CLOSE_SHARE,
  held,
  lastSecondsLeft,
  shares,
  SHORT_SECONDS,
  STALE_SECONDS,
  valueShare,
} from '../balance-queries.ts';
import { RUNBOOKS_URL } from '../links.ts';
import { ACCOUNT, BALANCE, lastKnown, live, named, TARGETS } from '../selectors.ts';
import { table, WORD, WRAPPED, type Column } from '../table.ts';
import { AMOUNT, bySize, DURATION, LASTS, SCALE } from './columns.ts';

/** Account and currency share a column, in two lines where they do not fit into one, so that neither is cut. */
const WHOSE: Column = {
  label: 'whose',
  header: 'Account',
  properties: { 'custom.width': 126, ...WRAPPED },
};

/** As narrow as words allow, which may go on in a second line. */
const SINCE = { ...DURATION, 'custom.width': 52, 'custom.align': 'right', ...WRAPPED };

function whose(expression: string): string {
  return `label_join(${expression}, "whose", " ", "account", "currency")`;
}

/** Names of alerts without their common beginning, which lead to their runbooks; a narrow column breaks them between words. */
const RUNBOOK = {
  'custom.minWidth': 78,
  ...WRAPPED,
  mappings: [
    {
      type: 'regex',
      options: { pattern: '/^Balance(?=[A-Z])|(?<=[a-z])(?=[A-Z])/g', result: { text: '\u200b', index: 0 } },
    },
  ],
  links: [{ title: 'Runbook', url: `${RUNBOOKS_URL}#TheDex\${__value.raw}`, targetBlank: true }],
};

function shortened(alerts: string): string {
  return `label_replace(${alerts}, "alertname", "$1", "alertname", "TheDex(.*)")`;
}

const STALE_ROW = 'all balances';

/** More than half is on hold, and more than the limit that is configured for it. */
const MOSTLY_HELD = `(
  ${held()} > 0.5
  unless ${held()} <= ignoring (limit) ${live('thedex_alert_limit', `${BALANCE}, limit="hold_ratio"`)}
  unless ${held()} <= on (job, account) group_left () max by (job, account) (thedex_alert_limit{${ACCOUNT}, currency="*", limit="hold_ratio"})
)`;

/** Accounts that are targets, or were, and have not been read for as long as makes them stale. */
const UNREAD = `(
  max without ($replica) (last_over_time(thedex_up{${ACCOUNT}}[1d]) and on (job, instance, account) ${TARGETS})
  unless max without ($replica) (max_over_time(thedex_up{${ACCOUNT}}[${STALE_SECONDS}s])) == 1
)`;

const BELOW_PAYOUT_MINIMUM = `(
  ${live('thedex_balance', `${BALANCE}, kind="available"`)} > 0
  < ignoring (kind) ${live('thedex_payout_minimum', BALANCE)}
)`;

/**
 * Why a balance needs attention, as a number that sorts: the worst reason decides on the whole part, how bad it is on the
 * rest. An account that cannot be read is one row, whatever it holds.
 */
const WHY = `6.9 - 0.8 * (${shares(lastKnown, 'critical')} < 1)
or label_replace(5.5 + 0 * ${UNREAD}, "currency", "${STALE_ROW}", "", "")
or 4.9 - 0.5 * (${lastSecondsLeft()} < ${SHORT_SECONDS}) / ${SHORT_SECONDS}
or 4.25 - (${shares()} < ${CLOSE_SHARE})
or 4.25 - (${valueShare()} < ${CLOSE_SHARE})
or 1 + 0.9 * ${MOSTLY_HELD}
or 0 * ${BELOW_PAYOUT_MINIMUM} + 0.5`;

const REASONS = [
  { from: 6, to: 7, text: 'critical', color: 'red' },
  { from: 5, to: 6, text: 'not read', color: 'red' },
  { from: 4.26, to: 5, text: 'runs dry', color: 'orange' },
  { from: 3.2501, to: 4.26, text: 'below', color: 'orange' },
  { from: 3, to: 3.25, text: 'close', color: 'text' },
  { from: 1, to: 2, text: 'on hold', color: 'text' },
  { from: 0.1, to: 1, text: 'below payout', color: 'blue' },
  { from: 0, to: 0.1, text: 'fine', color: 'green' },
].map(({ from, to, text, color }, index) => ({ type: 'range', options: { from, to, result: { text, color, index } } }));

/** Instead of rows: how many balances were looked at. */
const ALL_WELL = `0 * label_replace(
  count_values("account", count(${balance('available')})), "account", "All $1 balances are well", "account", "(.*)"
)`;

/** One line for each balance that somebody should look at, the worst first. */
export function needsAttention(): TableBuilder {
  return table(
    {
      title: 'Needs attention',
      description:
        'Balances below 125% of a threshold, that last less than 48 hours, mostly on hold or below the smallest payout, and ' +
        'accounts not read for 10 minutes; the worst first. The alert leads to its runbook, and stands there since its ' +
        'condition is true.',
      unit: 'none',
      empty: 'No balance has been read within a day',
    },
    {
      rowsWith: 'Why',
      height: TableCellHeight.Md,
      columns: [
        WHOSE,
        {
          expression: whose(`sort_desc(${named(`(${WHY})`)}) or on () ${ALL_WELL}`),
          header: 'Why',
          properties: { mappings: REASONS, 'custom.width': 62, ...WORD },
        },
        {
          expression: whose(named(`(${bySize(balance('available'))} or round(${allAvailable()}, 0.01))`)),
          header: 'Available',
          properties: { ...AMOUNT, 'custom.width': 94 },
        },
        { expression: whose(named(allShares())), header: 'Share', properties: SCALE },
        { expression: whose(named(lastSecondsLeft())), header: 'Lasts', properties: { ...LASTS, 'custom.width': 52 } },
        {
          expression: whose(
            named(
              `label_replace(label_replace(${shortened(ONE_FOR_EACH_BALANCE)}, "currency", "${STALE_ROW}", "currency", ""), ` +
                '"currency", "value in $1", "fiat", "(.+)")',
            ),
          ),
          header: 'Since',
          properties: SINCE,
        },
        { label: 'alertname', header: 'Alert', properties: RUNBOOK },
      ],
    },
  );
}

const SEVERITIES = [
  { type: 'value', options: { 3: { text: 'crit', color: 'red', index: 0 } } },
  { type: 'value', options: { 2: { text: 'warn', color: 'orange', index: 1 } } },
  { type: 'value', options: { 1: { text: 'info', color: 'blue', index: 2 } } },
];

/** Which alerts fire, the gravest first, for what, and since when; the name leads to its runbook. */
export function firingAlerts(): TableBuilder {
  return table(
    {
      title: 'Firing alerts',
      description:
        'What Prometheus says is firing for the chosen accounts, whether or not it was silenced. ' +
        'A click on the name opens the runbook.',
      unit: 'none',
      empty: 'No alert fires, or the rules are not loaded',
    },
    {
      height: TableCellHeight.Md,
      columns: [
        WHOSE,
        { label: 'alertname', header: 'Alert', properties: { ...RUNBOOK, 'custom.minWidth': 73 } },
        {
          expression: whose(`sort_desc(${named(shortened(`(${RANK})`))})`),
          header: 'Rank',
          properties: { mappings: SEVERITIES, 'custom.width': 52, ...WORD },
        },
        {
          expression: whose(named(shortened(`label_replace(${firingFor()}, "alertstate", "firing", "", "")`))),
          header: 'For',
          properties: { ...DURATION, 'custom.width': 78 },
        },
      ],
    },
  );
}
