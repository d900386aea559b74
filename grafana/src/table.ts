import { TableCellHeight } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { dressed, properties, type PanelText } from './panels.ts';
import { lettered, rows } from './queries.ts';

/** A column with the values of a query, or with a label of the rows; a hidden one is there for its labels alone. */
export type Column = { readonly header: string; readonly properties?: Readonly<Record<string, unknown>> } & (
  { readonly expression: string; readonly hidden?: true } | { readonly label: string }
);

interface TableOptions {
  readonly columns: readonly Column[];
  /** The header of a column: rows without a value there are left out. */
  readonly rowsWith?: string;
  /** Grafana makes no row higher for words that a mapping has made; a medium one has room for two lines of them. */
  readonly height?: TableCellHeight;
}

/** A name that is longer than its column goes on in a second line: Grafana 10.4 to 12 read the one, 13 the other. */
export const WRAPPED = { 'custom.cellOptions': { type: 'auto', wrapText: true }, 'custom.wrapText': true };

/** Coloured by its value, and at the left as words are. */
export const WORD = {
  ...WRAPPED,
  'custom.cellOptions': { type: 'color-text', wrapText: true },
  'custom.align': 'left',
};

export const COLORED = { 'custom.cellOptions': { type: 'color-text' } };

/**
 * A table that joins the answers of several queries by the labels that all of them have; the first query decides on the
 * order. Other labels of targets than the columns' are not shown.
 */
export function table(text: PanelText, { columns, rowsWith, height = TableCellHeight.Sm }: TableOptions): TableBuilder {
  const queried = columns.filter((column) => 'expression' in column);
  const fieldOf = (column: Column): string =>
    'label' in column ? column.label : `Value #${String.fromCodePoint(65 + queried.indexOf(column))}`;
  const shown = columns.filter((column) => !('hidden' in column));
  const fields = shown.map(fieldOf);
  const panel = dressed(new TableBuilder(), text).cellHeight(height);
  lettered(queried.map(({ expression }) => rows(expression))).forEach((query) => panel.withTarget(query));
  panel.withTransformation({ id: 'merge', options: {} });
  const needed = columns.find(({ header }) => header === rowsWith);
  if (needed !== undefined) {
    const filters = [{ fieldName: fieldOf(needed), config: { id: 'isNotNull', options: {} } }];
    panel.withTransformation({ id: 'filterByValue', options: { type: 'include', match: 'all', filters } });
  }
  panel.withTransformation({ id: 'filterFieldsByName', options: { include: { names: fields } } }).withTransformation({
    id: 'organize',
    options: {
      excludeByName: {},
      indexByName: Object.fromEntries(fields.map((name, index) => [name, index])),
      renameByName: {},
    },
  });
  for (const column of shown) {
    panel.overrideByName(
      fieldOf(column),
      properties({ displayName: column.header, noValue: '–', ...column.properties }),
    );
  }
  return panel;
}
