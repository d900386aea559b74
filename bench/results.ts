import type { ContenderName } from './contenders.ts';
import type { FigureName } from './figures.ts';
import { median } from './statistics.ts';

/** What was measured, round by round. */
export class Results {
  readonly #rounds = new Map<FigureName, Map<ContenderName, number[]>>();

  add(figure: FigureName, contender: ContenderName, value: number): void {
    const byContender = this.#rounds.get(figure) ?? new Map<ContenderName, number[]>();
    this.#rounds.set(figure, byContender);
    byContender.set(contender, [...(byContender.get(contender) ?? []), value]);
  }

  /** The median of all rounds, or `undefined` where nothing was measured. */
  medianOf(figure: FigureName, contender: ContenderName): number | undefined {
    const values = this.#rounds.get(figure)?.get(contender);
    return values && median(values);
  }

  /**
   * The median of the rounds' ratios, ours against the other. Both sides of a ratio were measured within seconds, so
   * what else the machine was doing falls out of it.
   */
  ratioOf(figure: FigureName, other: ContenderName): number | undefined {
    const ours = this.#rounds.get(figure)?.get('ours');
    const theirs = this.#rounds.get(figure)?.get(other);
    if (ours === undefined || theirs === undefined) return undefined;
    return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
  }
}
