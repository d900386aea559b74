import {
  ConstantVariableBuilder,
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { balance, value } from './balance-queries.ts';
import { ACCOUNT, BALANCE, EXPORTER } from './selectors.ts';

/** The data source that is chosen at the top of a dashboard. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** So many currencies are drawn one by one; others are, when they are chosen. */
const MOST_DRAWN = 9;

const ALL = { text: 'All', value: '$__all', selected: true };

interface Choice {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** A `label_values(...)` or `query_result(...)`. */
  readonly query: string;
}

export function datasourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes the exporter')
    .type('prometheus')
    .current({ text: 'default', value: 'default', selected: true });
}

/**
 * The labels that tell apart replicas of one account: pods and exporters that read the same. Whoever scrapes with other
 * labels of that kind adds them here.
 */
export function replicaVariable(): ConstantVariableBuilder {
  return new ConstantVariableBuilder('replica')
    .label('Replica')
    .value('instance, pod, container, endpoint, node, host');
}

/** Hidden, as an installation usually has no two accounts of one name; rows of the tables set it, and `var-job` in the address. */
export function jobVariable(): QueryVariableBuilder {
  return severalOf({
    name: 'job',
    label: 'Job',
    description: "Prometheus' name for the group of targets",
    query: 'label_values({__name__=~"thedex_up|thedex_exporter_build_info"}, job)',
  }).hide(VariableHide.HideVariable);
}

/** Accounts exist only where the exporter is asked for them by name, so "All" must match a missing label too. */
export function accountVariable(): QueryVariableBuilder {
  return severalOf({
    name: 'account',
    label: 'Account',
    description: 'Empty where only the default account is scraped',
    query: `label_values(thedex_up{${EXPORTER}}, account)`,
  }).allValue('.*');
}

export function currencyVariable(): QueryVariableBuilder {
  return severalOf({
    name: 'currency',
    label: 'Currency',
    description: 'Currency and its chain, as the gateway calls it',
    query: `label_values({__name__=~"thedex_balance|thedex_balance_threshold", ${ACCOUNT}}, currency)`,
  });
}

/** One fiat at a time, US dollars where they are offered; without collected rates there is none to choose. */
export function fiatVariable(): QueryVariableBuilder {
  const query = `label_values(thedex_exchange_rate{${BALANCE}}, fiat)`;
  return base({
    name: 'fiat',
    label: 'Fiat',
    description: "What values are shown in, at the gateway's own rates",
    query,
  }).current({ text: 'USD', value: 'USD', selected: true });
}

/** Whether the table of all balances has those that are nothing and have no threshold; the values are PromQL. */
export function zerosVariable(): CustomVariableBuilder {
  return new CustomVariableBuilder('zeros')
    .label('Zero balances')
    .description('Balances of nothing are left out of the table where they have no threshold')
    .values('left out : != 0,shown : > -Inf')
    .current({ text: 'left out', value: '!= 0', selected: true });
}

/** The currencies that are drawn one by one: the largest of those that are chosen. */
export function drawnVariable(): QueryVariableBuilder {
  const size = `sum by (currency) (${value('total')}) or 1e-9 * sum by (currency) (${balance('total')})`;
  return severalOf({
    name: 'drawn',
    label: 'Drawn',
    description: `The ${MOST_DRAWN} currencies that are worth most, of those that are chosen`,
    query: `query_result(topk(${MOST_DRAWN}, ${size}))`,
  })
    .regex('/currency="([^"]*)"/')
    .hide(VariableHide.HideVariable);
}

function severalOf(choice: Choice): QueryVariableBuilder {
  return base(choice).multi(true).includeAll(true).allValue('.+').current(ALL);
}

function base({ name, label, description, query }: Choice): QueryVariableBuilder {
  return (
    new QueryVariableBuilder(name)
      .label(label)
      .description(description)
      .datasource(DATASOURCE)
      .query(query)
      .definition(query)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      // oxlint-disable-next-line unicorn/no-array-sort -- a builder's method, not an array's
      .sort(VariableSort.AlphabeticalAsc)
  );
}
