import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE } from './variables.ts';

// An alert about a target that does not exist, such as TheDexExporterAbsent, has no job and no instance: it must show too.
const OURS = 'alertname=~"TheDex.*", job=~"$job|", instance=~"$instance|", account=~"$account|"';

/** Our alerts that fire, as Prometheus records them. */
export const FIRING = `ALERTS{${OURS}, alertstate="firing"}`;

/** The same alerts, the value being the seconds since their condition became true. */
export const FIRING_FOR = `time() - ALERTS_FOR_STATE{${OURS}} and ignoring (alertstate) ${FIRING}`;

/** Marks on every graph while an alert fires. */
export function alertAnnotation(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Firing alerts')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('red')
    .expr(FIRING)
    .step('60s')
    .titleFormat('{{alertname}}')
    .textFormat('{{currency}} {{account}} {{instance}}')
    .tagKeys('severity');
}
