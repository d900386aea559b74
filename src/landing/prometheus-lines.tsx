import type { JSX } from 'preact';
import type { Judgement } from './model.ts';
import type { ProgramInfo } from './page.tsx';
import { countInWords, showName } from './words.ts';

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
  const who =
    never.length === 1 ? `${showName(first.account.displayName)} has` : `${countInWords(never.length, 'account')} have`;
  const hasNamed = never.some(({ account }) => account.settings.name !== undefined);
  return (
    <details class="card" open={isOpen}>
      <summary>{who} never been scraped: lines for prometheus.yml</summary>
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

/**
 * A `scrape_configs` for the exporter itself and its default account, and for its named accounts if there are any, as
 * far as the exporter knows: a user and the file of a password are to be replaced.
 */
export function prometheusLines(info: ProgramInfo, hasNamed: boolean): string {
  const { listenAddress, routePrefix, telemetryPath, configuration } = info;
  const address = addressOf(listenAddress);
  const isEncrypted = (configuration['tls'] ?? 'off') !== 'off';
  const hasPassword = Number(configuration['password_users'] ?? 0) > 0;
  const password = (indent: string) =>
    hasPassword ? `\n${indent}basic_auth: {username: USER, password_file: FILE}` : '';
  const job = (name: string, path: string) => `  - job_name: ${name}
    metrics_path: ${JSON.stringify(`${routePrefix}${path}`)}${isEncrypted ? '\n    scheme: https' : ''}${password('    ')}`;
  const own = `scrape_configs:
${job('thedex', telemetryPath)}
    static_configs:
      - targets: [${JSON.stringify(address)}]`;
  if (!hasNamed) return own;
  return `${own}
${job('thedex-accounts', '/probe')}
    http_sd_configs:
      - url: ${JSON.stringify(`${isEncrypted ? 'https' : 'http'}://${address}${routePrefix}/sd`)}${password('        ')}
    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__meta_thedex_account]
        target_label: account
      - target_label: __address__
        replacement: ${JSON.stringify(address)}`;
}

const UNSPECIFIED_HOST = /^(?:|0\.0\.0\.0|\[::\])$/;

/** The address as Prometheus on the same machine reaches it; a name to be replaced where there is none. */
function addressOf(listenAddress: string): string {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(listenAddress) ?? [];
  if (port === undefined) return 'EXPORTER:10055';
  return `${UNSPECIFIED_HOST.test(host) ? 'localhost' : host}:${port}`;
}
