import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The names in a folder of an account, which is how secrets are mounted. */
export const KEY_FILE = 'api_key';
export const SECRET_FILE = 'secret_key';

/** A folder for one account in `accounts_dir`. */
export interface AccountFolder {
  readonly name: string;
  readonly path: string;
}

/**
 * The folders for accounts in `accounts_dir`, sorted by name.
 *
 * @throws Error of the system if the folder cannot be read
 */
export async function listAccountFolders(folder: string): Promise<readonly AccountFolder[]> {
  const found: AccountFolder[] = [];
  for (const name of (await readdir(folder)).toSorted()) {
    const path = join(folder, name);
    // Kubernetes keeps its own folders beside what it mounts, such as `..data`.
    if (!name.startsWith('.') && (await stat(path)).isDirectory()) found.push({ name, path });
  }
  return found;
}

/**
 * A text that is another one when an account has come or gone, or when a key that was missing is there. It stays the
 * same when a key is replaced by another, which scrapes see for themselves.
 */
export async function fingerprintAccountFolders(folder: string): Promise<string> {
  const folders = await listAccountFolders(folder).catch((error: unknown) => String(error));
  if (typeof folders === 'string') return folders;
  const parts: string[] = [];
  // One after another, so that thousands of accounts leave the system's threads to others meanwhile.
  for (const { name, path } of folders) {
    parts.push([name, await isFilled(join(path, KEY_FILE)), await isFilled(join(path, SECRET_FILE))].join('/'));
  }
  return parts.join('\n');
}

function isFilled(file: string): Promise<boolean> {
  return stat(file).then(
    ({ size }) => size > 0,
    () => false,
  );
}
