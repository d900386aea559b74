import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';
import { parse } from 'yaml';

/** The folder that users take the alerts from. */
export const alertsFolder = fileURLToPath(new URL('../../alerts/', import.meta.url));
export const rulesPath = `${alertsFolder}thedex.rules.yml`;

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Rule = RecordingRule | AlertRule;

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The groups of `alerts/thedex.rules.yml`, as Prometheus reads them. */
export function readRuleGroups(): readonly RuleGroup[] {
  const file = parse(readFileSync(rulesPath, 'utf8')) as { groups: RuleGroup[] };
  return file.groups;
}

export function isAlert(rule: Rule): rule is AlertRule {
  return 'alert' in rule;
}

/** The name of the alert, or of the series that the rule records. */
export function nameOf(rule: Rule): string {
  return isAlert(rule) ? rule.alert : rule.record;
}

/**
 * Every node of a PromQL expression's syntax tree, parents before their children.
 *
 * @throws Error if Prometheus' grammar does not understand the expression
 */
export function nodesOf(expr: string): readonly SyntaxNode[] {
  const nodes: SyntaxNode[] = [];
  parser.parse(expr).iterate({
    enter(node: SyntaxNodeRef) {
      if (node.type.isError) {
        throw new Error(`not PromQL at ${String(node.from)}: ${expr}`);
      }
      nodes.push(node.node);
    },
  });
  return nodes;
}

/** The names of the series that an expression selects, each once. */
export function metricsIn(expr: string): readonly string[] {
  const selectors = nodesOf(expr).filter(
    (node) => node.name === 'Identifier' && node.parent?.name === 'VectorSelector',
  );
  return [...new Set(selectors.map((node) => expr.slice(node.from, node.to)))];
}

/** The rules that a rule needs, itself included, in the order of the file: what it reads of what others record. */
export function withDependencies(rule: Rule, rules: readonly Rule[]): readonly Rule[] {
  const needed = new Set<Rule>([rule]);
  for (const one of needed) {
    for (const metric of metricsIn(one.expr)) {
      const source = rules.find((other) => !isAlert(other) && other.record === metric);
      if (source !== undefined) {
        needed.add(source);
      }
    }
  }
  return rules.filter((one) => needed.has(one));
}
