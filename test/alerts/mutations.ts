import type { SyntaxNode } from '@lezer/common';
import { isAlert, nodesOf, type AlertRule, type Rule } from './rule-file.ts';

/** A rule broken in one place. */
export interface Mutant {
  /** What was done, such as `< becomes >`; together with `where` it names the mutant. */
  readonly what: string;
  /** The line of the expression it was done in, or the field of the rule. */
  readonly where: string;
  readonly rule: Rule;
}

/** One change of an expression's text. */
interface Edit {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** What each operator and function is replaced by: its neighbours, which a slip of the pen would put in its place. */
const replacements: Readonly<Record<string, readonly string[]>> = {
  Lss: ['>', '<='],
  Gtr: ['<', '>='],
  Eql: ['!='],
  Neq: ['=='],
  EqlSingle: ['!='],
  EqlRegex: ['!~'],
  And: ['unless', 'or'],
  Or: ['and'],
  Unless: ['and', 'or'],
  Add: ['-'],
  Sub: ['+'],
  Mul: ['/'],
  Div: ['*'],
  // Here max by (...) only merges copies of one series; which of them it takes does not matter.
  Max: ['sum'],
  Sum: ['max'],
  Count: ['max'],
  Group: ['sum'],
  LastOverTime: ['max_over_time', 'min_over_time'],
  MaxOverTime: ['min_over_time', 'last_over_time'],
  MinOverTime: ['max_over_time', 'last_over_time'],
  AvgOverTime: ['max_over_time', 'min_over_time'],
  StddevOverTime: ['avg_over_time'],
  SumOverTime: ['max_over_time'],
  ClampMin: ['clamp_max'],
  Absent: [],
};

/** Every way to break one place of a rule: each node of the expression's syntax tree, `for`, and the severity. */
export function mutantsOf(rule: Rule): readonly Mutant[] {
  const { expr } = rule;
  const edits = nodesOf(expr).flatMap((node) => editsOf(node, expr));
  const mutants = edits.map((edit) => ({
    what: `${expr.slice(edit.from, edit.to).replaceAll(/\s+/g, ' ')} ${edit.what}`,
    where: lineAt(expr, edit.from),
    rule: { ...rule, expr: expr.slice(0, edit.from) + edit.text + expr.slice(edit.to) },
  }));
  return isAlert(rule) ? [...mutants, ...mutantsOfAlert(rule)] : mutants;
}

function lineAt(expr: string, position: number): string {
  const start = expr.lastIndexOf('\n', position - 1) + 1;
  const end = expr.indexOf('\n', position);
  return expr.slice(start, end === -1 ? undefined : end).trim();
}

function mutantsOfAlert(rule: AlertRule): readonly Mutant[] {
  const { for: pending = '0s', ...rest } = rule;
  const where = `for: ${pending}`;
  const durations = scaledDurations(pending).map((text) => ({
    what: `becomes ${text}`,
    where,
    rule: { ...rule, for: text },
  }));
  return [
    { what: 'is dropped', where, rule: rest },
    ...durations,
    ...mutantsOfKeeping(rule),
    { what: 'severity is changed', where: 'labels', rule: { ...rule, labels: { ...rule.labels, severity: 'page' } } },
  ];
}

/** The alert as it would end with its condition, or too soon or too late after it. */
function mutantsOfKeeping(rule: AlertRule): readonly Mutant[] {
  const { keep_firing_for: kept, ...rest } = rule;
  if (kept === undefined) return [];
  const where = `keep_firing_for: ${kept}`;
  const scaled = scaledDurations(kept).map((text) => ({
    what: `becomes ${text}`,
    where,
    rule: { ...rule, keep_firing_for: text },
  }));
  return [{ what: 'is dropped', where, rule: rest }, ...scaled];
}

function editsOf(node: SyntaxNode, expr: string): readonly Edit[] {
  const replaced = (replacements[node.name] ?? []).map((text) => replace(node, text));
  if (changesValuesOnly(node) && isPresence(node, expr)) {
    return [];
  }
  switch (node.name) {
    case 'NumberDurationLiteral':
      return scaledNumbers(textOf(node, expr)).map((text) => replace(node, text));
    case 'NumberDurationLiteralInDurationContext':
      return scaledDurations(textOf(node, expr)).map((text) => replace(node, text));
    case 'Identifier':
      return [replace(node, 'no_such_metric')];
    case 'UnquotedLabelMatcher':
      return [removeFromList(node, expr)];
    case 'LabelName':
      return node.parent?.name === 'GroupingLabels' ? droppedLabel(node, expr) : [];
    case 'BinaryExpr':
      return operandsOf(node).map((operand) => keepOnly(node, operand, expr));
    case 'FunctionCall':
    case 'AggregateExpr':
      return unwrapped(node, expr);
    case 'OffsetExpr':
      return node.firstChild === null ? [] : [keepOnly(node, node.firstChild, expr)];
    case 'MatchingModifierClause':
      return [{ ...replace(node, ''), what: 'is dropped' }];
    default:
      return replaced;
  }
}

const aggregations = new Set(['Max', 'Sum', 'Count', 'Group']);

/** Whether the ways to break this node change which value a series has, not whether it is there. */
function changesValuesOnly(node: SyntaxNode): boolean {
  return node.name.endsWith('OverTime') || node.name === 'AggregateExpr' || aggregations.has(node.name);
}

/**
 * Whether an expression only ever asks if the series that the node is about is there: what stands to the right of
 * `and` and `unless`, and what is counted, grouped or multiplied by 0. A comparison on the way asks for the value.
 */
function isPresence(node: SyntaxNode, expr: string): boolean {
  const { parent } = node;
  if (parent === null || comparisons.some((name) => parent.getChild(name) !== null)) {
    return false;
  }
  const isRight = parent.lastChild?.from === node.from && parent.lastChild.to === node.to;
  const isCondition = isRight && (parent.getChild('And') ?? parent.getChild('Unless')) !== null;
  const isNulled =
    parent.getChild('Mul') !== null && parent.firstChild !== null && textOf(parent.firstChild, expr) === '0';
  const isArithmetic = arithmetic.some((name) => parent.getChild(name) !== null);
  return isCondition || isNulled || isCounted(parent) || (!isArithmetic && isPresence(parent, expr));
}

const comparisons = ['Lss', 'Gtr', 'Eql', 'Neq'];
const arithmetic = ['Add', 'Sub', 'Mul', 'Div'];

function isCounted(node: SyntaxNode): boolean {
  const operation = node.name === 'AggregateExpr' ? node.getChild('AggregateOp')?.firstChild?.name : undefined;
  return operation === 'Group' || operation === 'Count';
}

function replace(node: SyntaxNode, text: string): Edit {
  return { what: `becomes ${text}`, from: node.from, to: node.to, text };
}

function textOf(node: SyntaxNode, expr: string): string {
  return expr.slice(node.from, node.to);
}

/** Half and double; of 0, which has neither, 1. */
function scaledNumbers(text: string): readonly string[] {
  const value = Number(text);
  return value === 0 ? ['1'] : [String(value / 2), String(value * 2)];
}

/** Half and double of a duration with one unit. */
function scaledDurations(text: string): readonly string[] {
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[text.slice(-1)] ?? Number.NaN;
  const duration = Number(text.slice(0, -1)) * seconds;
  return [`${String(Math.floor(duration / 2))}s`, `${String(duration * 2)}s`];
}

function operandsOf(node: SyntaxNode): readonly SyntaxNode[] {
  return [node.firstChild, node.lastChild].filter((child) => child !== null);
}

/** The expression with one operand, or with the body, instead of the whole. */
function keepOnly(node: SyntaxNode, part: SyntaxNode, expr: string): Edit {
  const text = textOf(part, expr);
  return { what: `becomes ${text.replaceAll(/\s+/g, ' ')}`, from: node.from, to: node.to, text: `(${text})` };
}

/** `max by (...) (x)` and `clamp_min(x, 0)` become `(x)`; what takes a range cannot. */
function unwrapped(node: SyntaxNode, expr: string): readonly Edit[] {
  const argument = node.getChild('FunctionCallBody')?.firstChild;
  const isRange = argument === null || argument === undefined || isRangeExpression(argument);
  return isRange ? [] : [keepOnly(node, argument, expr)];
}

function isRangeExpression(node: SyntaxNode): boolean {
  const inner = node.name === 'OffsetExpr' ? node.firstChild : node;
  return inner?.name === 'MatrixSelector' || inner?.name === 'SubqueryExpr';
}

function removeFromList(node: SyntaxNode, expr: string): Edit {
  const comma = /^\s*,\s*/.exec(expr.slice(node.to));
  const before = /,\s*$/.exec(expr.slice(0, node.from));
  const to = node.to + (comma?.[0].length ?? 0);
  const from = comma === null ? node.from - (before?.[0].length ?? 0) : node.from;
  return { what: 'is removed', from, to, text: '' };
}

/**
 * A label dropped from one list of labels; and, where that is the list of `on`, from the lists of both sides as well,
 * because a join that knows a label too few on all its sides still works, and mixes accounts.
 */
function droppedLabel(node: SyntaxNode, expr: string): readonly Edit[] {
  const alone = removeFromList(node, expr);
  const clause = node.parent?.parent;
  const join = clause?.parent;
  if (clause?.name !== 'MatchingModifierClause' || !join) {
    return [alone];
  }
  const label = textOf(node, expr);
  const text = nodesOf(textOf(join, expr))
    .filter((one) => one.name === 'LabelName' && one.parent?.name === 'GroupingLabels')
    .filter((one) => expr.slice(join.from + one.from, join.from + one.to) === label)
    .map((one) => removeFromList(one, textOf(join, expr)))
    .toSorted((a, b) => b.from - a.from)
    .reduce((rest, edit) => rest.slice(0, edit.from) + rest.slice(edit.to), textOf(join, expr));
  const everywhere = { what: `loses ${label} on both sides`, from: join.from, to: join.to, text };
  return text === expr.slice(join.from, alone.from) + expr.slice(alone.to, join.to) ? [alone] : [alone, everywhere];
}
