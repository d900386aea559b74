import type { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { NO_EXPORTER, properties, stacked, timeseries } from '../panels.ts';
import { range } from '../queries.ts';
import { EXPORTER } from '../selectors.ts';

export function requestsByOutcome(): TimeseriesBuilder {
  const rate = `rate(thedex_exporter_api_requests_total{${EXPORTER}}[$__rate_interval])`;
  return stacked({
    title: 'Requests per minute by outcome',
    description:
      'Requests per minute of all exporters together, by what became of them. One read is one request for each collector ' +
      'that is switched on; concurrent scrapes of an account share one.',
    unit: 'short',
    empty: NO_EXPORTER,
  })
    .withTarget(range(`sum by (outcome) (${rate}) * 60 > 0`, '{{outcome}}').refId('A'))
    .overrideByName('success', properties({ color: { mode: 'fixed', fixedColor: 'green' } }))
    .overrideByName('auth', properties({ color: { mode: 'fixed', fixedColor: 'red' } }))
    .overrideByName('timeout', properties({ color: { mode: 'fixed', fixedColor: 'orange' } }))
    .overrideByName('server_error', properties({ color: { mode: 'fixed', fixedColor: 'semi-dark-orange' } }));
}

export function requestDuration(): TimeseriesBuilder {
  const rate = `rate(thedex_exporter_api_request_duration_seconds_bucket{${EXPORTER}}[$__rate_interval])`;
  const quantile = (share: number): string => `histogram_quantile(${share}, sum by (endpoint, le) (${rate}))`;
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
