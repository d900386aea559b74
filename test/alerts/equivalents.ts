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
    rule: 'TheDexValueBelowThreshold',
    what: '1h becomes 7200s',
    where: 'max by (job, instance, account, currency, fiat)',
    reason: 'A rate older than an hour is not counted below, and then the rule says nothing.',
  },
  {
    rule: 'TheDexValueBelowThreshold',
    what: '* becomes /',
    where: '0 * last_over_time(thedex_value_threshold[10m])',
    reason: '0 / x is 0 as well, and below a threshold of 0 nothing can be.',
  },
  {
    rule: 'TheDexValueBelowThreshold',
    what: '10m becomes 1200s',
    where: '0 * last_over_time(thedex_value_threshold[10m])',
    reason: 'A threshold is compared with for 10 minutes at most, so that an older zero is not used.',
  },
  {
    rule: 'TheDexValueBelowThreshold',
    what: '10m becomes 1200s',
    where: 'group by (job, instance, account, currency) (last_over_time',
    reason: 'Of balances that are older there is no sum that could be too small.',
  },
  {
    rule: 'TheDexValueBelowThreshold',
    what: '10m becomes 1200s',
    where: 'and on (job, instance, account, currency) last_over_time',
    reason: 'Of balances that are older there is no sum that could be too small.',
  },
  {
    rule: 'currency:thedex_outflow:sum3h',
    what: '1h becomes 1800s',
    where: '- last_over_time(thedex_balance{kind="available"}[1h]),',
    reason: 'A step counts when a read ends a gap, and that read is in a window of any length.',
  },
  {
    rule: 'currency:thedex_outflow:sum3h',
    what: '1h becomes 7200s',
    where: '- last_over_time(thedex_balance{kind="available"}[1h]),',
    reason: 'A step counts when a read ends a gap, and that read is in a window of any length.',
  },
  {
    rule: 'currency:thedex_inflow:sum3h',
    what: '1h becomes 1800s',
    where: 'last_over_time(thedex_balance{kind="available"}[1h])',
    reason: 'A step counts when a read ends a gap, and that read is in a window of any length.',
  },
  {
    rule: 'currency:thedex_inflow:sum3h',
    what: '1h becomes 7200s',
    where: 'last_over_time(thedex_balance{kind="available"}[1h])',
    reason: 'A step counts when a read ends a gap, and that read is in a window of any length.',
  },
  {
    rule: 'currency:thedex_outflow:sum3h',
    what: 'kind="available" is removed',
    where: 'last_over_time(thedex_balance{kind="available"}[1h] offset 5m)',
    reason: 'The other side of the operator has this kind alone, and both must have it.',
  },
  {
    rule: 'currency:thedex_outflow:sum3h',
    what: 'kind="available" is removed',
    where: '- last_over_time(thedex_balance{kind="available"}[1h]),',
    reason: 'The other side of the operator has this kind alone, and both must have it.',
  },
  {
    rule: 'currency:thedex_inflow:sum3h',
    what: 'kind="available" is removed',
    where: 'last_over_time(thedex_balance{kind="available"}[1h])',
    reason: 'The other side of the operator has this kind alone, and both must have it.',
  },
  {
    rule: 'currency:thedex_inflow:sum3h',
    what: 'kind="available" is removed',
    where: '- last_over_time(thedex_balance{kind="available"}[1h] offset 5m),',
    reason: 'The other side of the operator has this kind alone, and both must have it.',
  },
  {
    rule: 'TheDexBalanceProjectedEmpty',
    what: 'kind="available" is removed',
    where: 'last_over_time(thedex_balance{kind="available"}[10m])',
    reason: 'The other side of the operator has this kind alone, and both must have it.',
  },
  {
    rule: 'TheDexBalanceProjectedEmpty',
    what: 'kind="available" is removed',
    where: 'max_over_time(thedex_balance{kind="available"}[3h] offset 3h)',
    reason: 'The other side of the operator has this kind alone, and both must have it.',
  },
  {
    rule: 'TheDexBalanceProjectedEmpty',
    what: 'kind="available" is removed',
    where: '- max_over_time(thedex_balance{kind="available"}[3h])',
    reason: 'The other side of the operator has this kind alone, and both must have it.',
  },
  {
    rule: 'TheDexBalanceProjectedEmpty',
    what: 'kind="available" is removed',
    where: 'and resets(thedex_balance{kind="available"}[75m]) > 0',
    reason: 'The other side of the operator has this kind alone, and both must have it.',
  },
  {
    rule: 'TheDexBalanceProjectedEmpty',
    what: '> becomes >=',
    where: '> min_over_time(currency:thedex_inflow:sum3h[3h])',
    reason: 'That two sums of floats are equal is a coincidence, and lasts for no longer than a step.',
  },
  {
    rule: 'TheDexBalanceProjectedEmpty',
    what: '< becomes <=',
    where: '< currency:thedex_outflow:sum3h',
    reason: 'That two sums of floats are equal is a coincidence, and lasts for no longer than a step.',
  },
  {
    rule: 'TheDexBalanceProjectedEmpty',
    what: '< becomes <=',
    where: '< 24',
    reason: 'That two sums of floats are equal is a coincidence, and lasts for no longer than a step.',
  },
  {
    rule: 'TheDexBalanceProjectedEmpty',
    what: '> becomes >=',
    where: ') / 3 > 0',
    reason: 'At no pace the balance lasts for ever, which is not below 24 hours.',
  },
  {
    rule: 'TheDexBalanceSuddenDrop',
    what: 'kind="total" is removed',
    where: '1 - last_over_time',
    reason: 'The other side of the operator has this kind alone, and both must have it.',
  },
  {
    rule: 'TheDexCurrencyDisappeared',
    what: 'kind="total" is removed',
    where: 'unless on (job, instance, account, currency) last_over_time',
    reason: 'The kinds of a currency are exported together or not at all.',
  },
];
