import { parse, stringify } from 'yaml';
import { isAlert, nodesOf, type Rule, type RuleGroup } from './rule-file.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The same rules in a world where time runs faster: with a factor of 60, what takes 10 minutes takes 10 seconds, so that a
 * rehearsal with a real Prometheus need not wait for hours. Rates per hour stay right, because they, too, are made from
 * these windows. Scrape and evaluate at least five times within the shortest window, which is 5 minutes by the factor.
 *
 * @param text the content of a rule file
 * @param factor by how much time runs faster; the shortest duration that results is a millisecond
 */
export function scaleRules(text: string, factor: number): string {
  const file = parse(text) as { groups: RuleGroup[] };
  const groups = file.groups.map((group) => ({ ...group, rules: group.rules.map((rule) => scaleRule(rule, factor)) }));
  return stringify({ groups });
}

function scaleRule(rule: Rule, factor: number): Rule {
  const expr = scaleExpression(rule.expr, factor);
  return isAlert(rule) && rule.for !== undefined
    ? { ...rule, expr, for: scaleDuration(rule.for, factor) }
    : { ...rule, expr };
}

function scaleExpression(expr: string, factor: number): string {
  return nodesOf(expr)
    .filter((node) => node.name === 'NumberDurationLiteralInDurationContext')
    .toReversed()
    .reduce(
      (text, { from, to }) => text.slice(0, from) + scaleDuration(text.slice(from, to), factor) + text.slice(to),
      expr,
    );
}

function scaleDuration(text: string, factor: number): string {
  const parts = /^(\d+)([smhd])$/.exec(text);
  const ms = Number(parts?.[1]) * (UNIT_MS[parts?.[2] ?? ''] ?? Number.NaN);
  if (Number.isNaN(ms)) {
    throw new Error(`not a duration of one unit: ${text}`);
  }
  return `${String(Math.max(1, Math.round(ms / factor)))}ms`;
}
