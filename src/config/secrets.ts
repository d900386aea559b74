import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../lib/log.ts';
import { quotePath } from '../lib/quote.ts';
import { Secret } from '../lib/secret.ts';
import { type FileLook, lookAtFile, readTextFile, UnreadableFileError } from '../lib/text-file.ts';
import { Findings } from './configuration-error.ts';
import type { KeyPair, KeySource } from './settings.ts';

/** An API key travels in a header; a secret key signs and never travels. */
export type SecretKind = 'API key' | 'secret key';

/** Where a secret comes from: a text, or a file. */
export interface SecretOrigin {
  readonly kind: SecretKind;
  /** Who gave it: a flag, a variable, or a line of the configuration file. */
  readonly where: string;
  /** The secret itself, from a variable. */
  readonly text?: string;
  /** The file that holds it. */
  readonly path?: string;
  /** The path as it was written, which may turn out to be the secret itself. */
  readonly written?: string;
}

/** Where the two keys of an account come from. */
export interface KeyOrigins {
  readonly apiKey: SecretOrigin;
  readonly secretKey: SecretOrigin;
}

/** Keys have some hundred bytes; this leaves room and keeps a wrong path from filling the memory. */
export const MAX_SECRET_FILE_BYTES = 65_536;
/** Scrapes look at the files this often at most. */
export const LOOK_AT_MOST_EVERY_MS = 10_000;
/** Whoever replaces one file of a pair replaces the other one within this time. */
export const PAIR_SETTLES_WITHIN_MS = 2_000;

/**
 * Reads the keys of an account for the first time.
 *
 * @param account its name for the log
 * @param now milliseconds since the epoch
 * @returns `undefined` if there is a mistake, which is noted
 */
export async function openKeys(
  origins: KeyOrigins,
  account: string | undefined,
  findings: Findings,
  now: () => number = Date.now,
): Promise<KeySource | undefined> {
  const files = [origins.apiKey.path, origins.secretKey.path];
  if (files.every((path) => path === undefined)) {
    const pair = await readPair(origins, findings);
    return pair && { pair, refresh: () => Promise.resolve(pair) };
  }
  // Looked at before it is read: a change in between is then seen at the next look.
  const looks = await lookAtBoth(origins);
  const pair = await readPair(origins, findings);
  return pair && new RotatingKeys({ origins, account, now }, pair, looks);
}

type Looks = readonly [apiKey: FileLook, secretKey: FileLook];

/** What is fixed for the keys of an account. */
interface RotationSettings {
  readonly origins: KeyOrigins;
  readonly account: string | undefined;
  readonly now: () => number;
}

class RotatingKeys implements KeySource {
  readonly #settings: RotationSettings;
  #pair: KeyPair;
  /** The files as they were when the pair in force was read. */
  #inForce: Looks;
  /** The files as they were when they were found unusable. */
  #refused: Looks | undefined;
  #lookedAtMs: number;
  #lookAgainAfterMs = LOOK_AT_MOST_EVERY_MS;

  constructor(settings: RotationSettings, pair: KeyPair, looks: Looks) {
    this.#settings = settings;
    this.#pair = pair;
    this.#inForce = looks;
    this.#lookedAtMs = settings.now();
  }

  get pair(): KeyPair {
    return this.#pair;
  }

