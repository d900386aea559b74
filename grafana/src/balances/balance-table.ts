import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { TableCellHeight, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { CURRENCY_LABELS, hoursLeft, lastBalance, lastValue, REPORTED_AGE, THRESHOLD } from '../balance-queries.ts';
import { properties, grades, table } from '../panels.ts';
import { lettered, rows } from '../queries.ts';
import { CURRENCY, named } from '../selectors.ts';

interface Column {
  readonly expression: string;
  readonly header: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/**
 * Eight decimals, as the gateway counts, with separators and without trailing zeros. The column is wide enough for millions:
 * a number that does not fit would lose its first digits.
 */
const EXACT = { unit: 'locale', decimals: 8, 'custom.minWidth': 140 };
const NARROW = { 'custom.width': 84 };
const COLORED = { 'custom.cellOptions': { type: 'color-text' } };

const DAY_AGO = `max by (${CURRENCY_LABELS}) (last_over_time(thedex_balance{${CURRENCY}, kind="total"}[1h] offset 1d))`;

/** What decides comes first, so that a narrow screen shows it without scrolling. */
const COLUMNS: readonly Column[] = [
  { expression: lastBalance('available'), header: 'Available', properties: EXACT },
  {
    expression: `${lastBalance('available')} / on (${CURRENCY_LABELS}) (${THRESHOLD} > 0)`,
    header: 'Of threshold',
    properties: {
      unit: 'percentunit',
      'custom.width': 102,
      decimals: 0,
      thresholds: grades('red', [1, 'orange'], [1.25, 'green']).build(),
      ...COLORED,
    },
  },
  {
    expression: hoursLeft(),
    header: 'Hours left',
    properties: {
      unit: 'locale',
      decimals: 1,
      ...NARROW,
      thresholds: grades('red', [24, 'orange'], [48, 'text']).build(),
      ...COLORED,
    },
  },
  {
    expression: REPORTED_AGE,
    header: 'Age',
    properties: {
      unit: 's',
      decimals: 0,
      'custom.width': 66,
      thresholds: grades('green', [300, 'orange'], [1800, 'red']).build(),
      ...COLORED,
    },
  },
  { expression: lastBalance('total'), header: 'Total', properties: EXACT },
  { expression: lastBalance('hold'), header: 'On hold', properties: EXACT },
  { expression: THRESHOLD, header: 'Threshold', properties: { unit: 'locale', decimals: 8, ...NARROW } },
  {
    expression: lastValue('total'),
    header: 'Value, $fiat',
    properties: { unit: 'locale', decimals: 2, 'custom.width': 108 },
  },
  {
    expression: `${lastBalance('total')} - on (${CURRENCY_LABELS}) ${DAY_AGO}`,
    header: 'Change in 24 h',
    properties: EXACT,
  },
];

/** The exact numbers, one line for each currency of each account. */
export function balanceTable(): TableBuilder {
  const panel = table({
    title: 'Balances',
    description:
      'The last known balances, with eight decimals. "Age" is how long ago the gateway last reported the currency. ' +
      '"Of threshold" and "Hours left" judge what is available; "Hours left" is at the outflow of the last 6 hours and without ' +
      'any further deposit, empty where nothing flowed out.',
    unit: 'locale',
    empty: 'No balance has been read within a day',
  })
    .cellHeight(TableCellHeight.Sm)
    .sortBy([new TableSortByFieldStateBuilder().displayName('Value, $fiat').desc(true)]);
  lettered(COLUMNS.map(({ expression }) => rows(named(expression)))).forEach((query) => panel.withTarget(query));
  return arranged(panel);
}

/** Joins the answers by currency and account, in the order of the columns. */
function arranged(panel: TableBuilder): TableBuilder {
  const values = COLUMNS.map((_column, index) => `Value #${String.fromCodePoint(65 + index)}`);
  const order = ['currency', 'wallet', ...values];
  panel
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true, job: true, instance: true, account: true },
        indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
        renameByName: {},
      },
    })
    .overrideByName('currency', properties({ displayName: 'Currency', 'custom.minWidth': 145 }))
    .overrideByName('wallet', properties({ displayName: 'Account', noValue: '–', 'custom.minWidth': 120 }));
  COLUMNS.forEach(({ header, properties: own = {} }, index) => {
    panel.overrideByName(
      `Value #${String.fromCodePoint(65 + index)}`,
      properties({ displayName: header, noValue: '–', ...own }),
    );
  });
  return panel;
}
