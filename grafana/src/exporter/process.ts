import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { NO_EXPORTER, properties, timeseries } from '../panels.ts';
import { range } from '../queries.ts';
import { EXPORTER } from '../selectors.ts';
import { table, type Column } from '../table.ts';

const TARGET = 'job, instance';

/** Of metrics that many programs have, those of exporters only. */
function ofExporters(expression: string): string {
  return `${expression} and on (${TARGET}) thedex_exporter_build_info{${EXPORTER}}`;
}

export function restarts(): TimeseriesBuilder {
  return timeseries({
    title: 'Restarts per hour',
    description:
      'How often the process began anew within the hour before. Every restart forgets the rates and counters.',
    unit: 'none',
    empty: NO_EXPORTER,
  })
    .decimals(0)
    .min(0)
    .axisSoftMax(5)
    .maxDataPoints(150)
    .withTarget(range(ofExporters(`changes(process_start_time_seconds{${EXPORTER}}[1h])`), '{{instance}}').refId('A'));
}

export function memory(): TimeseriesBuilder {
  return timeseries({
    title: 'Memory',
    description: 'Resident memory of the process, and the part of its heap that is in use (thin).',
    unit: 'bytes',
    empty: NO_EXPORTER,
  })
    .min(0)
    .withTarget(range(ofExporters(`process_resident_memory_bytes{${EXPORTER}}`), 'resident {{instance}}').refId('A'))
    .withTarget(range(ofExporters(`nodejs_heap_size_used_bytes{${EXPORTER}}`), 'heap {{instance}}').refId('B'))
    .overrideByQuery('B', properties({ 'custom.lineWidth': 1 }));
}

export function cpu(): TimeseriesBuilder {
  return timeseries({
    title: 'CPU',
    description: 'Processor time used, as a share of one core.',
    unit: 'percentunit',
    empty: NO_EXPORTER,
  })
    .min(0)
    .withTarget(
      range(ofExporters(`rate(process_cpu_seconds_total{${EXPORTER}}[$__rate_interval])`), '{{instance}}').refId('A'),
    );
}

export function descriptors(): TimeseriesBuilder {
  return timeseries({
    title: 'Open descriptors',
    description:
      'Files and sockets that the process has open. It fails when they reach its limit, which the table of versions shows.',
    unit: 'none',
    empty: NO_EXPORTER,
  })
    .decimals(0)
    .min(0)
    .withTarget(range(ofExporters(`process_open_fds{${EXPORTER}}`), '{{instance}}').refId('A'));
}

/** One line for each exporter: what runs, since when, with which configuration. */
export function versions(): TableBuilder {
  const seconds = { unit: 's', decimals: 1, 'custom.minWidth': 100 };
  const label = (name: string, header: string): Column => ({
    label: name,
    header,
    properties: { 'custom.minWidth': 86 },
  });
  return table(
    {
      title: 'Versions running',
      description:
        'Each exporter with its version, how long it has been running, and how long ago it last read its configuration.',
      unit: 'none',
      empty: NO_EXPORTER,
    },
    {
      columns: [
        label('job', 'Job'),
        label('instance', 'Exporter'),
        label('version', 'Version'),
        label('revision', 'Revision'),
        label('nodejs', 'Node.js'),
        {
          header: 'Running for',
          expression: `(time() - process_start_time_seconds{${EXPORTER}})
* on (${TARGET}) group_left (version, revision, nodejs) thedex_exporter_build_info{${EXPORTER}}`,
          properties: seconds,
        },
        {
          header: 'Config. read',
          expression: `time() - thedex_exporter_config_last_reload_success_timestamp_seconds{${EXPORTER}}`,
          properties: seconds,
        },
        {
          header: 'Descriptors',
          expression: ofExporters(`process_max_fds{${EXPORTER}}`),
          properties: { unit: 'locale', decimals: 0, 'custom.minWidth': 100 },
        },
      ],
    },
  );
}
