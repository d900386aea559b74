import type { VariableModel } from './model.ts';

/** What is chosen for a variable: `All`, or one or more of its values. */
export type Choice = 'All' | readonly string[];

export interface Interpolation {
  readonly variables: readonly VariableModel[];
  /** By the variable's name; those that are not named stand at "All", or at their default. */
  readonly choices: Readonly<Record<string, Choice>>;
  /** Grafana's own: `__range`, `__rate_interval` and the like. */
  readonly builtIn: Readonly<Record<string, string>>;
}

/** Fills in variables as Grafana does for its Prometheus data source. */
export function interpolate(text: string, { variables, choices, builtIn }: Interpolation): string {
  return text.replace(/\$\{(\w+)\}|\$(\w+)/g, (whole, braced: string | undefined, plain: string | undefined) => {
    const name = braced ?? plain ?? '';
    const variable = variables.find((one) => one.name === name);
    // In label_replace(), $1 is the first group: Grafana leaves what it does not know.
    return builtIn[name] ?? (variable === undefined ? whole : valueOf(variable, choices[name]));
  });
}

function valueOf(variable: VariableModel, choice: Choice | undefined): string {
  if (variable.type === 'constant') return variable.query;
  const chosen = choice ?? (variable.includeAll === true ? 'All' : [variable.current?.value ?? '']);
  if (chosen === 'All') {
    return variable.allValue ?? '.+';
  }
  const escaped = variable.multi === true ? chosen.map(escapeForRegex) : chosen;
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}

/** Twice: once for the regular expression, once for the PromQL string around it. */
function escapeForRegex(value: string): string {
  return value.replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
}
