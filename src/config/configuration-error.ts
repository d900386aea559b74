import { escapeControls } from '../lib/quote.ts';

/** What is wrong with flags, environment or files: everything that was found, not only the first. */
export class ConfigurationError extends Error {
  /** One line each, saying what is wrong, where, and what was expected; never a key or secret. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    // The name of a key or a variable may hold anything.
    const lines = problems.map(escapeControls);
    super(lines.join('\n'));
    this.name = 'ConfigurationError';
    this.problems = lines;
  }
}

/** More lines than this help nobody; the rest is counted. */
const MAX_PROBLEMS = 50;

/** Collects what is wrong while reading goes on, so that somebody with three mistakes is told of three. */
export class Findings {
  readonly #problems: string[] = [];
  readonly #warnings: string[] = [];

  /** Notes a mistake. @returns `undefined`, in place of the value that could not be read. */
  problem(where: string, what: string): undefined {
    this.#problems.push(`${where}: ${what}`);
  }

  /** Notes something that works and is probably not what was meant. */
  warning(where: string, what: string): void {
    this.#warnings.push(escapeControls(`${where}: ${what}`));
  }

  /** Takes over what was found elsewhere. */
  addAll({ problems, warnings }: Findings): void {
    this.#problems.push(...problems);
    this.#warnings.push(...warnings);
  }

  /** How many mistakes were noted. */
  get count(): number {
    return this.#problems.length;
  }

  get problems(): readonly string[] {
    return this.#problems;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** @throws ConfigurationError if there was a mistake */
  throwIfAny(): void {
    const problems = this.#problems.slice(0, MAX_PROBLEMS);
    const more = this.#problems.length - problems.length;
    if (more > 0) problems.push(`and ${more} more`);
    if (problems.length > 0) throw new ConfigurationError(problems);
  }
}
