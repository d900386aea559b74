import { readCaFile } from './ca-file.ts';
import type { ConfigFile } from './config-file.ts';
import type { Findings } from './configuration-error.ts';
import type { RawValues } from './raw-values.ts';
import { asksForDefault, readAccounts } from './read-accounts.ts';
import type { AccountSettings, Accounts, Configuration, GatewaySettings } from './settings.ts';
import type { SettingsSources } from './sources.ts';

const EMPTY_FILE: ConfigFile = { accounts: [], thresholds: [], valueThresholds: [], collectors: {} };

const HOW_TO_BEGIN =
  'give the keys by THEDEX_API_KEY and THEDEX_SECRET_KEY, or their files by --thedex.api-key-file and ' +
  '--thedex.secret-key-file, or accounts by --config.file; or try it without any keys: thedex-exporter --sandbox';

/** Reads accounts and gateway settings, noting problems and warnings; what it returns is good only without problems. */
export async function readParts(
  sources: SettingsSources,
  values: RawValues,
  findings: Findings,
): Promise<Configuration> {
  const problemsBefore = findings.count;
  const file = await readFileIfGiven(values, findings);
  const fileIsSound = findings.count === problemsBefore;
  const gateway = await readGatewaySettings(values, file, findings);
  const accounts = await readAccounts({ sources, values, file }, findings);
  if (fileIsSound && file.accounts.length === 0 && !asksForDefault({ sources, values, file })) {
    findings.problem('no account', HOW_TO_BEGIN);
  }
  warnOfSharedKeys(accounts, file, findings);
  warnOfValuesWithoutRates(file, gateway, findings);
  return { accounts, gateway };
}

async function readFileIfGiven(values: RawValues, findings: Findings): Promise<ConfigFile> {
  const path = values.given('config.file');
  if (path === undefined) return EMPTY_FILE;
  // Most run with one account and no file, and start sooner without the YAML library.
  const { readConfigFile } = await import('./config-file.ts');
  return (await readConfigFile(path, findings)) ?? EMPTY_FILE;
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

// Two accounts with one key are one user, whose balances a sum over accounts would count twice.
function warnOfSharedKeys(accounts: Accounts<AccountSettings>, file: ConfigFile, findings: Findings): void {
  const users = new Map<string, string>();
  if (accounts.default !== undefined) users.set(accounts.default.apiKey.reveal(), 'the default account');
  for (const { name, where } of file.accounts) {
    const key = accounts.named.get(name)?.apiKey.reveal();
    if (key === undefined) continue;
    const other = users.get(key);
    if (other === undefined) users.set(key, `account ${name}`);
    else findings.warning(where, `has the API key of ${other}: the same balances are shown twice`);
  }
}

function warnOfValuesWithoutRates(file: ConfigFile, { collectors }: GatewaySettings, findings: Findings): void {
  const some = [file, ...file.accounts].some(({ valueThresholds }) => valueThresholds.length > 0);
  if (some && !collectors.rates) {
    findings.warning('value_thresholds', 'nothing can be compared with them while the collector rates is off');
  }
}
