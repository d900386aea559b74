import type { JSX } from 'preact';
import type { Judgement } from './model.ts';
import type { ProgramInfo } from './page.tsx';
import { countInWords } from './words.ts';

interface PrometheusLinesProps {
  /** The accounts that nobody has scraped. */
  readonly never: readonly Judgement[];
  readonly info: ProgramInfo;
  readonly isOpen: boolean;
}

/** What `prometheus.yml` needs so that these accounts are scraped; nothing where all have been. */
export function PrometheusLines({ never, info, isOpen }: PrometheusLinesProps): JSX.Element | null {
  const [first] = never;
  if (first === undefined) return null;
  const who = never.length === 1 ? first.account.displayName : countInWords(never.length, 'account');
  const hasNamed = never.some(({ account }) => account.settings.name !== undefined);
  return (
    <details class="card" open={isOpen}>
      <summary>{who} never scraped: the lines that Prometheus needs</summary>
      <p>
        Put these into <code>prometheus.yml</code>, with the address by which Prometheus reaches this exporter.{' '}
        <a href={`${info.documentationUrl}/getting-started.md`}>Getting started</a> tells more.
      </p>
      <pre tabindex={0} aria-label="Lines for prometheus.yml">
        {prometheusLines(info, hasNamed)}
      </pre>
    </details>
  );
}

/** A `scrape_configs` for the exporter itself and its default account, and for its named accounts if there are any. */
export function prometheusLines(
  { listenAddress, routePrefix, telemetryPath }: Pick<ProgramInfo, 'listenAddress' | 'routePrefix' | 'telemetryPath'>,
  hasNamed: boolean,
): string {
  const address = addressOf(listenAddress);
  const own = [
    'scrape_configs:',
    '  - job_name: thedex',
    `    metrics_path: ${JSON.stringify(`${routePrefix}${telemetryPath}`)}`,
    '    static_configs:',
    `      - targets: [${JSON.stringify(address)}]`,
  ];
  const named = [
    '  - job_name: thedex-accounts',
    `    metrics_path: ${JSON.stringify(`${routePrefix}/probe`)}`,
    '    http_sd_configs:',
    `      - url: ${JSON.stringify(`http://${address}${routePrefix}/sd`)}`,
    '    relabel_configs:',
    '      - source_labels: [__address__]',
    '        target_label: __param_target',
    '      - source_labels: [__meta_thedex_account]',
    '        target_label: account',
    '      - target_label: __address__',
    `        replacement: ${JSON.stringify(address)}`,
  ];
  return [...own, ...(hasNamed ? named : [])].join('\n');
}

const UNSPECIFIED_HOST = /^(?:|0\.0\.0\.0|\[::\])$/;

/** The address as Prometheus on the same machine reaches it; a name to be replaced where there is none. */
function addressOf(listenAddress: string): string {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(listenAddress) ?? [];
  if (port === undefined) return 'EXPORTER:10055';
  return `${UNSPECIFIED_HOST.test(host) ? 'localhost' : host}:${port}`;
}
