import { dirname, resolve } from 'node:path';
import { closestMatch } from 'leven';
import { isScalar } from 'yaml';
import type { Findings } from './configuration-error.ts';
import { quotePath } from './quote.ts';
import type { RawValue } from './raw-values.ts';
import { readTextFile, UnreadableFileError } from './read-file.ts';
import type { SecretFile, SecretKind } from './secrets.ts';
import type { BalanceThreshold, OptionalCollectors, ValueThreshold } from './settings.ts';
import { readThresholds, readValueThresholds } from './thresholds.ts';
import { describe, show, YamlFile, type YamlValue } from './yaml-file.ts';

/** What `--config.file` says, before its secret files are read. */
export interface ConfigFile {
  readonly accounts: readonly FileAccount[];
  readonly thresholds: readonly BalanceThreshold[];
  readonly valueThresholds: readonly ValueThreshold[];
  readonly collectors: Partial<OptionalCollectors>;
}

/** An account in the file. */
export interface FileAccount {
  readonly name: string;
  /** File, line and keys, for messages. */
  readonly where: string;
  readonly apiKeyFile: SecretFile;
  readonly secretKeyFile: SecretFile;
  readonly url: RawValue | undefined;
  readonly thresholds: readonly BalanceThreshold[];
  readonly valueThresholds: readonly ValueThreshold[];
}

/** Some thousand accounts fit in. */
export const MAX_CONFIG_FILE_BYTES = 1_048_576;

const ACCOUNT_NAME = /^[\w.-]{1,64}$/;
/** Keys with fewer letters wrong than this are taken for misspelt. */
const MISSPELT = 4;

/** Reads the file, noting everything that is wrong in it; `undefined` if it cannot be read at all. */
export async function readConfigFile(
  { text: path, where }: RawValue,
  findings: Findings,
): Promise<ConfigFile | undefined> {
  try {
    const { text } = await readTextFile(path, MAX_CONFIG_FILE_BYTES);
    const file = new YamlFile(quotePath(path), findings);
    const top = file.parse(text);
    return top && new ConfigReader(file, dirname(path)).read(top);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return findings.problem(where, `cannot read ${quotePath(path)}: ${error.message}`);
  }
}

class ConfigReader {
  readonly #file: YamlFile;
  readonly #directory: string;

  constructor(file: YamlFile, directory: string) {
    this.#file = file;
    this.#directory = directory;
  }

  read(top: YamlValue): ConfigFile {
    const fields = this.#fields(top, ['accounts', 'thresholds', 'value_thresholds', 'collectors']);
    return {
      accounts: this.#accounts(fields?.get('accounts')),
      thresholds: readThresholds(this.#file, fields?.get('thresholds')),
      valueThresholds: readValueThresholds(this.#file, fields?.get('value_thresholds')),
      collectors: this.#collectors(fields?.get('collectors')),
    };
  }

  #accounts(section: YamlValue | undefined): readonly FileAccount[] {
    if (section === undefined) return [];
    const accounts: FileAccount[] = [];
    for (const [name, value] of this.#file.entriesOf(section, 'a mapping of names to accounts') ?? []) {
      if (ACCOUNT_NAME.test(name)) accounts.push(...this.#account(name, value));
      else this.#file.problem(value, 'expected a name of 1 to 64 letters, digits and _ . -');
    }
    return accounts;
  }

  #account(name: string, value: YamlValue): readonly FileAccount[] {
    const fields = this.#fields(value, ['api_key_file', 'secret_key_file', 'url', 'thresholds', 'value_thresholds']);
    if (fields === undefined) return [];
    const apiKeyFile = this.#secretFile(value, fields.get('api_key_file'), 'API key');
    const secretKeyFile = this.#secretFile(value, fields.get('secret_key_file'), 'secret key');
    const url = this.#text(fields.get('url'), 'an https or http URL');
    const thresholds = readThresholds(this.#file, fields.get('thresholds'));
    const valueThresholds = readValueThresholds(this.#file, fields.get('value_thresholds'));
    if (apiKeyFile === undefined || secretKeyFile === undefined) return [];
    return [{ name, where: this.#file.where(value), apiKeyFile, secretKeyFile, url, thresholds, valueThresholds }];
  }

  #secretFile(account: YamlValue, value: YamlValue | undefined, kind: SecretKind): SecretFile | undefined {
    const key = kind === 'API key' ? 'api_key_file' : 'secret_key_file';
    if (value === undefined) return this.#file.problem(account, `expected ${key}, a path to the account's ${kind}`);
    const found = this.#text(value, `a path to the account's ${kind}`);
    if (found === undefined) return undefined;
    return { kind, written: found.text, path: resolve(this.#directory, found.text), where: found.where };
  }

  #text(value: YamlValue | undefined, expected: string): RawValue | undefined {
    if (value === undefined) return undefined;
    const text = isScalar(value.node) ? value.node.value : undefined;
    if (typeof text === 'string' && text !== '') return { text, where: this.#file.where(value) };
    return this.#file.problem(value, `expected ${expected}, got ${describe(value)}`);
  }

  #collectors(section: YamlValue | undefined): Partial<OptionalCollectors> {
    if (section === undefined) return {};
    const fields = this.#fields(section, ['rates', 'payout_limits']);
    const rates = this.#boolean(fields?.get('rates'));
    const payoutLimits = this.#boolean(fields?.get('payout_limits'));
    return { ...(rates !== undefined && { rates }), ...(payoutLimits !== undefined && { payoutLimits }) };
  }

  #boolean(value: YamlValue | undefined): boolean | undefined {
    if (value === undefined) return undefined;
    const found = isScalar(value.node) ? value.node.value : undefined;
    if (typeof found === 'boolean') return found;
    return this.#file.problem(value, `expected true or false, got ${show(value)}`);
  }

  // The values of the keys that are known; the others are mistakes.
  #fields(value: YamlValue, known: readonly string[]): ReadonlyMap<string, YamlValue> | undefined {
    const fields = this.#file.entriesOf(value, `a mapping with ${known.join(', ')}`);
    for (const [name, field] of fields ?? []) {
      if (known.includes(name)) continue;
      const suggestion = suggest(name.toLowerCase(), known);
      const expected = suggestion === undefined ? `expected ${known.join(', ')}` : `did you mean ${suggestion}?`;
      this.#file.problem(field, `unknown key: ${expected}`);
    }
    return fields;
  }
}

function suggest(name: string, known: readonly string[]): string | undefined {
  const longer = known.find((candidate) => name.length > 2 && candidate.startsWith(name));
  return longer ?? closestMatch(name, known, { maxDistance: MISSPELT - 1 });
}
