import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { criticalAlerts } from '../alerts.ts';
import { emptyDashboard, finished } from '../dashboard.ts';
import { placeSections, type Section } from '../layout.ts';
import { BALANCES_UID, dashboardLink, EXPORTER_UID, runbooksLink } from '../links.ts';
import {
  accountVariable,
  currencyVariable,
  datasourceVariable,
  drawnVariable,
  fiatVariable,
  jobVariable,
  replicaVariable,
  zerosVariable,
} from '../variables.ts';
import { firingAlerts, needsAttention } from './attention.ts';
import { balanceOverTime, flowsOverTime, holdShares, sharesOverTime, timeLeft, valueByCurrency } from './history.ts';
import { allBalances, byAccount } from './tables.ts';
import { available, belowThreshold, firingNow, oldestBalances, runsDryFirst } from './verdicts.ts';

// From "is all well" over "what is not" and "what are the numbers" to "how did it come about".
const sections = (): Section[] => [
  {
    lines: [
      {
        height: 4,
        panels: [
          [5, belowThreshold()],
          [4, runsDryFirst()],
          [4, firingNow()],
          [5, oldestBalances()],
          [6, available()],
        ],
      },
      {
        height: 9,
        panels: [
          [15, needsAttention()],
          [9, firingAlerts()],
        ],
      },
      { height: 7, panels: [[24, byAccount()]] },
      { height: 10, panels: [[24, allBalances()]] },
    ],
  },
  {
    title: 'How it came about',
    lines: [
      {
        height: 8,
        panels: [
          [12, sharesOverTime()],
          [12, timeLeft()],
        ],
      },
      {
        height: 8,
        panels: [
          [12, valueByCurrency()],
          [12, holdShares()],
        ],
      },
    ],
  },
  {
    title: 'Currency by currency',
    collapsed: true,
    lines: [
      { height: 8, panels: [[24, balanceOverTime()]] },
      { height: 7, panels: [[24, flowsOverTime()]] },
    ],
  },
];

/** TheDex / Balances: is there enough money, where not, and until when. */
export function balancesDashboard(): Dashboard {
  const dashboard = emptyDashboard({
    title: 'TheDex / Balances',
    uid: BALANCES_UID,
    description: 'Balances at TheDex: is there enough, where not, and until when.',
  })
    .variables([
      datasourceVariable(),
      replicaVariable(),
      jobVariable(),
      accountVariable(),
      currencyVariable(),
      fiatVariable(),
      zerosVariable(),
      drawnVariable(),
    ])
    .annotation(criticalAlerts('.*'))
    .links([dashboardLink('TheDex / Exporter', EXPORTER_UID), runbooksLink()]);
  placeSections(dashboard, sections());
  return finished(dashboard);
}
