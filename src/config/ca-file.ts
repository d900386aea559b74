import { X509Certificate } from 'node:crypto';
import type { Findings } from './configuration-error.ts';
import { quotePath } from './quote.ts';
import type { RawValue } from './raw-values.ts';
import { readTextFile, UnreadableFileError } from './read-file.ts';

/** The bundles of whole operating systems have a quarter of this. */
const MAX_CA_FILE_BYTES = 1_048_576;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The certificates of a PEM file; it must hold at least one, and all of them must be readable. */
export async function readCaFile({ text: path, where }: RawValue, findings: Findings): Promise<string | undefined> {
  try {
    const { text } = await readTextFile(path, MAX_CA_FILE_BYTES);
    const certificates = text.match(CERTIFICATE) ?? [];
    if (certificates.length === 0) return findings.problem(where, `${quotePath(path)} holds no PEM certificate`);
    const broken = certificates.findIndex((certificate) => !isCertificate(certificate));
    if (broken < 0) return `${certificates.join('\n')}\n`;
    return findings.problem(
      where,
      `certificate ${broken + 1} of ${certificates.length} in ${quotePath(path)} is broken`,
    );
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return findings.problem(where, `cannot read ${quotePath(path)}: ${error.message}`);
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
