/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** From 1. */
  readonly number: number;
  /** At least 1. */
  readonly count: number;
  /** How many items all pages hold together. */
  readonly total: number;
}

/** Cuts a page out of a list; a number beyond the last page is the last page. */
export function cutPage<T>(all: readonly T[], number: number, size: number): Page<T> {
  const count = Math.max(1, Math.ceil(all.length / size));
  const current = Math.min(Math.max(1, number), count);
  return { items: all.slice((current - 1) * size, current * size), number: current, count, total: all.length };
}

/** Whether a name holds what was searched for, in whatever case. */
export function matches(name: string, search: string): boolean {
  return name.toLowerCase().includes(search.toLowerCase());
}
