import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { CURRENCY, EXPORTER, WALLET } from './selectors.ts';

/** The data source that is chosen at the top of a dashboard. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

const ALL = { text: 'All', value: '$__all', selected: true };

interface Choice {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** A `label_values(...)` query. */
  readonly query: string;
}

export function datasourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes the exporter')
    .type('prometheus')
    .current({ text: 'default', value: 'default', selected: true });
}

/** `series` is the matcher of the series whose jobs and instances are offered. */
export function targetVariables(series: string): QueryVariableBuilder[] {
  return [
    severalOf({
      name: 'job',
      label: 'Job',
      description: "Prometheus' name for the group of targets",
      query: `label_values({${series}}, job)`,
    }),
    severalOf({
      name: 'instance',
      label: 'Instance',
      description: 'The target, as Prometheus calls it',
      query: `label_values({${series}, job=~"$job"}, instance)`,
    }),
  ];
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
    query: `label_values({__name__=~"thedex_balance|thedex_balance_threshold", ${WALLET}}, currency)`,
  });
}

/** One fiat at a time, US dollars where they are offered; without collected rates there is none to choose. */
export function fiatVariable(): QueryVariableBuilder {
  const query = `label_values(thedex_exchange_rate{${CURRENCY}}, fiat)`;
  return base({
    name: 'fiat',
    label: 'Fiat',
    description: "What values are shown in, at the gateway's own rates",
    query,
  }).current({ text: 'USD', value: 'USD', selected: true });
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
