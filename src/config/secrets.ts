import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Secret } from '../lib/secret.ts';
import type { Findings } from './configuration-error.ts';
import { quotePath } from './quote.ts';
import { readTextFile, UnreadableFileError } from './read-file.ts';

/** An API key travels in a header; a secret key signs and never travels. */
export type SecretKind = 'API key' | 'secret key';

/** Keys have some hundred bytes; this leaves room and keeps a wrong path from filling the memory. */
export const MAX_SECRET_FILE_BYTES = 65_536;

/** A file that holds a secret. */
export interface SecretFile {
  readonly kind: SecretKind;
  /** The path to open. */
  readonly path: string;
  /** The path as it was written, which may turn out to be the secret itself. */
  readonly written: string;
  /** Who named it: a flag, a variable, or a line of the configuration file. */
  readonly where: string;
}

/** Reads a secret from its file, without the newline that editors put at its end. */
export async function readSecretFile(file: SecretFile, findings: Findings): Promise<Secret | undefined> {
  try {
    const { text, mode } = await readTextFile(file.path, MAX_SECRET_FILE_BYTES);
    const { where, kind } = file;
    if ((mode & 0o002) !== 0) findings.warning(where, `everybody may write to ${quotePath(file.path)}`);
    return checkSecret(
      { kind, where, text: text.replace(/\r?\n$/, ''), place: `in ${quotePath(file.path)}` },
      findings,
    );
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return findings.problem(file.where, `cannot read ${nameFile(file, error)}: ${error.message}`);
  }
}

/** A secret's text, and where it came from. */
export interface SecretText {
  readonly kind: SecretKind;
  readonly where: string;
  readonly text: string;
  /** Said after the kind in messages: `in /run/secrets/key`, or nothing. */
  readonly place: string;
}

/** Makes a secret of a text that can be one. */
export function checkSecret({ kind, where, text, place }: SecretText, findings: Findings): Secret | undefined {
  const mistake = mistakeIn(text, kind);
  return mistake === undefined
    ? new Secret(text)
    : findings.problem(where, ['the', kind, place, mistake].filter(Boolean).join(' '));
}

function mistakeIn(text: string, kind: SecretKind): string | undefined {
  if (text === '') return 'is empty';
  if (/\p{Cc}/u.test(text)) return 'holds a line break or another control character';
  if (kind === 'secret key') return undefined;
  if (/[^\0-\u00ff]/.test(text)) return 'holds a character that cannot stand in an HTTP header';
  return text.trim() === text ? undefined : 'begins or ends with a space';
}

// Somebody may have written the key where the path belongs. A path is shown only if it leads somewhere.
function nameFile({ path, written, kind }: SecretFile, { exists }: UnreadableFileError): string {
  const parent = dirname(path);
  const leadsSomewhere = exists || (written.includes('/') && parent !== '/' && existsSync(parent));
  return leadsSomewhere ? quotePath(path) : `the ${kind}'s file (its path is not shown, it may be the key itself)`;
}