  async refresh(log: Logger): Promise<KeyPair> {
    const nowMs = this.#settings.now();
    // A clock that was set back must not put off the next look.
    if (Math.abs(nowMs - this.#lookedAtMs) < this.#lookAgainAfterMs) return this.#pair;
    this.#lookedAtMs = nowMs;
    this.#lookAgainAfterMs = LOOK_AT_MOST_EVERY_MS;
    await this.#look(nowMs, log);
    return this.#pair;
  }

  async #look(nowMs: number, log: Logger): Promise<void> {
    const { origins, account } = this.#settings;
    const looks = await lookAtBoth(origins);
    if (isSame(looks, this.#inForce) || isSame(looks, this.#refused)) return;
    const findings = new Findings();
    const pair = await readPair(origins, findings);
    if (!isSame(looks, await lookAtBoth(origins)) || (pair && this.#isHalfReplaced(pair, looks, nowMs))) {
      this.#lookAgainAfterMs = PAIR_SETTLES_WITHIN_MS;
    } else if (pair === undefined) {
      this.#refused = looks;
      const problems = findings.problems.join('; ');
      log.error('Keys not renewed, the old ones stay in force', { account, err: problems });
    } else {
      const isAnother = !pair.apiKey.equals(this.#pair.apiKey) || !pair.secretKey.equals(this.#pair.secretKey);
      this.#pair = pair;
      this.#inForce = looks;
      this.#refused = undefined;
      if (isAnother) log.info('Keys renewed', { account });
    }
  }

  // Two files are swapped in turn: a new key beside an old secret would be refused by the gateway.
  #isHalfReplaced(pair: KeyPair, looks: Looks, nowMs: number): boolean {
    const { apiKey, secretKey } = this.#settings.origins;
    if (apiKey.path === undefined || secretKey.path === undefined) return false;
    const replaced = looks.filter(({ fingerprint }, half) => fingerprint !== this.#inForce[half]?.fingerprint);
    if (
      replaced.length === 2 ||
      pair.apiKey.equals(this.#pair.apiKey) === pair.secretKey.equals(this.#pair.secretKey)
    ) {
      return false;
    }
    return replaced.some(({ changedAtMs }) => Math.abs(nowMs - changedAtMs) < PAIR_SETTLES_WITHIN_MS);
  }
}

const NO_FILE: FileLook = { fingerprint: '', changedAtMs: 0 };

async function lookAtBoth({ apiKey, secretKey }: KeyOrigins): Promise<Looks> {
  const look = ({ path }: SecretOrigin) => (path === undefined ? NO_FILE : lookAtFile(path));
  return [await look(apiKey), await look(secretKey)];
}

function isSame(some: Looks, others: Looks | undefined): boolean {
  return some.every(({ fingerprint }, half) => fingerprint === others?.[half]?.fingerprint);
}

async function readPair(origins: KeyOrigins, findings: Findings): Promise<KeyPair | undefined> {
  const apiKey = await readSecret(origins.apiKey, findings);
  const secretKey = await readSecret(origins.secretKey, findings);
  if (apiKey === undefined || secretKey === undefined) return undefined;
  if (apiKey.equals(secretKey)) {
    return findings.problem(origins.secretKey.where, 'the secret key is the same text as the API key');
  }
  return { apiKey, secretKey };
}

async function readSecret(origin: SecretOrigin, findings: Findings): Promise<Secret | undefined> {
  const { kind, where, path } = origin;
  if (path === undefined) return checkSecret(origin.text ?? '', `the ${kind}`, origin, findings);
  try {
    const { text, mode } = await readTextFile(path, MAX_SECRET_FILE_BYTES);
    if ((mode & 0o002) !== 0) findings.warning(where, `everybody may write to ${quotePath(path)}`);
    return checkSecret(text.replace(/\r?\n$/, ''), `the ${kind} in ${quotePath(path)}`, origin, findings);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return findings.problem(where, `cannot read ${nameFile(origin, path)}: ${error.message}`);
  }
}

function checkSecret(
  text: string,
  name: string,
  { kind, where }: SecretOrigin,
  findings: Findings,
): Secret | undefined {
  const mistake = MISTAKES.find(({ pattern, only }) => (only === undefined || only === kind) && pattern.test(text));
  return mistake === undefined ? new Secret(text) : findings.problem(where, `${name} ${mistake.what}`);
}

/** What a pasted-wrong secret looks like; the first that fits is told, and nothing of the text. */
const MISTAKES: readonly { readonly pattern: RegExp; readonly what: string; readonly only?: SecretKind }[] = [
  { pattern: /^$/, what: 'is empty' },
  { pattern: /^[\s\p{Cf}]+$/u, what: 'is empty but for white space' },
  { pattern: /^export\s|^[A-Za-z_]\w*\s?=\s?[^=\s]/, what: 'is a line NAME=value: expected the value alone' },
  {
    pattern: /^(?:[A-Za-z][\w-]*:\s|(?:x-[\w-]*|[\w-]*(?:key|secret|signature|token|authorization)):)/i,
    what: 'is a line "Header: value": expected the value alone',
  },
  { pattern: /^["'`“”‘’«»]|["'`“”‘’«»]$/, what: 'has quotes around it: expected the text between them' },
  { pattern: /\$\{|\$\(|\{\{|^\$\w+$/, what: 'holds a variable such as ${NAME} that nothing has expanded' },
  { pattern: /^[\s\p{Cf}]|[\s\p{Cf}]$/u, what: 'begins or ends with white space' },
  { pattern: /[\n\r\p{Zl}\p{Zp}]/u, what: 'holds a line break' },
  { pattern: /[\s\p{Cf}]/u, what: 'holds white space' },
  { pattern: /\p{Cc}/u, what: 'holds a control character' },
  { pattern: /[^\0-\u00ff]/, what: 'holds a character that cannot stand in an HTTP header', only: 'API key' },
];

/** A run of more than 24 characters of which keys are made, which few paths have. */
const KEY_LIKE_RUN = /[^/._-]{25}/;

// Somebody may have written the key where the path belongs.
function nameFile({ kind, written = '' }: SecretOrigin, path: string): string {
  // Keys in Base64 may hold slashes; a path that leads into a folder is one.
  const leadsIntoFolder = /[/._-]/.test(written) && dirname(path) !== '/' && existsSync(dirname(path));
  if (!existsSync(path) && KEY_LIKE_RUN.test(written) && !leadsIntoFolder) {
    return `the ${kind}'s file (its path is not shown, it may be the key itself)`;
  }
  return quotePath(path);
}
