import { readCaFile } from './ca-file.ts';
import type { ConfigFile, FileAccount } from './config-file.ts';
import type { Findings } from './configuration-error.ts';
import { readDefaultKeys, whereKeysAreGiven } from './default-account.ts';
import { parseGatewayUrl } from './gateway-url.ts';
import { mergeThresholds, mergeValueThresholds } from './merge-thresholds.ts';
import type { RawValues } from './raw-values.ts';
import { readSecretFile } from './secrets.ts';
import type { AccountSettings, Accounts, Configuration, GatewaySettings } from './settings.ts';
import type { SettingsSources } from './sources.ts';

const EMPTY_FILE: ConfigFile = {
  accounts: [],
  thresholds: [],
  valueThresholds: [],
  collectors: {},
};

/** Reads accounts and gateway settings, noting problems and warnings; what it returns is good only if there are none. */
export async function readParts(
  sources: SettingsSources,
  values: RawValues,
  findings: Findings,
): Promise<Configuration> {
  const problemsBefore = findings.count;
  const named = values.given('config.file');
  // Most run with one account and no file, and start sooner without the YAML library.
  const found = named && (await (await import('./config-file.ts')).readConfigFile(named, findings));
  const file = found ?? EMPTY_FILE;
  const fileIsSound = findings.count === problemsBefore;
  const gateway = await readGatewaySettings(values, file, findings);
  const reader = new AccountReader({ sources, values, file, findings });
  const accounts = { default: await reader.readDefault(), named: await reader.readNamed() };
  if (fileIsSound && file.accounts.length === 0 && !reader.sawDefault) {
    findings.problem(
      'no account',
      'give the keys by THEDEX_API_KEY_FILE and THEDEX_SECRET_KEY_FILE, or accounts by --config.file; ' +
        'or try it without any keys: thedex-exporter --sandbox',
    );
  }
  warnOfSharedKeys(accounts, file, findings);
  warnOfValuesWithoutRates(file, gateway, findings);
  return { accounts, gateway };
}

async function readGatewaySettings(values: RawValues, file: ConfigFile, findings: Findings): Promise<GatewaySettings> {
  const caFile = values.given('thedex.ca-file');
  return {
    timeoutMs: values.duration('thedex.timeout', { zero: 'refused' }),
    timeoutOffsetMs: values.duration('thedex.timeout-offset', { zero: 'allowed' }),
    legacyNonce: values.boolean('thedex.legacy-nonce'),
    ca: caFile && (await readCaFile(caFile, findings)),
    collectors: {
      rates: values.givenBoolean('collector.rates') ?? file.collectors.rates ?? false,
      payoutLimits: values.givenBoolean('collector.payout-limits') ?? file.collectors.payoutLimits ?? false,
    },
  };
}

interface AccountReaderOptions {
  readonly sources: SettingsSources;
  readonly values: RawValues;
  readonly file: ConfigFile;
  readonly findings: Findings;
}

class AccountReader {
  /** Whether somebody gave a default account, rightly or not. */
  sawDefault = false;

  readonly #options: AccountReaderOptions;
  readonly #insecureHttp: boolean;
  readonly #url: URL | undefined;

  constructor(options: AccountReaderOptions) {
    const { values, findings } = options;
    this.#options = options;
    this.#insecureHttp = values.boolean('thedex.insecure-http');
    this.#url = parseGatewayUrl(values.value('thedex.url'), { insecureHttp: this.#insecureHttp }, findings);
  }

  async readDefault(): Promise<AccountSettings | undefined> {
    const { sources, values, file, findings } = this.#options;
    const { thresholds, valueThresholds } = file;
    const given = whereKeysAreGiven({ values, env: sources.env });
    const sandbox = values.boolean('sandbox');
    this.sawDefault = sandbox || given.length > 0;
    if (sandbox && given.length > 0) findings.warning('--sandbox', `the keys of ${given.join(' and ')} are not used`);
    const url = sandbox ? sources.sandboxAccount?.url : this.#url;
    const keys = sandbox ? sources.sandboxAccount : await readDefaultKeys({ values, env: sources.env }, findings);
    if (keys === undefined || url === undefined) return undefined;
    return {
      name: undefined,
      url,
      apiKey: keys.apiKey,
      secretKey: keys.secretKey,
      thresholds: mergeThresholds(thresholds, []),
      valueThresholds: mergeValueThresholds(valueThresholds, []),
    };
  }

  async readNamed(): Promise<ReadonlyMap<string, AccountSettings>> {
    const named = new Map<string, AccountSettings>();
    for (const account of this.#options.file.accounts) {
      const settings = await this.#readOne(account);
      if (settings !== undefined) named.set(account.name, settings);
    }
    return named;
  }

  async #readOne(account: FileAccount): Promise<AccountSettings | undefined> {
    const { file, findings } = this.#options;
    const rules = { insecureHttp: this.#insecureHttp };
    const apiKey = await readSecretFile(account.apiKeyFile, findings);
    const secretKey = await readSecretFile(account.secretKeyFile, findings);
    const url = account.url === undefined ? this.#url : parseGatewayUrl(account.url, rules, findings);
    if (apiKey === undefined || secretKey === undefined || url === undefined) return undefined;
    return {
      name: account.name,
      url,
      apiKey,
      secretKey,
      thresholds: mergeThresholds(file.thresholds, account.thresholds),
      valueThresholds: mergeValueThresholds(file.valueThresholds, account.valueThresholds),
    };
  }
}

// Two accounts with one key are one user, whose balances a sum over accounts would count twice.
function warnOfSharedKeys(accounts: Accounts<AccountSettings>, file: ConfigFile, findings: Findings): void {
  const users = new Map<string, string>();
  if (accounts.default !== undefined) users.set(accounts.default.apiKey.reveal(), 'the default account');
  for (const { name, where } of file.accounts) {
    const key = accounts.named.get(name)?.apiKey.reveal();
    if (key === undefined) continue;
    const other = users.get(key);
    if (other !== undefined) findings.warning(where, `has the API key of ${other}: the same balances are shown twice`);
    users.set(key, `account ${name}`);
  }
}

function warnOfValuesWithoutRates(file: ConfigFile, { collectors }: GatewaySettings, findings: Findings): void {
  const some = [file, ...file.accounts].some(({ valueThresholds }) => valueThresholds.length > 0);
  if (some && !collectors.rates) {
    findings.warning('value_thresholds', 'nothing can be compared with them while the collector rates is off');
  }
}
