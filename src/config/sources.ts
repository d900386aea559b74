import type { Secret } from '../lib/secret.ts';
import type { Environment, FlagValues } from './flags.ts';

/** Where a configuration comes from; it stays the same from reload to reload, while files change. */
export interface SettingsSources {
  readonly flags: FlagValues;
  readonly env: Environment;
  /** With `--sandbox`: the default account, once the sandbox has made its keys and has a port. */
  readonly sandboxAccount?: SandboxAccount;
}

/** What signs an account's requests. */
export interface KeyPair {
  readonly apiKey: Secret;
  readonly secretKey: Secret;
}

/** How to reach the sandbox. */
export interface SandboxAccount extends KeyPair {
  readonly url: URL;
}
