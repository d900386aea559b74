import { setImmediate } from 'node:timers/promises';
import { LOG_FORMATS, LOG_LEVELS } from '../lib/log.ts';
import { quotePath } from '../lib/quote.ts';
import { findCertificates, readTextFile, UnreadableFileError } from '../lib/text-file.ts';
import { parseGatewayUrl, parseListenAddresses, parseRoutePrefix, parseTelemetryPath } from './addresses.ts';
import type { ConfigFile } from './config-file.ts';
import { Findings } from './configuration-error.ts';
import { FlagReader, type GivenText, variableOf, findUnknownVariables } from './flags.ts';
import { readProxies } from './proxy.ts';
import { type KeyOrigins, openKeys, type SecretOrigin } from './secrets.ts';
import type {
  AccountSettings,
  Accounts,
  Configuration,
  GatewaySettings,
  KeySource,
  SandboxSettings,
  Settings,
  SettingsSources,
  WebSettings,
} from './settings.ts';
import { findMisordered, mergeLimits, NO_LIMITS } from './thresholds.ts';

const MAX_PORT = 65_535;
const MAX_SEED = 4_294_967_295;
const MAX_MAX_REQUESTS = 100_000;
/** The bundles of whole operating systems have a quarter of this. */
const MAX_CA_FILE_BYTES = 1_048_576;
/** So many accounts are read at once, before other work gets its turn. */
const ACCOUNTS_AT_ONCE = 50;

const EMPTY_FILE: ConfigFile = { accounts: [], accountsDir: undefined, limits: NO_LIMITS, collectors: {} };

const HOW_TO_BEGIN =
  'give the keys by THEDEX_API_KEY and THEDEX_SECRET_KEY, or their files by --thedex.api-key-file and ' +
  '--thedex.secret-key-file, or accounts by --config.file; or try it without any keys: thedex-exporter --sandbox';

/**
 * Everything that flags, environment and files say: a flag wins over its environment variable, and that over the file.
 *
 * @throws ConfigurationError with all problems that were found
 */
export async function readSettings(sources: SettingsSources): Promise<Settings> {
  const findings = new Findings();
  const flags = new FlagReader(sources, findings);
  const fixed = {
    web: readWebSettings(flags, findings),
    log: { level: flags.choice('log.level', LOG_LEVELS), format: flags.choice('log.format', LOG_FORMATS) },
    sandbox: readSandboxSettings(flags, findings),
    configFile: flags.given('config.file')?.text,
    autoReloadIntervalMs: flags.duration('config.auto-reload-interval', { zero: 'allowed' }),
  };
  const unknown = findUnknownVariables(sources.env);
  for (const { name, what } of unknown) findings.warning(name, what);
  const configuration = await readParts(sources, flags, findings);
  // Whatever is missing may have been given by a name that is misspelt.
  if (findings.count > 0) for (const { name, what } of unknown) findings.problem(name, what);
  findings.throwIfAny();
  return { ...configuration, ...fixed };
}

/**
 * What can change on reload, read again: the configuration file, secrets and certificates.
 *
 * @throws ConfigurationError with all problems that were found
 */
export async function readConfiguration(sources: SettingsSources): Promise<Configuration> {
  const findings = new Findings();
  const configuration = await readParts(sources, new FlagReader(sources, findings), findings);
  findings.throwIfAny();
  return configuration;
}

function readWebSettings(flags: FlagReader, findings: Findings): WebSettings {
  return {
    listenAddresses: parseListenAddresses(flags.list('web.listen-address'), findings),
    telemetryPath: parseTelemetryPath(flags.value('web.telemetry-path'), findings),
    routePrefix: parseRoutePrefix(flags.value('web.route-prefix'), findings),
    configFile: flags.given('web.config.file')?.text,
    maxRequests: flags.wholeNumber('web.max-requests', 1, MAX_MAX_REQUESTS) ?? 1,
    systemdSocket: flags.boolean('web.systemd-socket'),
    enableLifecycle: flags.boolean('web.enable-lifecycle'),
  };
}

function readSandboxSettings(flags: FlagReader, findings: Findings): SandboxSettings | undefined {
  const port = flags.wholeNumber('sandbox.port', 0, MAX_PORT) ?? 0;
  const seed = flags.wholeNumber('sandbox.seed', 0, MAX_SEED);
  if (flags.boolean('sandbox')) {
    const [showKeys, allAddresses] = [flags.boolean('sandbox.show-keys'), flags.boolean('sandbox.all-addresses')];
    return { port, seed, showKeys, allAddresses };
  }
  for (const name of ['sandbox.port', 'sandbox.seed', 'sandbox.show-keys', 'sandbox.all-addresses'] as const) {
    const given = flags.given(name);
    if (given !== undefined && given.text !== 'false') {
      findings.problem(given.where, 'has a meaning only together with --sandbox');
    }
  }
  return undefined;
}

