import type { ConfigFile, FileAccount } from './config-file.ts';
import type { Findings } from './configuration-error.ts';
import { readDefaultKeys, whereKeysAreGiven } from './default-account.ts';
import { parseGatewayUrl } from './gateway-url.ts';
import { mergeThresholds, mergeValueThresholds } from './merge-thresholds.ts';
import type { RawValues } from './raw-values.ts';
import { readSecretFile } from './secrets.ts';
import type { AccountSettings, Accounts } from './settings.ts';
import type { KeyPair, SettingsSources } from './sources.ts';

/** What accounts are made of. */
export interface AccountSources {
  readonly sources: SettingsSources;
  /** Flags and environment. */
  readonly values: RawValues;
  readonly file: ConfigFile;
}

/** Reads keys and secret files of all accounts; one that has a mistake is left out. */
export async function readAccounts(from: AccountSources, findings: Findings): Promise<Accounts<AccountSettings>> {
  const rules = { insecureHttp: from.values.boolean('thedex.insecure-http') };
  const url = parseGatewayUrl(from.values.value('thedex.url'), rules, findings);
  const named = new Map<string, AccountSettings>();
  for (const account of from.file.accounts) {
    const keys = await readKeysOf(account, findings);
    const ownUrl = account.url === undefined ? url : parseGatewayUrl(account.url, rules, findings);
    if (keys !== undefined && ownUrl !== undefined) {
      named.set(account.name, settingsOf({ name: account.name, url: ownUrl, ...keys }, from.file, account));
    }
  }
  return { default: await readDefault(from, url, findings), named };
}

/** Whether flags or environment ask for a default account, rightly or not. */
export function asksForDefault({ sources, values }: AccountSources): boolean {
  return values.boolean('sandbox') || whereKeysAreGiven({ values, env: sources.env }).length > 0;
}

async function readDefault(
  { sources, values, file }: AccountSources,
  url: URL | undefined,
  findings: Findings,
): Promise<AccountSettings | undefined> {
  const keySources = { values, env: sources.env };
  if (!values.boolean('sandbox')) {
    const keys = await readDefaultKeys(keySources, findings);
    return keys && url && settingsOf({ name: undefined, url, ...keys }, file);
  }
  const unused = whereKeysAreGiven(keySources);
  if (unused.length > 0) findings.warning('--sandbox', `the keys of ${unused.join(' and ')} are not used`);
  return sources.sandboxAccount && settingsOf({ name: undefined, ...sources.sandboxAccount }, file);
}

async function readKeysOf(account: FileAccount, findings: Findings): Promise<KeyPair | undefined> {
  const apiKey = await readSecretFile(account.apiKeyFile, findings);
  const secretKey = await readSecretFile(account.secretKeyFile, findings);
  return apiKey && secretKey && { apiKey, secretKey };
}

type Thresholds = Pick<AccountSettings, 'thresholds' | 'valueThresholds'>;

const NO_THRESHOLDS: Thresholds = { thresholds: [], valueThresholds: [] };

function settingsOf(
  account: Omit<AccountSettings, keyof Thresholds>,
  common: Thresholds,
  own: Thresholds = NO_THRESHOLDS,
): AccountSettings {
  return {
    ...account,
    thresholds: mergeThresholds(common.thresholds, own.thresholds),
    valueThresholds: mergeValueThresholds(common.valueThresholds, own.valueThresholds),
  };
}
