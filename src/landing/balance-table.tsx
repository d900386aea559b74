import type { ComponentChildren, JSX } from 'preact';
import { isZero, showAmount } from '../lib/amount.ts';
import { detailRow, type BalanceRow, type BalanceTable as Table, type RowDetails } from './balance-rows.ts';
import type { Balance } from './reading.ts';
import { ThresholdBar } from './threshold-bar.tsx';
import type { BalanceCheck } from './thresholds.ts';
import { moneyInWords, showName } from './words.ts';

interface BalanceTableProps {
  readonly id: string;
  readonly caption: ComponentChildren;
  readonly table: Table;
  readonly rows: readonly BalanceRow[];
}

/**
 * The last balances of an account; columns of which nothing is known are left out. On a phone each line is laid out as
 * a block of its own, which takes the meaning from a table's elements: so their roles are written out.
 */
export function BalanceTable({ id, caption, table, rows }: BalanceTableProps): JSX.Element {
  const hasChecks = table.rows.some(({ checks, balance }) => checks.length > 0 || balance === undefined);
  const columns = columnsOf(table, hasChecks);
  return (
    <div class="scroll" role="region" aria-labelledby={`${id}-caption`} tabindex={0}>
      <table class="balances" role="table">
        <caption id={`${id}-caption`}>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">
              Currency
            </th>
            {columns.map(({ label, isNumber }) => (
              <th scope="col" role="columnheader" class={isNumber ? 'number' : undefined}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <Row row={row} table={table} columns={columns} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Cell {
  readonly balance: Balance;
  readonly checks: readonly BalanceCheck[];
  readonly details: RowDetails;
}

interface Column {
  readonly label: string;
  readonly isNumber: boolean;
  readonly show: (cell: Cell) => ComponentChildren;
}

function columnsOf({ fiat }: Table, hasChecks: boolean): readonly Column[] {
  const number = (label: string, show: Column['show']): Column => ({ label, isNumber: true, show });
  return [
    number('Available', ({ balance }) => showAmount(balance.available)),
    ...(hasChecks ? [{ label: 'Threshold', isNumber: false, show: showChecks }] : []),
    number('Total', showTotal),
    number('Hold', ({ balance }) => showAmount(balance.hold)),
    number('Hold share', ({ details }) => (details.holdShare === undefined ? '–' : `${details.holdShare} %`)),
    ...(fiat === undefined ? [] : [number(`Available in ${showName(fiat)}`, showValue)]),
  ];
}

function showChecks({ checks }: Cell): ComponentChildren {
  if (checks.length === 0) return '–';
  return checks.map((check) => <ThresholdBar comparison={check} of={check.kind === 'available' ? '' : check.kind} />);
}

function showTotal({ balance: { total, discrepancy } }: Cell): ComponentChildren {
  return (
    <>
      {showAmount(total)}
      {!isZero(discrepancy) && <div class="discrepancy">⚠ hold + available is off by {showAmount(discrepancy)}</div>}
    </>
  );
}

function showValue({ details: { value } }: Cell): ComponentChildren {
  return value === undefined ? 'no rate' : <data value={value}>{moneyInWords(value)}</data>;
}

function Row({ row, table, columns }: { row: BalanceRow; table: Table; columns: readonly Column[] }): JSX.Element {
  const { balance, checks, currency } = row;
  const details = detailRow(row, table.rates);
  return (
    <tr role="row" class={checks.some(({ isBelow }) => isBelow) ? 'below' : undefined}>
      <th scope="row" role="rowheader">
        <bdi>{showName(currency)}</bdi>
      </th>
      {balance === undefined ? (
        <td role="cell" colSpan={columns.length}>
          <span>
            <strong>? not in the answer</strong>, though a threshold is set for it: is the name right?
          </span>
        </td>
      ) : (
        columns.map(({ label, isNumber, show }) => (
          <td role="cell" class={isNumber ? 'number' : undefined} data-label={label}>
            <div>{show({ balance, checks, details })}</div>
          </td>
        ))
      )}
    </tr>
  );
}
