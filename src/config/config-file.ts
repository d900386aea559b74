import { dirname, join, resolve } from 'node:path';
import { quotePath } from '../lib/quote.ts';
import { explainReadError } from '../lib/text-file.ts';
import { KEY_FILE, listAccountFolders, SECRET_FILE } from './accounts-folder.ts';
import type { Findings } from './configuration-error.ts';
import type { GivenText } from './flags.ts';
import type { KeyOrigins, SecretKind, SecretOrigin } from './secrets.ts';
import type { OptionalCollectors } from './settings.ts';
import { alertLimits, NO_LIMITS, type Limits, thresholds, valueThresholds } from './thresholds.ts';
import { Pauses } from './yaml-document.ts';
import { boolean, located, readYamlFile, record, section, text, type Reader, type YamlValue } from './yaml-fields.ts';

/** What `--config.file` says, before its secret files are read. */
export interface ConfigFile {
  readonly accounts: readonly FileAccount[];
  /** The path of the folder of accounts, if there is one. */
  readonly accountsDir: string | undefined;
  /** The common thresholds and alert limits. */
  readonly limits: Limits;
  readonly collectors: Partial<OptionalCollectors>;
}

/** An account in the file, or in the folder of accounts. */
export interface FileAccount {
  readonly name: string;
  /** File, line and keys, for messages. */
  readonly where: string;
  readonly keys: KeyOrigins;
  readonly url: GivenText | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Its own thresholds and alert limits. */
  readonly limits: Limits;
}

const ACCOUNT_NAME = /^[\w.-]{1,64}$/;
const EXPECTED_NAME = 'expected a name of 1 to 64 letters, digits and _ . -';
const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads the file, noting everything that is wrong in it; `undefined` if it cannot be read at all. */
export function readConfigFile(source: GivenText, findings: Findings): Promise<ConfigFile | undefined> {
  return readYamlFile(source, findings, async (top) => {
    const fields = FILE(top);
    if (fields === undefined) return undefined;
    const folder = dirname(source.text);
    const accountsDir = fields.accounts_dir && resolve(folder, fields.accounts_dir.value);
    const inFolder = fields.accounts_dir && (await readAccountsFolder(fields.accounts_dir, folder));
    const inFile = fields.accounts && (await readAccounts(fields.accounts, folder, inFolder ?? new Map()));
    const named = new Map([...(inFolder ?? []), ...(inFile ?? [])]);
    const { rates, payout_limits: payoutLimits } = fields.collectors ?? {};
    return {
      accounts: [...named.values()],
      accountsDir,
      limits: limitsOf(fields),
      collectors: { ...(rates !== undefined && { rates }), ...(payoutLimits !== undefined && { payoutLimits }) },
    };
  });
}

const LIMITS = { thresholds, value_thresholds: valueThresholds, alert_limits: alertLimits };

const itself: Reader<YamlValue> = (value) => value;

const FILE = section({
  accounts: itself,
  accounts_dir: located(text('a path to a folder with a folder for each account')),
  ...LIMITS,
  collectors: section({ rates: boolean, payout_limits: boolean }),
});

const label: Reader<string> = (value) =>
  value.written?.isWellFormed() === true ? value.written : value.problem(`expected a text, got ${value.describe()}`);

const OWN = {
  url: located(text('an https or http URL')),
  labels: record(label, 'a mapping of label names to texts', (name) =>
    LABEL_NAME.test(name) && !name.startsWith('__')
      ? undefined
      : 'expected the name of a label: letters, digits and _, no digit first, and no two _ first',
  ),
  ...LIMITS,
};
const AN_API_KEY = "a path to the account's API key";
const A_SECRET_KEY = "a path to the account's secret key";

const ACCOUNT = section(
  { api_key_file: located(text(AN_API_KEY)), secret_key_file: located(text(A_SECRET_KEY)), ...OWN },
  { required: { api_key_file: AN_API_KEY, secret_key_file: A_SECRET_KEY } },
);

// An account of the folder may stand in the file too, with everything but its keys.
const HAS_FOLDER = 'the account has a folder in accounts_dir, where its keys are: expected no other ones';
const ACCOUNT_WITH_FOLDER = section(OWN, { refused: { api_key_file: HAS_FOLDER, secret_key_file: HAS_FOLDER } });

type Found = ReadonlyMap<string, FileAccount>;
type Located = { readonly value: string; readonly at: YamlValue };

async function readAccounts(value: YamlValue, folder: string, inFolder: Found): Promise<Found> {
  const pauses = new Pauses();
  const found = new Map<string, FileAccount>();
  for (const [name, entry] of value.entries('a mapping of names to accounts') ?? []) {
    await pauses.pauseIfDue();
    const known = inFolder.get(name);
    if (!ACCOUNT_NAME.test(name)) entry.problem(EXPECTED_NAME);
    else if (known === undefined) {
      const fields = ACCOUNT(entry);
      const apiKey = fields?.api_key_file && originOf('API key', fields.api_key_file, folder);
      const secretKey = fields?.secret_key_file && originOf('secret key', fields.secret_key_file, folder);
      if (apiKey && secretKey) found.set(name, { name, keys: { apiKey, secretKey }, ...ownOf(entry, fields) });
    } else {
      const fields = ACCOUNT_WITH_FOLDER(entry);
      if (fields !== undefined) found.set(name, { name, keys: known.keys, ...ownOf(entry, fields) });
    }
  }
  return found;
}

function originOf(kind: SecretKind, { value, at }: Located, folder: string): SecretOrigin {
  return { kind, where: at.where, written: value, path: resolve(folder, value) };
}

function ownOf(
  entry: YamlValue,
  fields: NonNullable<ReturnType<typeof ACCOUNT_WITH_FOLDER>>,
): Omit<FileAccount, 'name' | 'keys'> {
  return {
    where: entry.where,
    url: fields.url && { text: fields.url.value, where: fields.url.at.where },
    labels: Object.fromEntries(fields.labels ?? []),
    limits: limitsOf(fields),
  };
}

async function readAccountsFolder({ value, at }: Located, fileFolder: string): Promise<Found> {
  const folder = resolve(fileFolder, value);
  const found = new Map<string, FileAccount>();
  try {
    for (const { name, path } of await listAccountFolders(folder)) {
      const where = `${at.where}: ${quotePath(path)}`;
      if (!ACCOUNT_NAME.test(name)) at.problem(`${quotePath(path)}: ${EXPECTED_NAME}`);
      else found.set(name, { name, where, keys: keysIn(path, where), url: undefined, labels: {}, limits: NO_LIMITS });
    }
  } catch (error) {
    at.problem(`cannot read ${quotePath(folder)}: ${explainReadError(error).message}`);
  }
  return found;
}

function keysIn(folder: string, where: string): KeyOrigins {
  const origin = (kind: SecretKind, file: string) => ({ kind, where, path: join(folder, file), written: '' });
  return { apiKey: origin('API key', KEY_FILE), secretKey: origin('secret key', SECRET_FILE) };
}

function limitsOf(fields: {
  readonly thresholds: Limits['thresholds'] | undefined;
  readonly value_thresholds: Limits['valueThresholds'] | undefined;
  readonly alert_limits: Limits['alertLimits'] | undefined;
}): Limits {
  return {
    thresholds: fields.thresholds ?? [],
    valueThresholds: fields.value_thresholds ?? [],
    alertLimits: fields.alert_limits ?? [],
  };
}
