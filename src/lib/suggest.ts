import { closestMatch } from 'leven';

/** Names with more letters wrong than this, or than half of them, are taken for something else. */
const MAX_WRONG_LETTERS = 3;

/** The known name that was probably meant: one that begins or ends with what was written, or differs in few letters. */
export function suggestName(written: string, known: readonly string[]): string | undefined {
  const part = known.find((name) => written.length > 2 && (name.startsWith(written) || name.endsWith(written)));
  const maxDistance = Math.min(MAX_WRONG_LETTERS, Math.floor(written.length / 2));
  return part ?? closestMatch(written, known, { maxDistance });
}
