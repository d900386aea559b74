/** A mutant that no test can tell from the rule, because it says the same. */
export interface Equivalent {
  readonly rule: string;
  /** What was done, as the mutant says it. */
  readonly what: string;
  /** Some of the text that it was done to. */
  readonly where: string;
  readonly reason: string;
}

export const equivalents: readonly Equivalent[] = [];
