import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

/** One `metric{...}` of an expression. */
export interface Selector {
  /** The metric's name; empty where a matcher of `__name__` stands for it. */
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** The range in brackets as written, if there is one. */
  readonly range: string | undefined;
  /** The function that takes it directly, if there is one. */
  readonly call: string | undefined;
}

export interface Matcher {
  readonly name: string;
  readonly operator: string;
  /** Without its quotes. */
  readonly value: string;
}

/** Whether the text is PromQL; variables must be filled in. */
export function isPromql(expression: string): boolean {
  let good = expression.trim() !== '';
  parser.parse(expression).iterate({
    enter: ({ type }) => {
      good &&= !type.isError;
    },
  });
  return good;
}

/** Every selector of an expression, in the order in which they are written. */
export function selectorsOf(expression: string): Selector[] {
  const found: Selector[] = [];
  parser.parse(expression).iterate({
    enter: ({ node }) => {
      if (node.name === 'VectorSelector') {
        found.push(readSelector(node, expression));
      }
    },
  });
  return found;
}

function readSelector(node: SyntaxNode, expression: string): Selector {
  const text = (child: SyntaxNode | null): string => (child === null ? '' : expression.slice(child.from, child.to));
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : undefined;
  return {
    metric: text(node.getChild('Identifier')),
    matchers: matchers.map((matcher) => ({
      name: text(matcher.getChild('LabelName')),
      operator: text(matcher.getChild('MatchOp')),
      value: text(matcher.getChild('StringLiteral')).slice(1, -1),
    })),
    range: matrix === undefined ? undefined : text(matrix.lastChild),
    call: callAround(matrix ?? node, expression),
  };
}

function callAround(node: SyntaxNode, expression: string): string | undefined {
  let outer = node.parent;
  while (outer !== null && ['OffsetExpr', 'StepInvariantExpr', 'FunctionCallBody', 'ParenExpr'].includes(outer.name)) {
    outer = outer.parent;
  }
  const name = outer?.name === 'FunctionCall' ? outer.getChild('FunctionIdentifier') : null;
  return name === null ? undefined : expression.slice(name.from, name.to);
}
