import { readFile, stat } from 'node:fs/promises';

/** Why a file could not be read, in words. */
export class UnreadableFileError extends Error {
  /** Whether something stands at the path. */
  readonly exists: boolean;

  constructor(reason: string, exists: boolean) {
    super(reason);
    this.name = 'UnreadableFileError';
    this.exists = exists;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ERR_INVALID_ARG_VALUE: 'its name holds a null byte',
};
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']);

/** A file's text, and what its permissions allow. */
export interface TextFile {
  readonly text: string;
  /** Permission bits, such as `0o640`. */
  readonly mode: number;
}

/**
 * The text of a regular file in UTF-8, of at most so many bytes. Pipes and devices are refused because a reload has to
 * read the file again, and because they may never end.
 *
 * @throws UnreadableFileError with the reason in words
 */
export async function readTextFile(path: string, maxBytes: number): Promise<TextFile> {
  try {
    const { mode, bytes } = await readBytes(path, maxBytes);
    return { text: decode(bytes), mode: mode & 0o777 };
  } catch (error) {
    throw explainReadError(error);
  }
}

/** Puts into words why the system did not let a file be read. */
export function explainReadError(error: unknown): UnreadableFileError {
  if (error instanceof UnreadableFileError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new UnreadableFileError(REASONS[code] ?? code, !ABSENT.has(code));
}

async function readBytes(path: string, maxBytes: number): Promise<{ mode: number; bytes: Buffer }> {
  // Opening a pipe waits for its writer, so it is looked at before it is opened.
  const { mode, size } = assertRegular(await stat(path));
  const tooLarge = new UnreadableFileError(`it is larger than ${describeSize(maxBytes)}`, true);
  if (size > maxBytes) throw tooLarge;
  const bytes = await readFile(path);
  // It may have grown since.
  if (bytes.length > maxBytes) throw tooLarge;
  return { mode, bytes };
}

function assertRegular<T extends { isFile(): boolean; isDirectory(): boolean }>(file: T): T {
  if (file.isDirectory()) throw new UnreadableFileError('it is a directory', true);
  if (!file.isFile()) throw new UnreadableFileError('it is not a regular file', true);
  return file;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFileError('it is not UTF-8 text', true);
  }
}

function describeSize(bytes: number): string {
  return bytes >= 1_048_576 ? `${bytes / 1_048_576} MiB` : `${bytes / 1024} KiB`;
}
