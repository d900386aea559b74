import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { alertAnnotation } from '../alerts.ts';
import { emptyDashboard, finished } from '../dashboard.ts';
import { placeSections, type Section } from '../layout.ts';
import { BALANCES_UID, dashboardLink, EXPORTER_UID, runbooksLink } from '../links.ts';
import { accountVariable, datasourceVariable, targetVariables } from '../variables.ts';
import { coalescedScrapes, requestDuration, requestsByOutcome } from './gateway.ts';
import { cpu, descriptors, exportersUp, memory, reloadFailed, versions } from './process.ts';
import {
  collectorDuration,
  failingAccounts,
  outcomes,
  readDuration,
  slowestRead,
  successOverTime,
  timeShareOverTime,
  worstSuccess,
  wrongEntries,
} from './reads.ts';

/** Accounts may be scraped on other targets than the exporter's own page: both are offered. */
const TARGETS = '__name__=~"thedex_up|thedex_exporter_build_info"';

const sections = (): Section[] => [
  {
    lines: [
      {
        height: 4,
        panels: [
          [5, failingAccounts()],
          [5, worstSuccess()],
          [5, slowestRead()],
          [5, exportersUp()],
          [4, reloadFailed()],
        ],
      },
      { height: 7, panels: [[24, outcomes()]] },
    ],
  },
  {
    title: 'Reads',
    lines: [
      {
        height: 8,
        panels: [
          [12, successOverTime()],
          [12, timeShareOverTime()],
        ],
      },
      {
        height: 8,
        panels: [
          [12, readDuration()],
          [12, collectorDuration()],
        ],
      },
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
        height: 7,
        panels: [
          [12, wrongEntries()],
          [12, coalescedScrapes()],
        ],
      },
    ],
  },
  {
    title: 'Process',
    lines: [
      {
        height: 7,
        panels: [
          [8, memory()],
          [8, cpu()],
          [8, descriptors()],
        ],
      },
      { height: 6, panels: [[24, versions()]] },
    ],
  },
];

/** TheDex / Exporter: do reads succeed, and if not, is it the gateway, the network, the key or the exporter. */
export function exporterDashboard(): Dashboard {
  const dashboard = emptyDashboard({
    title: 'TheDex / Exporter',
    uid: EXPORTER_UID,
    description: 'Whether balances can be read from TheDex, why not, how fast, and how the exporter itself fares.',
  })
    .variables([datasourceVariable(), ...targetVariables(TARGETS), accountVariable()])
    .annotation(alertAnnotation())
    .links([dashboardLink('TheDex / Balances', BALANCES_UID), runbooksLink()]);
  placeSections(dashboard, sections());
  return finished(dashboard);
}
