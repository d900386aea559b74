import { VizOrientation } from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { DURATION } from '../balances/columns.ts';
import { EXPORTER_UID, panelUrl, RUNBOOKS_URL } from '../links.ts';
import { grades, NO_EXPORTER, properties, verdict } from '../panels.ts';
import { instant } from '../queries.ts';
import { ACCOUNT, EXPORTER, named } from '../selectors.ts';
import { DOWN, FAILURES, GONE, STATE } from './outcome.ts';
import { DOWN_EXPORTERS, SUCCESS, TIME_SHARE } from './queries.ts';

const NO_ACCOUNT = 'Prometheus scrapes no account here';
const ACCOUNTS_NOW = { title: 'Account by account', url: panelUrl(EXPORTER_UID, 'Accounts now') };

/** How many accounts cannot be read, of how many, and for which reasons. */
export function failingAccounts(): StatBuilder {
  const failing = `${STATE} > 0`;
  const reasons = `max without ($replica) (thedex_scrape_error{${ACCOUNT}} == 1) and on (job, account) ${failing} < ${DOWN}`;
  const panel = verdict(
    {
      title: 'Accounts that cannot be read',
      description:
        'Accounts whose last read failed on every exporter, of all accounts, and how many for which reason. "target gone" is ' +
        'an account that Prometheus scraped within a day, and does not know any more.',
      unit: 'none',
      empty: NO_ACCOUNT,
    },
    ACCOUNTS_NOW,
  )
    .orientation(VizOrientation.Vertical)
    .thresholds(grades('green', [1, 'red']))
    .withTarget(
      instant(
        `0 * count_values("all", count(${STATE})) + on () group_left () sum(${STATE} > bool 0)`,
        'of {{all}}',
      ).refId('A'),
    )
    .withTarget(instant(`count by (reason) (${reasons})`, '{{reason}}').refId('B'))
    .withTarget(instant(`count(${STATE} == ${DOWN})`, 'exporter down').refId('C'))
    .withTarget(instant(`count(${STATE} == ${GONE})`, 'target gone').refId('D'));
  for (const { reason, text } of FAILURES) panel.overrideByName(reason, properties({ displayName: text }));
  return panel;
}

/** The account that did worst in the last day. */
export function lowestSuccess(): StatBuilder {
  return verdict(
    {
      title: 'Reads',
      description:
        'The part of all scrapes of a day that brought balances, for the account that did worst. Scrapes that found the ' +
        'exporter down count as failed.',
      unit: 'percentunit',
      empty: NO_ACCOUNT,
    },
    ACCOUNTS_NOW,
  )
    .decimals(1)
    .thresholds(grades('red', [0.9, 'orange'], [0.99, 'green']))
    .withTarget(instant(`bottomk(1, ${named(`max without ($replica) (${SUCCESS})`)})`, '{{account}}').refId('A'));
}

/** The account whose reads come closest to their deadline. */
export function slowestRead(): StatBuilder {
  return verdict(
    {
      title: 'Slowest read',
      description:
        'How much of their deadline reads took on average over 15 minutes, for the slowest account. TheDexApiSlow fires above ' +
        'one half; at 100% reads time out.',
      unit: 'percentunit',
      empty: 'Nothing read',
    },
    { title: 'What to do', url: `${RUNBOOKS_URL}#thedexapislow` },
  )
    .thresholds(grades('green', [0.3, 'orange'], [0.5, 'red']))
    .withTarget(instant(`topk(1, ${named(`max without ($replica) (${TIME_SHARE})`)})`, '{{account}}').refId('A'));
}

/** Exporters that Prometheus cannot scrape, and since when. */
export function exportersDown(): StatBuilder {
  return verdict(
    {
      title: 'Exporters down',
      description:
        'Exporters whose own page Prometheus cannot scrape, or has lost as a target while no other of the job answers, of those ' +
        'that it has scraped within a day; and for how long the first of them.',
      unit: 'none',
      empty: NO_EXPORTER,
    },
    { title: 'What to do', url: `${RUNBOOKS_URL}#thedexexporterdown` },
  )
    .orientation(VizOrientation.Vertical)
    .thresholds(grades('green', [1, 'red']))
    .withTarget(
      instant(
        `count(${DOWN_EXPORTERS}) or 0 * group(last_over_time(thedex_exporter_build_info{${EXPORTER}}[1d]))`,
        'exporters',
      ).refId('A'),
    )
    .withTarget(instant(`topk(1, ${DOWN_EXPORTERS})`, 'since, {{instance}}').refId('B'))
    .overrideByQuery('B', properties(DURATION));
}

/** Exporters that go on with an old configuration because the changed one is wrong. */
export function badConfiguration(): StatBuilder {
  const last = `last_over_time(thedex_exporter_config_last_reload_successful{${EXPORTER}}[1d])`;
  return verdict(
    {
      title: 'Config',
      description:
        'Exporters that could not use their changed configuration and go on with the old one. Their logs say what is wrong.',
      unit: 'none',
      empty: NO_EXPORTER,
    },
    { title: 'What to do', url: `${RUNBOOKS_URL}#thedexreloadfailed` },
  )
    .thresholds(grades('green', [1, 'red']))
    .withTarget(instant(`sum((${last} == bool 0) and on (job, instance) up{${EXPORTER}})`, 'wrong').refId('A'));
}