/** What accounts and gateway are read from. */
interface Parts {
  readonly sources: SettingsSources;
  readonly flags: FlagReader;
  readonly file: ConfigFile;
  /** Where flags and environment say that the default account's keys are; not both, where one was forgotten. */
  readonly given: Partial<KeyOrigins>;
}

async function readParts(sources: SettingsSources, flags: FlagReader, findings: Findings): Promise<Configuration> {
  const problemsBefore = findings.count;
  const file = await readFileIfGiven(flags, findings);
  const isSound = findings.count === problemsBefore;
  const given = findGivenKeys(sources, flags, findings);
  const parts = { sources, flags, file, given };
  const gateway = await readGatewaySettings(parts, findings);
  const accounts = await readAccounts(parts, findings);
  const isAskedFor = flags.boolean('sandbox') || (given.apiKey ?? given.secretKey) !== undefined;
  if (isSound && file.accounts.length === 0 && !isAskedFor) findings.problem('no account', HOW_TO_BEGIN);
  // What is wrong with a proxy is noted when a gateway needs it.
  for (const { url } of [...accounts.named.values(), ...(accounts.default ? [accounts.default] : [])]) {
    gateway.proxyFor(url);
  }
  warnOfSharedKeys(accounts, file, findings);
  warnOfLimits(accounts, parts, findings);
  const hasValueThresholds = [file, ...file.accounts].some(({ limits }) => limits.valueThresholds.length > 0);
  if (hasValueThresholds && !gateway.collectors.rates) {
    findings.warning('value_thresholds', 'nothing can be compared with them while the collector rates is off');
  }
  const files = [flags.given('config.file'), flags.given('thedex.ca-file')].flatMap((path) => path?.text ?? []);
  return { accounts, gateway, warnings: findings.warnings, readFrom: { files, accountsDir: file.accountsDir } };
}

async function readFileIfGiven(flags: FlagReader, findings: Findings): Promise<ConfigFile> {
  const path = flags.given('config.file');
  if (path === undefined) return EMPTY_FILE;
  // Most run with one account and no file, and start sooner without the YAML library.
  const { readConfigFile } = await import('./config-file.ts');
  return (await readConfigFile(path, findings)) ?? EMPTY_FILE;
}

async function readGatewaySettings({ sources, flags, file }: Parts, findings: Findings): Promise<GatewaySettings> {
  const caFile = flags.given('thedex.ca-file');
  return {
    timeoutMs: flags.duration('thedex.timeout', { zero: 'refused' }),
    timeoutOffsetMs: flags.duration('thedex.timeout-offset', { zero: 'allowed' }),
    legacyNonce: flags.boolean('thedex.legacy-nonce'),
    ca: caFile && (await readCaFile(caFile, findings)),
    collectors: {
      rates: flags.givenBoolean('collector.rates') ?? file.collectors.rates ?? false,
      payoutLimits: flags.givenBoolean('collector.payout-limits') ?? file.collectors.payoutLimits ?? false,
    },
    proxyFor: readProxies(sources.env, findings),
  };
}

async function readCaFile({ text: path, where }: GivenText, findings: Findings): Promise<string | undefined> {
  try {
    const { text } = await readTextFile(path, MAX_CA_FILE_BYTES);
    const { certificates, broken } = findCertificates(text);
    if (certificates.length === 0) return findings.problem(where, `${quotePath(path)} holds no PEM certificate`);
    if (broken === 0) return `${certificates.join('\n')}\n`;
    return findings.problem(where, `certificate ${broken} of ${certificates.length} in ${quotePath(path)} is broken`);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return findings.problem(where, `cannot read ${quotePath(path)}: ${error.message}`);
  }
}

/** Where the default account's keys may come from. */
const KEYS = [
  { kind: 'API key', flag: 'thedex.api-key-file', variable: 'THEDEX_API_KEY' },
  { kind: 'secret key', flag: 'thedex.secret-key-file', variable: 'THEDEX_SECRET_KEY' },
] as const;

