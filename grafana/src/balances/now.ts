import type { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { lastValue, plainKind, READ_AGE, thresholdShare, UNRATED, VALUE_SHARE } from '../balance-queries.ts';
import { bars, stat, grades, steps } from '../panels.ts';
import { instant } from '../queries.ts';
import { named } from '../selectors.ts';

const NO_TARGET = 'Prometheus scrapes no exporter here';
const NO_RATES = 'No rates: --collector.rates is off';
/** Bars beyond these would be too thin to read; the worst are shown. */
const MOST_BARS = 10;

/** How old the oldest balances are: the first question before any other number is believed. */
export function freshness(): StatBuilder {
  return stat({
    title: 'Oldest balances',
    description:
      'Time since the balances were last read, for the account where that is longest ago. ' +
      'Every other number here is as old as this. Green is within 3 minutes; from 30 minutes TheDexNoFreshBalances fires.',
    unit: 'dtdurations',
    empty: NO_TARGET,
  })
    .decimals(0)
    .thresholds(grades('green', [180, 'orange'], [1800, 'red']))
    .withTarget(instant(`max(${READ_AGE})`, 'age').refId('A'));
}

export function staleAccounts(): StatBuilder {
  return stat({
    title: 'Accounts not fresh',
    description:
      'Accounts whose balances have not been read for 5 minutes or more. The dashboard TheDex / Exporter says why.',
    unit: 'none',
    empty: NO_TARGET,
  })
    .decimals(0)
    .thresholds(grades('green', [1, 'red']))
    .withTarget(instant(`sum(${READ_AGE} >= bool 300)`, 'accounts').refId('A'));
}

export function totalValue(): StatBuilder {
  return stat({
    title: 'Value, $fiat',
    description:
      "All balances of the chosen accounts and currencies, on hold or not, at the gateway's own rates. " +
      'Currencies without a rate count as nothing: the number of them stands beside it.',
    unit: 'locale',
    empty: NO_RATES,
  })
    .decimals(0)
    .thresholds(steps('text'))
    .withTarget(instant(`sum(${lastValue('total')})`, 'value').refId('A'));
}

export function availableValue(): StatBuilder {
  return stat({
    title: 'Available, $fiat',
    description:
      'What can be paid out at once: everything less what is on hold. Currencies without a rate count as nothing.',
    unit: 'locale',
    empty: NO_RATES,
  })
    .decimals(0)
    .thresholds(steps('text'))
    .withTarget(instant(`sum(${lastValue('available')})`, 'available').refId('A'));
}

export function unrated(): StatBuilder {
  return stat({
    title: 'Unrated',
    description:
      'Currencies that have a balance but no exchange rate in the chosen fiat: the values do not contain them.',
    unit: 'none',
    empty: NO_RATES,
  })
    .decimals(0)
    .thresholds(grades('green', [1, 'orange']))
    .withTarget(instant(UNRATED, 'currencies').refId('A'));
}

/** One scale for all currencies: how much of its threshold each still has, the worst first. */
export function thresholdShares(): BarGaugeBuilder {
  return bars({
    title: 'Balance against its threshold',
    description:
      `The ${MOST_BARS} balances closest to their threshold, the worst first; 100% is exactly the threshold, ` +
      'and below it TheDexBalanceBelowThreshold fires. "value" is everything available in the chosen fiat against the value threshold.',
    unit: 'percentunit',
    empty: 'No thresholds are set: see "thresholds" in the configuration',
  })
    .decimals(0)
    .min(0)
    .max(3)
    .thresholds(grades('red', [1, 'orange'], [1.25, 'green']))
    .withTarget(
      instant(
        plainKind(
          `sort(bottomk(${MOST_BARS}, ${named(
            `${thresholdShare()}\n  or label_replace(${VALUE_SHARE}, "currency", "value in $fiat", "", "")`,
          )}))`,
        ),
        '{{currency}} {{kind}} {{wallet}}',
      ).refId('A'),
    );
}
