import { TableCellHeight } from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { grades, NO_EXPORTER, properties, stat, table, timeseries } from '../panels.ts';
import { instant, lettered, range, rows } from '../queries.ts';
import { EXPORTER } from '../selectors.ts';

const TARGET = 'job, instance';

/** Of metrics that many programs have, those of exporters only. */
function ofExporters(expression: string): string {
  return `${expression} and on (${TARGET}) thedex_exporter_build_info{${EXPORTER}}`;
}

export function exportersUp(): StatBuilder {
  return stat({
    title: 'Exporters down',
    description: 'Exporters whose own page Prometheus cannot scrape, of those that it has scraped within a day.',
    unit: 'none',
    empty: NO_EXPORTER,
  })
    .decimals(0)
    .thresholds(grades('green', [1, 'red']))
    .withTarget(
      instant(
        `sum((up{${EXPORTER}} == bool 0) and on (${TARGET}) present_over_time(thedex_exporter_build_info{${EXPORTER}}[1d]))`,
        'exporters',
      ).refId('A'),
    );
}

export function reloadFailed(): StatBuilder {
  return stat({
    title: 'Bad config',
    description:
      'Exporters that could not use their changed configuration and go on with the old one. Their logs say what is wrong.',
    unit: 'none',
    empty: NO_EXPORTER,
  })
    .decimals(0)
    .thresholds(grades('green', [1, 'red']))
    .withTarget(
      instant(
        `sum((last_over_time(thedex_exporter_config_last_reload_successful{${EXPORTER}}[1d]) == bool 0) and on (${TARGET}) up{${EXPORTER}})`,
        'exporters',
      ).refId('A'),
    );
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
  const info = `max by (${TARGET}, version, revision, nodejs) (thedex_exporter_build_info{${EXPORTER}})`;
  const columns = [
    { header: '', expression: info },
    { header: 'Running for', expression: ofExporters(`time() - process_start_time_seconds{${EXPORTER}}`), unit: 's' },
    {
      header: 'Configuration read',
      expression: `time() - thedex_exporter_config_last_reload_success_timestamp_seconds{${EXPORTER}}`,
      unit: 's',
    },
    {
      header: 'Descriptors allowed',
      expression: `max by (${TARGET}) (${ofExporters(`process_max_fds{${EXPORTER}}`)})`,
      unit: 'locale',
    },
  ];
  const panel = table({
    title: 'Versions running',
    description:
      'Each exporter with its version, how long it has been running, and how long ago it last read its configuration.',
    unit: 'none',
    empty: NO_EXPORTER,
  }).cellHeight(TableCellHeight.Sm);
  lettered(columns.map(({ expression }) => rows(expression))).forEach((query) => panel.withTarget(query));
  panel.withTransformation({ id: 'merge', options: {} }).withTransformation({
    id: 'organize',
    options: {
      excludeByName: { Time: true, 'Value #A': true },
      indexByName: {
        job: 0,
        instance: 1,
        version: 2,
        revision: 3,
        nodejs: 4,
        'Value #B': 5,
        'Value #C': 6,
        'Value #D': 7,
      },
      renameByName: {},
    },
  });
  for (const [name, header] of Object.entries({
    job: 'Job',
    instance: 'Instance',
    version: 'Version',
    revision: 'Revision',
    nodejs: 'Node.js',
  })) {
    panel.overrideByName(name, properties({ displayName: header, noValue: '–', 'custom.minWidth': 90 }));
  }
  columns.slice(1).forEach(({ header, unit }, index) => {
    const name = `Value #${String.fromCodePoint(66 + index)}`;
    panel.overrideByName(
      name,
      properties({ displayName: header, unit, decimals: unit === 's' ? 1 : 0, noValue: '–', 'custom.minWidth': 140 }),
    );
  });
  return panel;
}
