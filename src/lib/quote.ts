const LONGEST_QUOTE = 80;

/** A text between quotes and on one line, cut where it gets long, for a message that shows what was found. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}

/** A path for a message: as it is where that is plain to read, else quoted. */
export function quotePath(path: string): string {
  return /^[^\p{C}\p{Zl}\p{Zp}"\\]+$/u.test(path) ? path : JSON.stringify(path);
}