function findGivenKeys({ env }: SettingsSources, flags: FlagReader, findings: Findings): Partial<KeyOrigins> {
  const [apiKey, secretKey] = KEYS.map(({ kind, flag, variable }): SecretOrigin | undefined => {
    const file = flags.given(flag);
    // A variable that is set but empty gives a key too, an empty one: something that should have filled it did not.
    const text = env[variable];
    if (file === undefined) return text === undefined ? undefined : { kind, where: variable, text };
    if (file.where !== `--${flag}` && text !== undefined) {
      findings.problem(variable, `is given together with ${file.where}: expected one of the two`);
    }
    return { kind, where: file.where, path: file.text, written: file.text };
  });
  return { ...(apiKey && { apiKey }), ...(secretKey && { secretKey }) };
}

async function readAccounts(parts: Parts, findings: Findings): Promise<Accounts<AccountSettings>> {
  const { flags, file } = parts;
  const rules = { insecureHttp: flags.boolean('thedex.insecure-http') };
  const url = parseGatewayUrl(flags.value('thedex.url'), rules, findings);
  const named = new Map<string, AccountSettings>();
  for (let from = 0; from < file.accounts.length; from += ACCOUNTS_AT_ONCE) {
    const slice = file.accounts.slice(from, from + ACCOUNTS_AT_ONCE);
    // Each has its own findings, so that they can be told in the order of the file.
    const opened = slice.map((account) => ({ account, own: new Findings() }));
    const keys = await Promise.all(opened.map(({ account, own }) => openKeys(account.keys, account.name, own)));
    for (const [index, { account, own }] of opened.entries()) {
      findings.addAll(own);
      const ownUrl = account.url === undefined ? url : parseGatewayUrl(account.url, rules, findings);
      const its = keys[index];
      if (its === undefined || ownUrl === undefined) continue;
      const limits = mergeLimits(file.limits, account.limits);
      named.set(account.name, { name: account.name, url: ownUrl, keys: its, labels: account.labels, ...limits });
    }
    await setImmediate();
  }
  return { default: await readDefaultAccount(parts, url, findings), named };
}

async function readDefaultAccount(
  { sources, flags, file, given }: Parts,
  url: URL | undefined,
  findings: Findings,
): Promise<AccountSettings | undefined> {
  const settingsOf = (keys: KeySource, its: URL): AccountSettings => {
    return { name: undefined, url: its, keys, labels: {}, ...mergeLimits(file.limits, NO_LIMITS) };
  };
  const { apiKey, secretKey } = given;
  if (flags.boolean('sandbox')) {
    const unused = [apiKey, secretKey].flatMap((origin) => origin?.where ?? []);
    if (unused.length > 0) findings.warning('--sandbox', `the keys of ${unused.join(' and ')} are not used`);
    const pair = sources.sandboxAccount;
    return pair && settingsOf({ pair, refresh: () => Promise.resolve(pair) }, pair.url);
  }
  if (apiKey !== undefined && secretKey !== undefined) {
    const keys = await openKeys({ apiKey, secretKey }, undefined, findings);
    return keys && url && settingsOf(keys, url);
  }
  const [first, missing] = apiKey === undefined ? [secretKey, KEYS[0]] : [apiKey, KEYS[1]];
  if (first !== undefined) {
    const { kind, flag, variable } = missing;
    const ways = `--${flag}, ${String(variableOf(flag))} or ${variable}`;
    findings.problem(first.where, `is given without the ${kind}: give it by ${ways}`);
  }
  return undefined;
}

// Two accounts with one key are one user, whose balances a sum over accounts would count twice.
function warnOfSharedKeys(accounts: Accounts<AccountSettings>, file: ConfigFile, findings: Findings): void {
  const users = new Map<string, string>();
  if (accounts.default !== undefined) users.set(accounts.default.keys.pair.apiKey.reveal(), 'the default account');
  for (const { name, where } of file.accounts) {
    const key = accounts.named.get(name)?.keys.pair.apiKey.reveal();
    if (key === undefined) continue;
    const other = users.get(key);
    if (other === undefined) users.set(key, `account ${name}`);
    else findings.warning(where, `has the API key of ${other}: the same balances are shown twice`);
  }
}

// What is wrong with the common thresholds is told once, and not for each account again.
function warnOfLimits(accounts: Accounts<AccountSettings>, { file }: Parts, findings: Findings): void {
  const common = new Set(findMisordered(file.limits));
  for (const what of common) findings.warning('thresholds', what);
  for (const { name, where, limits } of file.accounts) {
    const account = accounts.named.get(name);
    if (account === undefined || limits === NO_LIMITS) continue;
    for (const what of findMisordered(account)) if (!common.has(what)) findings.warning(where, what);
  }
}
