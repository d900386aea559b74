import type { LogFormat, Logger, LogLevel } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';
import type { Environment, FlagValues } from './flags.ts';

/** How urgent it is when a threshold is crossed. */
export type Severity = 'warning' | 'critical';

/** The kinds of a balance that a threshold can be set for. */
export type ThresholdKind = 'available' | 'total';

/** `thedex_balance_threshold{currency,kind,severity}`: below `value` somebody wants to know. */
export interface BalanceThreshold {
  readonly currency: string;
  readonly kind: ThresholdKind;
  readonly severity: Severity;
  /** Decimal text in units of the currency, as written in the configuration; finite and not negative. */
  readonly value: string;
}

/** `thedex_value_threshold{fiat,severity}`: the same for the value of all that is available, in the fiat currency. */
export interface ValueThreshold {
  readonly fiat: string;
  readonly severity: Severity;
  readonly value: string;
}

/** `thedex_alert_limit{currency,limit}`: what the alert rules use for a currency instead of their defaults. */
export interface AlertLimit {
  /** `*` for each currency that has no limit of its own. */
  readonly currency: string;
  readonly limit: 'drop_ratio' | 'hold_ratio' | 'runway_seconds';
  /** The text of the sample: `0.8`, `43200`; `+Inf` for a ratio and `0` for a runway that are off. */
  readonly value: string;
}

/** What signs an account's requests. */
export interface KeyPair {
  readonly apiKey: Secret;
  readonly secretKey: Secret;
}

/** Where an account's keys come from. */
export interface KeySource {
  /** The keys in force. */
  readonly pair: KeyPair;
  /**
   * The keys in force after a look at their files, if one is due: every 10 s at most. What cannot be read or used is
   * logged once and leaves the old pair in force. Never rejects.
   */
  refresh(log: Logger): Promise<KeyPair>;
}

/** One user of the gateway, whose balances one pair of keys can read. */
export interface AccountSettings {
  /** The key in the configuration file; `undefined` for the default account of `/metrics`. */
  readonly name: string | undefined;
  /** The gateway's base URL; paths of the API are appended to its path. */
  readonly url: URL;
  readonly keys: KeySource;
  /** What service discovery says about the account besides its name; on no sample. */
  readonly labels: Readonly<Record<string, string>>;
  /** The account's own thresholds over the common ones, sorted by currency, kind and severity. */
  readonly thresholds: readonly BalanceThreshold[];
  /** Likewise, sorted by fiat currency and severity. */
  readonly valueThresholds: readonly ValueThreshold[];
  /** Likewise, sorted by currency and limit. */
  readonly alertLimits: readonly AlertLimit[];
}

/** How every account's gateway is asked. */
export interface GatewaySettings {
  /** `--thedex.timeout`, in milliseconds: the longest that a scrape may take. */
  readonly timeoutMs: number;
  /** `--thedex.timeout-offset`, in milliseconds: what is left of Prometheus' own deadline for the way back. */
  readonly timeoutOffsetMs: number;
  /** `--thedex.legacy-nonce`: sign `{"request":…,"nonce":"…"}` instead of `{}`. */
  readonly legacyNonce: boolean;
  /** `--thedex.ca-file`: PEM text of certificates trusted besides those that Node.js trusts. */
  readonly ca: string | undefined;
  readonly collectors: OptionalCollectors;
  /** The proxy to a gateway, as the environment names it. */
  readonly proxyFor: (url: URL) => URL | undefined;
}

/** The collectors that are off unless asked for; `balances` is always on. */
export interface OptionalCollectors {
  readonly rates: boolean;
  readonly payoutLimits: boolean;
}

/**
 * Where the server listens: a socket file, or a host (empty for all addresses, an IPv6 address without its brackets)
 * and a port, 0 for a free one.
 */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export interface WebSettings {
  readonly listenAddresses: readonly ListenAddress[];
  /** Below the route prefix, such as `/metrics`. */
  readonly telemetryPath: string;
  /** `--web.route-prefix`: empty, or a path such as `/x` without a slash at its end. */
  readonly routePrefix: string;
  /** `--web.config.file`: TLS and basic auth; read by the web floor. */
  readonly configFile: string | undefined;
  /** `--web.max-requests`: scrapes that may wait at once. */
  readonly maxRequests: number;
  readonly systemdSocket: boolean;
  readonly enableLifecycle: boolean;
}

export interface LogSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/** `--sandbox`: the embedded gateway. */
export interface SandboxSettings {
  /** `--sandbox.port`: its port on loopback, 0 for a free one. */
  readonly port: number;
  /** `--sandbox.seed`: the same seed makes the same wallet. */
  readonly seed: number | undefined;
  /** `--sandbox.show-keys`: print how other clients can use it. */
  readonly showKeys: boolean;
  /** `--sandbox.all-addresses`: listen on all addresses instead of loopback. */
  readonly allAddresses: boolean;
}

/** The accounts of one configuration; a reload makes a new one. */
export interface Accounts<T> {
  readonly default: T | undefined;
  readonly named: ReadonlyMap<string, T>;
}

/** What can change on reload. */
export interface Configuration {
  readonly accounts: Accounts<AccountSettings>;
  readonly gateway: GatewaySettings;
  /** What works and is probably not what was meant, one line each; for the log. */
  readonly warnings: readonly string[];
  /** Where it was read from, besides keys, which are looked at by scrapes. */
  readonly readFrom?: ConfigurationPlaces;
}

/** Files and a folder that a configuration was read from. */
export interface ConfigurationPlaces {
  /** `--config.file` and `--thedex.ca-file`, as far as they are given. */
  readonly files: readonly string[];
  /** `accounts_dir` of the file. */
  readonly accountsDir: string | undefined;
}

/** Everything that flags, environment and files say, checked. */
export interface Settings extends Configuration {
  readonly web: WebSettings;
  readonly log: LogSettings;
  readonly sandbox: SandboxSettings | undefined;
  /** `--config.file`. */
  readonly configFile: string | undefined;
  /** `--config.auto-reload-interval`, in milliseconds: how often to look whether its files changed; 0 for never. */
  readonly autoReloadIntervalMs: number;
}

/** Where a configuration comes from; it stays the same from reload to reload, while files change. */
export interface SettingsSources {
  readonly flags: FlagValues;
  readonly env: Environment;
  /** With `--sandbox`: the default account, once the sandbox has made its keys and has a port. */
  readonly sandboxAccount?: SandboxAccount | undefined;
}

/** How to reach the sandbox. */
export interface SandboxAccount extends KeyPair {
  readonly url: URL;
}
