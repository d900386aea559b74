const LONGEST_QUOTE = 80;

/** A text between quotes and on one line, cut where it gets long, for a message that shows what was found. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}

/** A path for a message: as it is where that is plain to read, else quoted. */
export function quotePath(path: string): string {
  return /^[^\p{C}\p{Zl}\p{Zp}"\\]+$/u.test(path) ? path : JSON.stringify(path);
}

// What ends a line for whoever reads it, and what terminals obey: the controls, DEL and C1 among them, the separators of
// lines and paragraphs, and the marks that turn the direction of text around.
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

/** A text on one line: what would break it, or lie about its order, is written as in JSON. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
