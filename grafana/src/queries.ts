import { DataqueryBuilder, PromQueryFormat, QueryEditorMode } from '@grafana/grafana-foundation-sdk/prometheus';
import { DATASOURCE } from './variables.ts';

/** The value at the end of the range, one series for each answer. */
export function instant(expression: string, legend: string): DataqueryBuilder {
  return base(expression).instant().legendFormat(legend);
}

/** Values over the range; `legend` says how a series is called, with `{{label}}` for its labels. */
export function range(expression: string, legend: string): DataqueryBuilder {
  return base(expression).range().legendFormat(legend);
}

/** The values at the end of the range as rows, with a column for each label. */
export function rows(expression: string): DataqueryBuilder {
  return base(expression).instant().format(PromQueryFormat.Table);
}

/** Gives the queries of one panel their letters. */
export function lettered(queries: readonly DataqueryBuilder[]): DataqueryBuilder[] {
  return queries.map((query, index) => query.refId(String.fromCodePoint('A'.charCodeAt(0) + index)));
}

function base(expression: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATASOURCE).editorMode(QueryEditorMode.Code).expr(expression);
}
