import type { Secret } from '../lib/secret.ts';
import type { Findings } from './configuration-error.ts';
import type { Environment } from './flags.ts';
import type { RawValues } from './raw-values.ts';
import { checkSecret, readSecretFile, type SecretKind } from './secrets.ts';
import type { KeyPair } from './sources.ts';

interface KeySource {
  readonly kind: SecretKind;
  readonly flag: 'thedex.api-key-file' | 'thedex.secret-key-file';
  /** The variable with the key itself; the one with the file is the flag's. */
  readonly variable: 'THEDEX_API_KEY' | 'THEDEX_SECRET_KEY';
}

const API_KEY: KeySource = { kind: 'API key', flag: 'thedex.api-key-file', variable: 'THEDEX_API_KEY' };
const SECRET_KEY: KeySource = { kind: 'secret key', flag: 'thedex.secret-key-file', variable: 'THEDEX_SECRET_KEY' };

/** Flags and environment, as they stand. */
export interface KeySources {
  readonly values: RawValues;
  readonly env: Environment;
}

/** The keys that flags and environment give; `undefined` if they give none, or not both, which is a mistake. */
export async function readDefaultKeys(sources: KeySources, findings: Findings): Promise<KeyPair | undefined> {
  const apiKeyFrom = whereGiven(API_KEY, sources);
  const secretKeyFrom = whereGiven(SECRET_KEY, sources);
  const apiKey = apiKeyFrom === undefined ? undefined : await readKey(API_KEY, sources, findings);
  const secretKey = secretKeyFrom === undefined ? undefined : await readKey(SECRET_KEY, sources, findings);
  if (apiKeyFrom !== undefined && secretKeyFrom === undefined) reportMissing(SECRET_KEY, apiKeyFrom, findings);
  if (secretKeyFrom !== undefined && apiKeyFrom === undefined) reportMissing(API_KEY, secretKeyFrom, findings);
  return apiKey && secretKey && { apiKey, secretKey };
}

/** Whoever gives the default account's keys, for saying that they are not used. */
export function whereKeysAreGiven(sources: KeySources): readonly string[] {
  return [API_KEY, SECRET_KEY].map((key) => whereGiven(key, sources)).filter((where) => where !== undefined);
}

// A variable that is set but empty gives a key too, an empty one: something that should have filled it did not.
function whereGiven({ flag, variable }: KeySource, { values, env }: KeySources): string | undefined {
  return values.given(flag)?.where ?? (env[variable] === undefined ? undefined : variable);
}

async function readKey(
  { kind, flag, variable }: KeySource,
  { values, env }: KeySources,
  findings: Findings,
): Promise<Secret | undefined> {
  const file = values.given(flag);
  if (file !== undefined && file.where !== `--${flag}` && env[variable] !== undefined) {
    return findings.problem(variable, `is given together with ${file.where}: expected one of the two`);
  }
  if (file === undefined) return checkSecret({ kind, where: variable, text: env[variable] ?? '', place: '' }, findings);
  return readSecretFile({ kind, path: file.text, written: file.text, where: file.where }, findings);
}

function reportMissing({ kind, flag, variable }: KeySource, otherFrom: string, findings: Findings): void {
  findings.problem(otherFrom, `is given without the ${kind}: give it by --${flag}, ${variable}_FILE or ${variable}`);
}
