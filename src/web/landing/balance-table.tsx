import type { ComponentChildren, JSX } from 'preact';
import { isZero, showAmount } from '../../ground/amount.ts';
import { detailRow, type BalanceRow, type BalanceTable as Table } from './balance-rows.ts';
import type { Balance } from './reading.ts';
import { ThresholdBar } from './threshold-bar.tsx';
import { moneyInWords, showName } from './words.ts';

interface BalanceTableProps {
  readonly id: string;
  readonly caption: ComponentChildren;
  readonly table: Table;
  readonly rows: readonly BalanceRow[];
}

/** The last balances of an account; columns of which nothing is known are left out. */
export function BalanceTable({ id, caption, table, rows }: BalanceTableProps): JSX.Element {
  const hasChecks = table.rows.some(({ checks, balance }) => checks.length > 0 || balance === undefined);
  return (
    <div class="scroll" role="region" aria-labelledby={`${id}-caption`} tabindex={0}>
      <table class="balances">
        <caption id={`${id}-caption`}>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Currency</th>
            <NumberHead>Available</NumberHead>
            {hasChecks && <th scope="col">Threshold</th>}
            <NumberHead>Total</NumberHead>
            <NumberHead>Hold</NumberHead>
            <NumberHead>Hold share</NumberHead>
            {table.fiat !== undefined && <NumberHead>Available in {showName(table.fiat)}</NumberHead>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row row={row} table={table} hasChecks={hasChecks} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, table, hasChecks }: { row: BalanceRow; table: Table; hasChecks: boolean }): JSX.Element {
  const { balance, checks } = row;
  const { holdShare, value } = detailRow(row, table.rates);
  if (balance === undefined) {
    return (
      <tr>
        <Currency name={row.currency} />
        <td colSpan={table.fiat === undefined ? 5 : 6}>
          <strong>? not in the answer</strong>, though a threshold is set for it: is the name right?
        </td>
      </tr>
    );
  }
  return (
    <tr class={checks.some(({ isBelow }) => isBelow) ? 'below' : undefined}>
      <Currency name={row.currency} />
      <td class="number">{showAmount(balance.available)}</td>
      {hasChecks && (
        <td>
          {checks.length === 0
            ? '–'
            : checks.map((check) => (
                <ThresholdBar comparison={check} of={check.kind === 'available' ? '' : check.kind} />
              ))}
        </td>
      )}
      <td class="number">
        {showAmount(balance.total)}
        <Discrepancy balance={balance} />
      </td>
      <td class="number">{showAmount(balance.hold)}</td>
      <td class="number">{holdShare === undefined ? '–' : `${holdShare} %`}</td>
      {table.fiat !== undefined && (
        <td class="number">{value === undefined ? 'no rate' : <data value={value}>{moneyInWords(value)}</data>}</td>
      )}
    </tr>
  );
}

function Currency({ name }: { name: string }): JSX.Element {
  return (
    <th scope="row">
      <bdi>{showName(name)}</bdi>
    </th>
  );
}

function NumberHead({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <th scope="col" class="number">
      {children}
    </th>
  );
}

function Discrepancy({ balance: { discrepancy } }: { balance: Balance }): JSX.Element | null {
  if (isZero(discrepancy)) return null;
  return <div class="discrepancy">⚠ hold + available is off by {showAmount(discrepancy)}</div>;
}
