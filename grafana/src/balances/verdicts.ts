import { BigValueGraphMode, VizOrientation } from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { firing } from '../alerts.ts';
import {
  allShares,
  AGE,
  balance,
  LONG_SECONDS,
  lastSecondsLeft,
  SHORT_SECONDS,
  STALE_SECONDS,
  value,
  valueShare,
  VALUE_YESTERDAY,
} from '../balance-queries.ts';
import { BALANCES_UID, dashboardUrl, EXPORTER_UID, panelUrl } from '../links.ts';
import { grades, properties, steps, verdict } from '../panels.ts';
import { instant, range } from '../queries.ts';
import { ACCOUNT, BALANCE, LAST_KNOWN, live, named } from '../selectors.ts';

const DAY = 86_400;
/** A number that is neither good nor bad. */
const NEUTRAL = { mode: 'fixed', fixedColor: '#3d5a80' };

/** How many balances are below their threshold, and which is the lowest. */
export function belowThreshold(): StatBuilder {
  const all = allShares();
  const lowest = `bottomk(1, ${all}) * 0 + on () group_left () sum(${all} < bool 1) > 0`;
  const critical = `(${allShares('critical')} < 1)`;
  const name = '{{currency}} {{account}}';
  return verdict(
    {
      title: 'Below threshold',
      description:
        'Balances, and values of accounts, below a threshold of theirs, and the one that is lowest beside its threshold. Red if ' +
        'one of them is below a critical threshold. While reads fail, the last known balances count.',
      unit: 'none',
      empty: 'No thresholds are set',
    },
    { title: 'All balances, the lowest first', url: panelUrl(BALANCES_UID, 'All balances') },
  )
    .thresholds(grades('green', [1, 'orange']))
    .withTarget(instant(`${lowest} unless on () ${critical}`, name).refId('A'))
    .withTarget(instant(`${lowest} and on () ${critical}`, name).refId('B'))
    .withTarget(
      instant(`0 * count_values("all", count(${all})) unless on () ${all} < 1`, 'of {{all}} with a threshold').refId(
        'C',
      ),
    )
    .overrideByQuery('B', properties({ thresholds: grades('red').build() }));
}

/** Which balance is empty first, and when, at the alerts' own pace. */
export function runsDryFirst(): StatBuilder {
  const past = `thedex_balance{${BALANCE}, kind="available"} offset 3h`;
  return verdict(
    {
      title: 'Runs dry first',
      description:
        'What is available is gone after this time if payouts and deposits go on as in the last hours: the pace of ' +
        'TheDexBalanceProjectedEmpty, which is recorded by the bundled rules. A single payout is no pace.',
      unit: 's',
      empty: 'Too few reads',
    },
    { title: 'Time left, balance by balance', url: panelUrl(BALANCES_UID, 'Time left') },
  )
    .decimals(1)
    .thresholds(grades('red', [DAY, 'orange'], [SHORT_SECONDS, 'green']))
    .mappings([
      { type: 'range', options: { from: LONG_SECONDS, to: null, result: { text: 'more than 3 days', index: 0 } } },
    ] as never)
    .withTarget(
      instant(
        `bottomk(1, ${lastSecondsLeft()} <= ${LONG_SECONDS}) or on () 0 * group(${past}) + 1e9 unless on () ${AGE} >= ${STALE_SECONDS}`,
        '{{currency}} {{account}}',
      ).refId('A'),
    );
}

/** What Prometheus says is firing, by severity. */
export function firingNow(): StatBuilder {
  const count = (severity: string): string =>
    `count(${firing(severity)}) or 0 * group(account:thedex_up{${ACCOUNT}}) or 0 * group(${firing()})`;
  return verdict(
    {
      title: 'Alerts',
      description: 'Alerts that fire for the chosen accounts, silenced or not.',
      unit: 'none',
      empty: 'Rules not loaded',
    },
    { title: 'Firing alerts', url: panelUrl(BALANCES_UID, 'Firing alerts') },
  )
    .orientation(VizOrientation.Vertical)
    .withTarget(instant(count('critical'), 'critical').refId('A'))
    .withTarget(instant(count('warning'), 'warning').refId('B'))
    .thresholds(grades('green', [1, 'orange']))
    .overrideByQuery('A', properties({ thresholds: grades('green', [1, 'red']).build() }));
}

/** How old the oldest balances are, and of which account: every other number is as old as this. */
export function oldestBalances(): StatBuilder {
  return verdict(
    {
      title: 'Oldest balances',
      description:
        'Time since the balances were last read, for the account where that is longest ago; a day at most. ' +
        'From 10 minutes on it is stale; from 30 minutes TheDexNoFreshBalances fires.',
      unit: 's',
      empty: 'Prometheus scrapes no account here',
    },
    { title: 'Why they cannot be read', url: dashboardUrl(EXPORTER_UID) },
  )
    .decimals(1)
    .thresholds(grades('green', [STALE_SECONDS, 'orange'], [1800, 'red']))
    .withTarget(instant(`topk(1, ${named(AGE)})`, '{{account}}').refId('A'));
}

/** What can be paid out at once, against a day ago and against the value thresholds. */
export function available(): StatBuilder {
  const rates = `last_over_time(thedex_exchange_rate{${ACCOUNT}}[${LAST_KNOWN}])`;
  const filled = `last_over_time((${live('thedex_balance', `${BALANCE}, kind="available"`)}
  * ignoring (kind, fiat) ${live('thedex_exchange_rate', `${BALANCE}, fiat="$fiat"`)})[${LAST_KNOWN}:$__interval])`;
  return verdict(
    {
      title: 'Available',
      description:
        "What can be paid out at once, at the gateway's own rates, in the fiat that is chosen; currencies without a rate count as " +
        'nothing. Beside it the change in 24 hours, of what could be read then, and the share of the value threshold, for the ' +
        'account where it is lowest. Without rates: how many currencies there is money of.',
      unit: 'locale',
      empty: 'No balance has been read within a day',
    },
    { title: 'Value over time', url: panelUrl(BALANCES_UID, 'Value by currency $fiat') },
  )
    .graphMode(BigValueGraphMode.Area)
    .orientation(VizOrientation.Vertical)
    .interval('10m')
    .maxDataPoints(200)
    .thresholds(steps('text'))
    .withTarget(range(`sum(${filled})`, '$fiat').refId('A'))
    .withTarget(
      instant(`sum(${value('available')} - (${VALUE_YESTERDAY})) / sum(${VALUE_YESTERDAY})`, 'in 24 h').refId('B'),
    )
    .withTarget(instant(`bottomk(1, ${valueShare()})`, 'of threshold {{account}}').refId('C'))
    .withTarget(
      instant(
        `count(count by (currency) (${balance('total')} != 0)) unless on () ${rates}`,
        'currencies with money',
      ).refId('D'),
    )
    .overrideByQuery('A', properties({ color: NEUTRAL }))
    .overrideByQuery('B', properties({ unit: 'percentunit', decimals: 1, color: NEUTRAL }))
    .overrideByQuery(
      'C',
      properties({
        unit: 'percentunit',
        color: { mode: 'thresholds' },
        thresholds: grades('red', [1, 'orange'], [1.25, 'green']).build(),
      }),
    )
    .overrideByQuery('D', properties({ color: NEUTRAL }));
}
