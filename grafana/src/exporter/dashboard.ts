import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { criticalAlerts } from '../alerts.ts';
import { emptyDashboard, finished } from '../dashboard.ts';
import { placeSections, type Section } from '../layout.ts';
import { BALANCES_UID, dashboardLink, EXPORTER_UID, runbooksLink } from '../links.ts';
import { accountVariable, datasourceVariable, jobVariable, replicaVariable } from '../variables.ts';
import { accountsNow, outcomes } from './accounts.ts';
import { coalescedScrapes, failingCollectors, requestDuration, requestsByOutcome, wrongEntries } from './gateway.ts';
import { cpu, descriptors, memory, restarts, versions } from './process.ts';
import { badConfiguration, exportersDown, failingAccounts, lowestSuccess, slowestRead } from './verdicts.ts';

/** Alerts that this dashboard explains; those on balances stand on the other one. */
const OF_READS = 'TheDex(Exporter|NoFresh|Auth|Api|Account|Reload|Collector).*';

const sections = (): Section[] => [
  {
    lines: [
      {
        height: 4,
        panels: [
          [8, failingAccounts()],
          [3, lowestSuccess()],
          [4, slowestRead()],
          [6, exportersDown()],
          [3, badConfiguration()],
        ],
      },
      { height: 9, panels: [[24, accountsNow()]] },
      { height: 8, panels: [[24, outcomes()]] },
    ],
  },
  {
    title: 'Gateway',
    lines: [
      {
        height: 8,
        panels: [
          [12, requestsByOutcome()],
          [12, requestDuration()],
        ],
      },
      {
        height: 6,
        panels: [
          [12, failingCollectors()],
          [12, wrongEntries()],
        ],
      },
    ],
  },
  {
    title: 'Process',
    collapsed: true,
    lines: [
      { height: 6, panels: [[24, versions()]] },
      {
        height: 7,
        panels: [
          [8, memory()],
          [8, cpu()],
          [8, descriptors()],
        ],
      },
      {
        height: 7,
        panels: [
          [12, restarts()],
          [12, coalescedScrapes()],
        ],
      },
    ],
  },
];

/** TheDex / Exporter: which accounts cannot be read, why, and is it the gateway, the network, the key or the exporter. */
export function exporterDashboard(): Dashboard {
  const dashboard = emptyDashboard({
    title: 'TheDex / Exporter',
    uid: EXPORTER_UID,
    description: 'Why balances cannot be read from TheDex, and whose fault it is.',
  })
    .variables([datasourceVariable(), replicaVariable(), jobVariable(), accountVariable()])
    .annotation(criticalAlerts(OF_READS))
    .links([dashboardLink('TheDex / Balances', BALANCES_UID), runbooksLink()]);
  placeSections(dashboard, sections());
  return finished(dashboard);
}
