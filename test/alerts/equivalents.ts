/** A mutant that no test can tell from the rule, because it means the same. */
export interface Equivalent {
  readonly rule: string;
  /** What was done, as the mutant says it. */
  readonly what: string;
  /** What the line begins with that it was done in. */
  readonly where: string;
  readonly reason: string;
}

/** Each must survive: one that a test kills is reported, so that this list cannot outlive its reasons. */
export const equivalents: readonly Equivalent[] = [
  {
    rule: 'account:thedex_balance:missing',
    what: '1h becomes 1800s',
    where: 'last_over_time(account:thedex_balance:missing[1h])',
    reason: 'It is carried from one evaluation to the next; the window is for a Prometheus that was away.',
  },
  {
    rule: 'account:thedex_balance:missing_since',
    what: '1h becomes 1800s',
    where: 'last_over_time(account:thedex_balance:missing_since[1h])',
    reason: 'It is carried from one evaluation to the next; the window is for a Prometheus that was away.',
  },
  {
    rule: 'TheDexBalanceMismatch',
    what: 'max becomes sum',
    where: 'max without (instance, pod, container, endpoint, node, host) (',
    reason:
      'Two exporters of an account read the same books: whether they differ is the same, the amount is in the text.',
  },
  {
    rule: 'TheDexCollectorFailing',
    what: 'max becomes sum',
    where: 'max without (instance, pod, container, endpoint, node, host) (',
    reason: 'Where no exporter succeeds, the sum of successes is 0 as their maximum is.',
  },
  {
    rule: 'TheDexInvalidBalances',
    what: 'max becomes sum',
    where: 'max without (instance, pod, container, endpoint, node, host) (',
    reason: 'Where one exporter counts any, so does the sum; the number is in the text.',
  },
  {
    rule: 'TheDexAccountGone',
    what: 'last_over_time becomes max_over_time',
    where: 'last_over_time(account:thedex_account:known[2h])',
    reason: 'Whether it was there is the same; how many targets there were is in the text.',
  },
  {
    rule: 'TheDexAccountGone',
    what: 'last_over_time becomes min_over_time',
    where: 'last_over_time(account:thedex_account:known[2h])',
    reason: 'Whether it was there is the same; how many targets there were is in the text.',
  },
  {
    rule: 'account:thedex_balance:total',
    what: 'sum becomes max',
    where: 'sum without (kind) (account:thedex_balance{kind="total"})',
    reason: 'There is one total of a currency.',
  },
];
