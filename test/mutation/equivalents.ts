/** A mutant that no test can notice, because it means the same; each with the reason why. */
export interface Equivalent {
  readonly file: string;
  /** As `npm run mutate` prints it, after the line's number. */
  readonly what: string;
  readonly why: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [];
