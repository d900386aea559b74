import { once } from 'node:events';
import { randomBytes, randomInt } from 'node:crypto';
import type { Server } from 'node:http';
import type { Logger } from '../lib/log.ts';
import { CONTROL_PATH } from './control.ts';
import { Gateway } from './gateway.ts';
import { EVERYWHERE, listen, LOOPBACK, portOf } from './server.ts';
import type { KeyPair } from './verification.ts';

/** An embedded gateway with invented balances, for trying the exporter and for rehearsing incidents. */
export interface Sandbox {
  /** The base URL of its API. */
  readonly url: URL;
  readonly apiKey: string;
  readonly secretKey: string;
  /** Where `GET` shows what is going on, and `POST …/SCENARIO` switches it. */
  readonly controlUrl: URL;
  /** Ends all connections, also those with requests under way. */
  close(): Promise<void>;
}

export interface SandboxOptions {
  /** Its port; 0, the default, takes a free one. */
  readonly port?: number | undefined;
  /** Listens on all addresses instead of 127.0.0.1: a published port of a container does not reach loopback. */
  readonly allAddresses?: boolean | undefined;
  /** Prints the keys, with what another client needs to use them. */
  readonly showKeys?: boolean | undefined;
  /** The same seed makes the same wallet; random by default. The lowest 32 bits count. */
  readonly seed?: number | undefined;
  /** Milliseconds since the epoch, for tests; must not step back. */
  readonly now?: (() => number) | undefined;
  readonly log?: Logger | undefined;
  /** Where the keys are printed; standard output by default, because they have no business in a log. */
  readonly print?: ((text: string) => void) | undefined;
}

const SEED_RANGE = 2 ** 32;
const API_KEY_BYTES = 24;
const SECRET_KEY_BYTES = 48;

/** Starts a sandbox with a fresh pair of keys. Throws an error that names the port when that cannot be had. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, seed = randomInt(SEED_RANGE), now = steadyNow, log = SILENT } = options;
  const keys = { apiKey: randomText(API_KEY_BYTES), secretKey: randomText(SECRET_KEY_BYTES) };
  const otherKeys = { apiKey: keys.apiKey, secretKey: randomText(SECRET_KEY_BYTES) };
  const address = options.allAddresses === true ? EVERYWHERE : LOOPBACK;
  const server = await listen(new Gateway({ seed, keys, otherKeys, now }), { address, port }, log);
  const sandbox = new RunningSandbox(server, keys);
  log.warn('SANDBOX: the balances are invented, not real money', {
    gateway: sandbox.url.href,
    control: sandbox.controlUrl.href,
    seed,
  });
  if (options.showKeys === true) (options.print ?? printToStdout)(describeUse(sandbox));
  return sandbox;
}

// The keys are in a private field behind getters, where neither JSON.stringify nor util.inspect finds them.
class RunningSandbox implements Sandbox {
  readonly url: URL;
  readonly controlUrl: URL;
  readonly #server: Server;
  readonly #keys: KeyPair;

  constructor(server: Server, keys: KeyPair) {
    this.url = new URL(`http://${LOOPBACK}:${portOf(server)}/`);
    this.controlUrl = new URL(CONTROL_PATH, this.url);
    this.#server = server;
    this.#keys = keys;
  }

  get apiKey(): string {
    return this.#keys.apiKey;
  }

  get secretKey(): string {
    return this.#keys.secretKey;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** What somebody needs to use the sandbox with another client, in lines that a shell takes. */
function describeUse({ url, apiKey, secretKey }: Sandbox): string {
  return `# Another exporter on this sandbox, until it ends:
export THEDEX_URL=${url.href} THEDEX_API_KEY=${apiKey} THEDEX_SECRET_KEY=${secretKey}
# Or by hand:
payload=$(printf '{}' | base64)
signature=$(printf %s "$payload" | openssl dgst -sha512 -hmac "$THEDEX_SECRET_KEY" | sed 's/.* //')
curl -H 'Content-Type: application/json' -H "X-EX-APIKEY: $THEDEX_API_KEY" -H "X-EX-PAYLOAD: $payload" \\
  -H "X-EX-SIGNATURE: $signature" --data '{}' ${url.href}api/v1/balances
`;
}

function printToStdout(text: string): void {
  process.stdout.write(text);
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

// Wall clocks jump when they are set; after a jump of years the wallet would have to make up for every second of it.
function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}

const ignore = () => undefined;
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
