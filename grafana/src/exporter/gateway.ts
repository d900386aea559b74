import type { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { NO_EXPORTER, properties, stacked, timeseries } from '../panels.ts';
import { range } from '../queries.ts';
import { ACCOUNT, EXPORTER } from '../selectors.ts';
import { FAILURES } from './outcome.ts';

export function requestsByOutcome(): TimeseriesBuilder {
  const rate = `rate(thedex_exporter_api_requests_total{${EXPORTER}}[$__rate_interval])`;
  const panel = stacked({
    title: 'Requests per minute by outcome',
    description:
      'Requests to the gateway per minute, of all exporters together, by what became of them. One read is one request for each ' +
      'collector that is switched on; concurrent scrapes of an account share one.',
    unit: 'short',
    empty: NO_EXPORTER,
  })
    .withTarget(range(`sum by (outcome) (${rate}) * 60 > 0`, '{{outcome}}').refId('A'))
    .overrideByName('success', properties({ color: { mode: 'fixed', fixedColor: 'green' } }))
    .overrideByName('canceled', properties({ color: { mode: 'fixed', fixedColor: 'text' } }));
  for (const { reason, text, color } of FAILURES) {
    panel.overrideByName(reason, properties({ displayName: text, color: { mode: 'fixed', fixedColor: color } }));
  }
  return panel;
}

export function requestDuration(): TimeseriesBuilder {
  const rate = `rate(thedex_exporter_api_request_duration_seconds_bucket{${EXPORTER}}[$__rate_interval])`;
  // Of an endpoint that nothing was asked of the answer is no number.
  const quantile = (share: number): string => `histogram_quantile(${share}, sum by (endpoint, le) (${rate})) >= 0`;
  return timeseries({
    title: 'Duration of requests',
    description: 'How long the gateway took to answer, for half of the requests (thin) and for 95 of 100 (thick).',
    unit: 's',
    empty: NO_EXPORTER,
  })
    .min(0)
    .withTarget(range(quantile(0.95), '{{endpoint}} 95%').refId('A'))
    .withTarget(range(quantile(0.5), '{{endpoint}} 50%').refId('B'))
    .overrideByQuery('B', properties({ 'custom.lineWidth': 1 }));
}

export function failingCollectors(): TimeseriesBuilder {
  return timeseries({
    title: 'Accounts with a failing collector',
    description:
      'Accounts for which a collector failed. One that is optional, rates or payout limits, takes only its own series away.',
    unit: 'none',
    empty: 'Prometheus scrapes no account here',
  })
    .decimals(0)
    .min(0)
    .axisSoftMax(5)
    .withTarget(
      range(`sum by (collector) (thedex_scrape_collector_success{${ACCOUNT}} == bool 0)`, '{{collector}}').refId('A'),
    );
}

export function wrongEntries(): TimeseriesBuilder {
  return timeseries({
    title: 'Entries that are wrong',
    description:
      'Entries of answers that were not understood and so left out (TheDexInvalidBalances), and currencies whose total is not ' +
      'what is on hold and available together (TheDexBalanceMismatch). Both are 0 on a good day.',
    unit: 'none',
    empty: 'No answer has been read in this range',
  })
    .decimals(0)
    .min(0)
    .axisSoftMax(5)
    .withTarget(range(`sum(thedex_invalid_balances{${ACCOUNT}})`, 'not understood').refId('A'))
    .withTarget(range(`sum(thedex_balance_discrepancy{${ACCOUNT}} != bool 0)`, 'does not add up').refId('B'));
}

export function coalescedScrapes(): TimeseriesBuilder {
  return timeseries({
    title: 'Coalesced scrapes per minute',
    description:
      'Scrapes per minute that were answered by a read that another scrape had started: with a pair of Prometheus servers ' +
      'this is what spares the gateway a second request.',
    unit: 'short',
    empty: NO_EXPORTER,
  })
    .min(0)
    .withTarget(
      range(
        `rate(thedex_exporter_coalesced_scrapes_total{${EXPORTER}}[$__rate_interval]) * 60`,
        '{{job}} {{instance}}',
      ).refId('A'),
    );
}
