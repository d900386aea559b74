import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

/** Why a file could not be read, in words. */
export class UnreadableFileError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnreadableFileError';
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

/** A file's text, and what its permissions allow. */
export interface TextFile {
  /** Without a byte-order mark. */
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
  return new UnreadableFileError(REASONS[code] ?? code);
}

/** How a file looks from outside. */
export interface FileLook {
  /**
   * Another text whenever the file at the end of all symbolic links is another one, or was written to. Of a file that
   * cannot be seen it is the reason.
   */
  readonly fingerprint: string;
  /** When it was last written to or put in its place, in milliseconds since the epoch. */
  readonly changedAtMs: number;
}

/** Looks whether a file has changed, without opening it. */
export async function lookAtFile(path: string): Promise<FileLook> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = await stat(path, { bigint: true });
    const changedAtMs = Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs);
    return { fingerprint: [dev, ino, size, mtimeNs, ctimeNs].join(':'), changedAtMs };
  } catch (error) {
    return { fingerprint: explainReadError(error).message, changedAtMs: 0 };
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The certificates in a PEM text, and which of them is the first that cannot be read, counted from 1; 0 if none is. */
export function findCertificates(pem: string): { readonly certificates: readonly string[]; readonly broken: number } {
  const certificates = pem.match(CERTIFICATE) ?? [];
  return { certificates, broken: certificates.findIndex((certificate) => !isCertificate(certificate)) + 1 };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

async function readBytes(path: string, maxBytes: number): Promise<{ mode: number; bytes: Buffer }> {
  // Opening a pipe waits for its writer, so it is looked at before it is opened.
  const file = await stat(path);
  if (file.isDirectory()) throw new UnreadableFileError('it is a directory');
  if (!file.isFile()) throw new UnreadableFileError('it is not a regular file');
  const tooLarge = new UnreadableFileError(`it is larger than ${describeSize(maxBytes)}`);
  if (file.size > maxBytes) throw tooLarge;
  const bytes = await readFile(path);
  // It may have grown since.
  if (bytes.length > maxBytes) throw tooLarge;
  return { mode: file.mode, bytes };
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFileError('it is not UTF-8 text');
  }
}

function describeSize(bytes: number): string {
  return bytes >= 1_048_576 ? `${bytes / 1_048_576} MiB` : `${bytes / 1024} KiB`;
}
