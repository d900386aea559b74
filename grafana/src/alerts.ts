import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE } from './variables.ts';

// An alert about a target that does not exist, such as TheDexExporterAbsent, has no job: it must show too.
const OURS = 'alertname=~"TheDex.*", job=~"$job|", account=~"$account|"';

/** What an alert adds to the labels of an account and a currency. */
const OF_ALERTS = 'alertname, severity, kind, fiat, reason, collector, limit, $replica';

/** Our alerts that fire, of some severities, as Prometheus records them. */
export function firing(severity = '.+', more = ''): string {
  return `ALERTS{${OURS}, alertstate="firing", severity=~"${severity}"${more}}`;
}

/** Seconds since the condition of each firing alert became true. */
export function firingFor(severity = '.+'): string {
  return `(time() - ALERTS_FOR_STATE{${OURS}, severity=~"${severity}"} and ignoring (alertstate) ${firing(severity)})`;
}

/** The rank of each firing alert: 3 critical, 2 warning, 1 information. */
export const RANK = `3 * ${firing('critical')} or 2 * ${firing('warning')} or ${firing('info')}`;

/** One firing alert for each balance, the gravest and then the oldest; the value is for how long. */
export const ONE_FOR_EACH_BALANCE = `topk without (${OF_ALERTS}) (1,
  ${firingFor('critical')} or ignoring (${OF_ALERTS}) ${firingFor('warning|info')}
)`;

/** Over a longer time the lines of many accounts would cover the graphs. */
const MARKED_RANGE_SECONDS = 172_800;

/** A thin line on every graph where a critical alert began, in ranges of up to two days; `names` is a pattern of alerts. */
export function criticalAlerts(names: string): AnnotationQueryBuilder {
  const critical = firing('critical', `, alertname=~"${names}"`);
  return new AnnotationQueryBuilder()
    .name('Critical alerts')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('red')
    .expr(`${critical} unless ${critical} offset $__interval and on () vector($__range_s) <= ${MARKED_RANGE_SECONDS}`)
    .step('60s')
    .titleFormat('{{alertname}}')
    .textFormat('{{currency}} {{account}}');
}
