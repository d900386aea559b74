import { stringify } from 'yaml';
import { isAlert, nameOf, nodesOf, readRuleGroups, type Rule, type RuleGroup } from '../alerts/rule-file.ts';

/** How the passage of time is shortened. */
export interface Haste {
  /** Every duration is divided by this. */
  readonly factor: number;
  /** Other factors for single alerts and recorded series, whose windows would still be too long. */
  readonly factors?: Readonly<Record<string, number>>;
  /** The shortest window after that, in milliseconds: one that holds no sample says nothing. */
  readonly shortestWindowMs: number;
}

/** With these an expression depends on seconds also elsewhere than in its durations. */
const BOUND_TO_SECONDS = /\b(rate|irate|deriv|predict_linear|holt_winters|timestamp)\s*\(/;
/** How old something may be, in seconds. */
const AGE = /(?<=\btime\(\) - )\d+/g;
const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 } as const;
const DURATION = /^(\d+(ms|[smhdwy]))+$/;
const PART = /(\d+)(ms|[smhdwy])/g;
/** What stands in brackets behind a selector or a subquery, but for a subquery's step. */
const WINDOW = /\[\s*$/;

/**
 * The bundled rules with all their durations shortened and nothing else changed, as text of a rule file.
 * @throws Error if an expression depends on seconds in another way, too, so that this would change its meaning
 */
export function hurryRules(haste: Haste): string {
  return stringify({ groups: hurryGroups(haste) });
}

/** The same as {@link hurryRules}, not yet as text. */
export function hurryGroups(haste: Haste): readonly RuleGroup[] {
  return readRuleGroups().map((group) => ({ ...group, rules: group.rules.map((rule) => hurryRule(rule, haste)) }));
}

function hurryRule(rule: Rule, haste: Haste): Rule {
  const factor = haste.factors?.[nameOf(rule)] ?? haste.factor;
  if (!isAlert(rule)) return { ...rule, expr: hurryExpression(rule.expr, factor, haste.shortestWindowMs) };
  return {
    ...rule,
    expr: hurryExpression(rule.expr, factor, haste.shortestWindowMs),
    ...(rule.for === undefined ? {} : { for: shorten(rule.for, factor) }),
    ...(rule.keep_firing_for === undefined ? {} : { keep_firing_for: shorten(rule.keep_firing_for, factor) }),
  };
}

function hurryExpression(expr: string, factor: number, shortestWindowMs: number): string {
  if (BOUND_TO_SECONDS.test(expr)) throw new Error(`cannot be shortened by its durations alone: ${expr}`);
  let hurried = expr;
  // From the end, so that what is in front of a duration stays where it is.
  for (const { from, to } of durationsIn(expr).toReversed()) {
    const shortest = WINDOW.test(expr.slice(0, from)) ? shortestWindowMs : 1;
    hurried = hurried.slice(0, from) + shorten(expr.slice(from, to), factor, shortest) + hurried.slice(to);
  }
  return hurried.replaceAll(AGE, (seconds) => String(Number(seconds) / factor));
}

/** Where in an expression windows, offsets and steps of subqueries are written. */
export function durationsIn(expr: string): readonly { readonly from: number; readonly to: number }[] {
  return nodesOf(expr).filter(({ name }) => name === 'NumberDurationLiteralInDurationContext');
}

/** @throws Error if the text is not a duration as Prometheus and Alertmanager write it */
export function shorten(duration: string, factor: number, shortestMs = 1): string {
  if (!DURATION.test(duration)) throw new Error(`not a duration: ${duration}`);
  const parts = [...duration.matchAll(PART)].map(
    ([, count, unit]) => Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS],
  );
  const milliseconds = parts.reduce((sum, part) => sum + part, 0);
  return `${Math.max(shortestMs, Math.round(milliseconds / factor))}ms`;
}
