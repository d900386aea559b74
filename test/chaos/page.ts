import { parsePage, type Sample } from '../support/exposition.ts';
import { amountsOf, holdOf, type RecordedAnswer } from './gateway.ts';

/** What one page says of its account. */
export interface ReadPage {
  readonly up: boolean;
  /** `success`, or the reason of the failure. */
  readonly outcome: string;
  /** The number of the answer that its balances come from; `undefined` without balances. */
  readonly number: number | undefined;
  readonly currencies: number;
  /** The number of the answer that its rates come from. */
  readonly rates: number | undefined;
  /** The threshold of `C0_X`, which every page shows. */
  readonly threshold: number;
}

/**
 * Reads a page and holds it against itself: one answer, whole, of the right account.
 * @throws Error naming what is wrong with it.
 */
export function readPage(text: string, account: string, format: 'text' | 'openmetrics'): ReadPage {
  if (format === 'openmetrics' ? !text.endsWith('\n# EOF\n') : !text.endsWith('\n'))
    throw new Error('the page is cut off');
  const samples = parsePage(text);
  const reasons = samples.filter(({ name, value }) => name === 'thedex_scrape_error' && value === 1);
  const up = single(samples, 'thedex_up') === 1;
  if (reasons.length > 1) throw new Error('more than one reason');
  if (up === reasons.length > 0) throw new Error(`thedex_up is ${up}, and there are ${reasons.length} reasons`);
  const balances = samples.filter(({ name }) => name === 'thedex_balance');
  if (!up && balances.length > 0) throw new Error('balances of a failed read');
  const number = numberOfBalances(balances, account);
  const rates = new Set(samples.filter(({ name }) => name === 'thedex_exchange_rate').map(({ value }) => value));
  if (rates.size > 1) throw new Error('rates of more than one answer');
  const [rate] = rates;
  if (rate !== undefined && !String(rate).endsWith(`.${holdOf(account)}`)) throw new Error('rates of another account');
  if (samples.some(({ name, value }) => name === 'thedex_balance_discrepancy' && value !== 0)) {
    throw new Error('a discrepancy in books that agree');
  }
  return {
    up,
    outcome: reasons[0]?.labels['reason'] ?? 'success',
    number,
    currencies: balances.length / 3,
    rates: rate === undefined ? undefined : Math.floor(rate),
    threshold: single(samples, 'thedex_balance_threshold'),
  };
}

/** @throws Error if the balances are not those of the answer. */
export function checkAgainst(page: ReadPage, answer: RecordedAnswer): void {
  if (page.currencies !== answer.currencies) {
    throw new Error(`${page.currencies} currencies of answer ${answer.number}, which has ${answer.currencies}`);
  }
}

function numberOfBalances(balances: readonly Sample[], account: string): number | undefined {
  const total = balances.find(({ labels }) => labels['kind'] === 'total');
  if (total === undefined) {
    if (balances.length > 0) throw new Error('balances without a total');
    return undefined;
  }
  const number = Math.floor(total.value);
  for (const { labels, value } of balances) {
    const index = Number(/^C(\d+)_X$/.exec(labels['currency'] ?? '')?.[1]);
    const amounts = amountsOf(number, account, index);
    const expected = Number(amounts[`${labels['kind']}Balance`]);
    if (value !== expected) {
      throw new Error(
        `${labels['currency']} ${labels['kind']} is ${value}, and answer ${number} of ${account} says ${expected}`,
      );
    }
  }
  return number;
}

function single(samples: readonly Sample[], name: string): number {
  const found = samples.filter((sample) => sample.name === name);
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} samples of ${name}`);
  return first.value;
}
