import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { alertAnnotation } from '../alerts.ts';
import { emptyDashboard, finished } from '../dashboard.ts';
import { placeSections, type Section } from '../layout.ts';
import { BALANCES_UID, dashboardLink, EXPORTER_UID, runbooksLink } from '../links.ts';
import { accountVariable, currencyVariable, datasourceVariable, fiatVariable, targetVariables } from '../variables.ts';
import { firingAlerts } from './alerts-table.ts';
import { balanceTable } from './balance-table.ts';
import {
  balanceOverTime,
  flowsOverTime,
  holdShares,
  thresholdSharesOverTime,
  timeLeft,
  valueByCurrency,
} from './history.ts';
import { availableValue, freshness, staleAccounts, thresholdShares, totalValue, unrated } from './now.ts';

// From "can I believe this" over "what is wrong" and "what are the numbers" to "how did it come about".
const sections = (): Section[] => [
  {
    lines: [
      {
        height: 4,
        panels: [
          [5, freshness()],
          [5, staleAccounts()],
          [5, totalValue()],
          [5, availableValue()],
          [4, unrated()],
        ],
      },
      {
        height: 9,
        panels: [
          [12, firingAlerts()],
          [12, thresholdShares()],
        ],
      },
      { height: 10, panels: [[24, balanceTable()]] },
    ],
  },
  {
    title: 'How it came about',
    lines: [
      {
        height: 9,
        panels: [
          [12, thresholdSharesOverTime()],
          [12, timeLeft()],
        ],
      },
      {
        height: 9,
        panels: [
          [12, valueByCurrency()],
          [12, holdShares()],
        ],
      },
    ],
  },
  { title: 'Balance of each currency', lines: [{ height: 8, panels: [[24, balanceOverTime()]] }] },
  { title: 'Inflow and outflow of each currency', lines: [{ height: 7, panels: [[24, flowsOverTime()]] }] },
];

/** TheDex / Balances: is there enough money, and if not, since when and how fast is it going. */
export function balancesDashboard(): Dashboard {
  const dashboard = emptyDashboard({
    title: 'TheDex / Balances',
    uid: BALANCES_UID,
    description: 'Balances at TheDex: how fresh, how much, against which thresholds, and how long they will last.',
  })
    .variables([
      datasourceVariable(),
      ...targetVariables('__name__="thedex_up"'),
      accountVariable(),
      currencyVariable(),
      fiatVariable(),
    ])
    .annotation(alertAnnotation())
    .links([dashboardLink('TheDex / Exporter', EXPORTER_UID), runbooksLink()]);
  placeSections(dashboard, sections());
  return finished(dashboard);
}
