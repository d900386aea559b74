import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import {
  AGE,
  allShares,
  balance,
  lastSecondsLeft,
  shares,
  thresholds,
  value,
  VALUE_YESTERDAY,
} from '../balance-queries.ts';
import { outcomeWords, STATE } from '../exporter/outcome.ts';
import { BALANCES_UID } from '../links.ts';
import { wordGrades } from '../panels.ts';
import { BALANCE, named } from '../selectors.ts';
import { COLORED, table, WORD, WRAPPED } from '../table.ts';
import { AGE_COLUMN, AMOUNT, BAR, bySize, LASTS } from './columns.ts';

const MONEY = { unit: 'locale', decimals: 0, 'custom.minWidth': 74, 'custom.align': 'right' };
const CHANGE = {
  unit: 'percentunit',
  decimals: 1,
  'custom.width': 64,
  thresholds: wordGrades('orange', [-0.2, 'text']).build(),
  ...COLORED,
};

/** One line for each account, which leads to the dashboard of that account alone. */
export function byAccount(): TableBuilder {
  const url = `/d/${BALANCES_UID}?\${__url_time_range}&var-job=\${__data.fields.job}&var-account=\${__data.fields.account}`;
  const bySum = (expression: string): string => named(`sum without (currency) (${expression})`);
  return table(
    {
      title: 'By account',
      description:
        'What became of the last read of each account, how old its balances are, what is available in the chosen fiat, how many are below a threshold, and the ' +
        'balance, or value of all, that is lowest beside its threshold. A click on the name leads to that account alone.',
      unit: 'none',
      empty: 'Prometheus scrapes no account here',
    },
    {
      rowsWith: 'State',
      columns: [
        {
          label: 'account',
          header: 'Account',
          properties: { 'custom.minWidth': 116, links: [{ title: 'This account', url }] },
        },
        {
          expression: `sort_desc(${named(STATE)})`,
          header: 'State',
          properties: { mappings: outcomeWords(), 'custom.minWidth': 100, ...WORD },
        },
        { expression: named(AGE), header: 'Age', properties: { ...AGE_COLUMN, 'custom.width': 84 } },
        { expression: bySum(value('available')), header: 'Available', properties: { ...MONEY, 'custom.minWidth': 88 } },
        {
          expression: `${bySum(`${value('available')} - (${VALUE_YESTERDAY})`)} / ${bySum(VALUE_YESTERDAY)}`,
          header: 'In 24 h',
          properties: { ...CHANGE, 'custom.width': 72 },
        },
        {
          expression: bySum(`${allShares()} < bool 1`),
          header: 'Below',
          properties: {
            decimals: 0,
            'custom.width': 62,
            thresholds: wordGrades('text', [1, 'orange']).build(),
            ...COLORED,
          },
        },
        {
          expression: named(`bottomk without (currency) (1, ${allShares()})`),
          header: 'Lowest',
          properties: { ...BAR, 'custom.minWidth': 105 },
        },
        { label: 'currency', header: 'of', properties: { 'custom.minWidth': 116 } },
      ],
    },
  );
}

/** The exact numbers, one line for each currency of each account. */
export function allBalances(): TableBuilder {
  // A balance of nothing that has a threshold is the most important of all.
  const shown = `${bySize(balance('available'))}
and ignoring (kind) (sum without (kind) (${balance('total')}) $zeros or group without (kind) (${thresholds('available|total')}))`;
  const ofAccount = `0 * ${balance('available')} + on (job, account) group_left () max by (job, account) (${AGE})`;
  return table(
    {
      title: 'All balances',
      description:
        'The last known balances, the lowest beside its threshold first, then those of the greatest value. Decimals by size: ' +
        'eight below 1, four below 10,000, two below a million, none beyond. Nothing is left out but balances of nothing without a threshold, which the ' +
        'switch at the top shows. "Lasts" is at the pace of the alerts.',
      unit: 'locale',
      empty: 'No balance has been read within a day',
    },
    {
      rowsWith: 'Available',
      columns: [
        { label: 'currency', header: 'Currency', properties: { 'custom.width': 134, ...WRAPPED } },
        { label: 'account', header: 'Account', properties: { 'custom.width': 76, ...WRAPPED } },
        { expression: `sort(${named(shares())})`, header: 'Of threshold', properties: BAR },
        {
          expression: `sort_desc(${named(value('total'))})`,
          header: 'Value $fiat',
          properties: { ...MONEY, 'custom.width': 84 },
        },
        { expression: named(`(${shown})`), header: 'Available', properties: AMOUNT },
        { expression: named(bySize(balance('hold'))), header: 'On hold', properties: AMOUNT },
        { expression: named(thresholds('available')), header: 'Threshold', properties: AMOUNT },
        { expression: named(lastSecondsLeft()), header: 'Lasts', properties: LASTS },
        {
          expression: named(
            `(${balance('total')} / max without ($replica) (last_over_time(thedex_balance{${BALANCE}, kind="total"}[1h] offset 1d)) - 1)`,
          ),
          header: 'In 24 h',
          properties: CHANGE,
        },
        { expression: named(`(${ofAccount})`), header: 'Age', properties: AGE_COLUMN },
      ],
    },
  );
}
