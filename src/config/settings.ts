import type { LogFormat, LogLevel } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';

/** The kinds of a balance that a threshold can be set for. */
export type ThresholdKind = 'available' | 'total';

/** `thedex_balance_threshold{currency,kind}`: below `value` somebody wants to know. */
export interface BalanceThreshold {
  readonly currency: string;
  readonly kind: ThresholdKind;
  /** Decimal text in units of the currency, as written in the configuration; finite and not negative. */
  readonly value: string;
}

/** `thedex_value_threshold{fiat}`: the same for the value of all that is available, in units of the fiat currency. */
export interface ValueThreshold {
  readonly fiat: string;
  readonly value: string;
}

/** One user of the gateway, whose balances one pair of keys can read. */
export interface AccountSettings {
  /** The key in the configuration file; `undefined` for the default account of `/metrics`. */
  readonly name: string | undefined;
  /** The gateway's base URL; paths of the API are appended to its path. */
  readonly url: URL;
  readonly apiKey: Secret;
  readonly secretKey: Secret;
  /** The account's own thresholds over the common ones, sorted by currency and kind. */
  readonly thresholds: readonly BalanceThreshold[];
  /** Likewise, sorted by fiat currency. */
  readonly valueThresholds: readonly ValueThreshold[];
}

/** How every account's gateway is asked. */
export interface GatewaySettings {
  /** `--thedex.timeout`, in milliseconds: the longest that a scrape may take. */
  readonly timeoutMs: number;
  /** `--thedex.timeout-offset`, in milliseconds: what is left of Prometheus' own deadline for the way back. */
  readonly timeoutOffsetMs: number;
  /** `--thedex.legacy-nonce`: sign `{"request":…,"nonce":"…"}` instead of `{}`. */
  readonly legacyNonce: boolean;
  /** `--thedex.ca-file`: PEM text of certificates trusted besides the system's. */
  readonly ca: string | undefined;
  readonly collectors: OptionalCollectors;
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
  readonly telemetryPath: string;
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

/** The accounts of one configuration; a reload makes a new one. */
export interface Accounts<T> {
  readonly default: T | undefined;
  readonly named: ReadonlyMap<string, T>;
}

/** What can change on reload. */
export interface Configuration {
  readonly accounts: Accounts<AccountSettings>;
  readonly gateway: GatewaySettings;
}

/** A configuration that was read and checked. */
export interface CheckedConfiguration extends Configuration {
  /** What works and is probably not what was meant, one line each; for the log. */
  readonly warnings: readonly string[];
}

/** Everything that flags, environment and file say, checked. */
export interface Settings extends CheckedConfiguration {
  readonly web: WebSettings;
  readonly log: LogSettings;
  readonly sandbox: SandboxSettings | undefined;
}

/** `--sandbox`: the embedded gateway. */
export interface SandboxSettings {
  /** `--sandbox.port`: its port on loopback, 0 for a free one. */
  readonly port: number;
  /** `--sandbox.seed`: the same seed makes the same wallet. */
  readonly seed: number | undefined;
}
