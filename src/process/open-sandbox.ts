import { ConfigurationError } from '../config/configuration-error.ts';
import type { SandboxSettings } from '../config/settings.ts';
import type { SandboxAccount } from '../config/sources.ts';
import type { Logger } from '../lib/log.ts';
import { Secret } from '../lib/secret.ts';

/** A running sandbox, as an account of the exporter. */
export interface OpenSandbox {
  readonly account: SandboxAccount;
  close(): Promise<void>;
}

/**
 * Starts the sandbox. Its code is loaded here, since most never use it.
 * @throws ConfigurationError if its port cannot be had.
 */
export async function openSandbox({ port, seed }: SandboxSettings, log: Logger): Promise<OpenSandbox> {
  const { startSandbox } = await import('../sandbox/sandbox.ts');
  try {
    const sandbox = await startSandbox({ port, seed, log });
    const { url, apiKey, secretKey } = sandbox;
    return {
      account: { url, apiKey: new Secret(apiKey), secretKey: new Secret(secretKey) },
      close: () => sandbox.close(),
    };
  } catch (error) {
    throw new ConfigurationError([`--sandbox.port: ${(error as Error).message}`]);
  }
}
