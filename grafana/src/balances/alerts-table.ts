import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { TableCellHeight, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { FIRING_FOR } from '../alerts.ts';
import { RUNBOOKS_URL } from '../links.ts';
import { properties, table } from '../panels.ts';
import { rows } from '../queries.ts';

const SEVERITY_COLORS = {
  critical: { color: 'red', index: 0 },
  warning: { color: 'orange', index: 1 },
  info: { color: 'blue', index: 2 },
};

const NARROW = { noValue: '–', 'custom.width': 82 };

/** Which alerts fire, for what, and since when; the name leads to its runbook. */
export function firingAlerts(): TableBuilder {
  return table({
    title: 'Firing alerts',
    description:
      'What Prometheus says is firing for the chosen accounts, whether or not it was silenced. ' +
      'A click on the name opens the runbook. Empty too if the rules of alerts/thedex.rules.yml are not loaded.',
    unit: 'none',
    empty: 'No alert is firing',
  })
    .cellHeight(TableCellHeight.Sm)
    .withTarget(rows(FIRING_FOR).refId('A'))
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true, job: true, kind: true },
        indexByName: { severity: 0, alertname: 1, currency: 2, Value: 3, account: 4, instance: 5 },
        renameByName: {},
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName('Severity').desc(false)])
    .overrideByName(
      'severity',
      properties({
        displayName: 'Severity',
        ...NARROW,
        'custom.cellOptions': { type: 'color-text' },
        mappings: [{ type: 'value', options: SEVERITY_COLORS }],
      }),
    )
    .overrideByName(
      'alertname',
      properties({
        displayName: 'Alert',
        noValue: '',
        'custom.width': 228,
        links: [{ title: 'Runbook', url: `${RUNBOOKS_URL}#\${__value.raw}`, targetBlank: true }],
      }),
    )
    .overrideByName('currency', properties({ displayName: 'Currency', noValue: '–', 'custom.minWidth': 125 }))
    .overrideByName('account', properties({ displayName: 'Account', noValue: '–', 'custom.minWidth': 90 }))
    .overrideByName('instance', properties({ displayName: 'Instance', noValue: '–', 'custom.minWidth': 115 }))
    .overrideByName('Value', properties({ displayName: 'For', unit: 's', decimals: 0, ...NARROW }));
}
