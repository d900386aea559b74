import type { Middleware } from 'koa';
import { ConfigurationError, Findings } from '../config/configuration-error.ts';
import type { Logger } from '../lib/log.ts';
import { lookAtFile } from '../lib/text-file.ts';
import { Passwords, requirePassword } from './basic-auth.ts';
import { limitRate, TokenBucket } from './rate-limit.ts';
import { loadTlsMaterial, type TlsMaterial, type TlsSettings } from './tls-material.ts';
import type { WebConfig } from './web-config-file.ts';

/** Orchestrators ask these without a password, and they tell nothing but whether the process serves. */
const EXEMPT_PATHS = ['/-/healthy', '/-/ready'];

/** How often it is looked at most whether files have changed. */
export const LOOK_EVERY_MS = 10_000;

/** What `--web.config.file` says, in force and read again when it changes. */
export interface WebConfigInForce {
  /** What every request passes first: its headers, rate limit, passwords. */
  readonly guards: readonly Middleware[];
  /** How connections that come in this moment shake hands; `undefined` for plain HTTP. The same until it changes. */
  readonly tls: TlsMaterial | undefined;
  /** For the log line at the start and for `--config.check`; without secrets. */
  readonly summary: Readonly<Record<string, string | number | boolean>>;
  /**
   * Puts the file in force if it, or a file that it names, has changed. It looks every {@link LOOK_EVERY_MS} at most, when
   * a request or a connection comes. Never rejects: what is broken is logged once, and the old stays in force.
   */
  refresh(): Promise<void>;
  /**
   * Reads and checks the file anew; the returned function puts it in force.
   * @throws ConfigurationError, and changes nothing.
   */
  prepareReload(): Promise<() => void>;
  /** Ends the thread that checks passwords. */
  close(): void;
}

/** Who serves it. */
export interface WebConfigOptions {
  readonly log: Logger;
  /** `--web.route-prefix`: '' or such as `/x`. */
  readonly routePrefix: string;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Reads the web configuration with everything that it names.
 *
 * @param path `undefined` for plain HTTP without passwords
 * @throws ConfigurationError with a line for each mistake
 */
export async function openWebConfig(path: string | undefined, options: WebConfigOptions): Promise<WebConfigInForce> {
  if (path === undefined) return plainHttp();
  const attempt = await readAll(path);
  return new WebConfigFile(path, attempt, options);
}

function plainHttp(): WebConfigInForce {
  return {
    guards: [],
    tls: undefined,
    summary: { tls: 'off', password_users: 0 },
    refresh: () => Promise.resolve(),
    prepareReload: () => Promise.resolve(() => {}),
    close: () => {},
  };
}

/** Everything that was read at one time, and what was wrong with it. */
interface Attempt {
  /** The files that were looked at. */
  readonly files: readonly string[];
  /** Changes whenever one of them does. */
  readonly fingerprint: string;
  readonly findings: Findings;
  /** Without a mistake there is one. */
  readonly config: WebConfig | undefined;
  readonly tls: TlsMaterial | undefined;
}

async function readAll(path: string): Promise<Attempt> {
  // Its code, and that of YAML, is loaded with the first read, before the start is done: most need neither.
  const { readWebConfig } = await import('./web-config-file.ts');
  const findings = new Findings();
  // Each file's fingerprint is taken before it is read: a change in between is seen at the next look.
  const own = await fingerprintOf(path);
  const config = await readWebConfig(path, findings);
  const named = pemFilesOf(config?.tls);
  const others = await Promise.all(named.map(fingerprintOf));
  const tls = config?.tls && (await loadTlsMaterial(config.tls, findings));
  return { files: [path, ...named], fingerprint: [own, ...others].join(), findings, config, tls };
}

async function fingerprintOf(path: string): Promise<string> {
  return (await lookAtFile(path)).fingerprint;
}

function pemFilesOf(tls: TlsSettings | undefined): readonly string[] {
  return [tls?.cert, tls?.key, tls?.clientCa].flatMap((source) => source?.path ?? []);
}

class WebConfigFile implements WebConfigInForce {
  readonly guards: readonly Middleware[];
  readonly #path: string;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #passwords = new Passwords();
  #config: WebConfig;
  #tls: TlsMaterial | undefined;
  #bucket: TokenBucket | undefined;
  #lastAttempt: Attempt;
  #lookedAtMs: number;
  #looking: Promise<void> = Promise.resolve();

  /** @throws ConfigurationError if what was read has a mistake */
  constructor(path: string, attempt: Attempt, options: WebConfigOptions) {
    const { log, routePrefix, now = () => performance.now() } = options;
    this.#path = path;
    this.#log = log;
    this.#now = now;
    this.#lookedAtMs = now();
    this.#lastAttempt = attempt;
    this.#config = configOf(attempt);
    this.#putInForce(attempt);
    const exempt = new Set(EXEMPT_PATHS.map((each) => routePrefix + each));
    this.guards = [
      async (ctx, next) => {
        await this.refresh();
        try {
          await next();
        } finally {
          // They win over a route's own, and stand on pages of mistakes as well.
          ctx.set(this.#config.headers);
        }
      },
      limitRate(() => this.#bucket, exempt),
      requirePassword(this.#passwords, exempt),
    ];
  }

  get tls(): TlsMaterial | undefined {
    return this.#tls;
  }

  get summary(): Readonly<Record<string, string | number | boolean>> {
    const { tls, users, rateLimit } = this.#config;
    return {
      tls: tls === undefined ? 'off' : `${tls.minVersion}-${tls.maxVersion}`,
      ...(tls !== undefined && { client_auth_type: tls.clientAuth }),
      password_users: users.size,
      ...(rateLimit !== undefined && { rate_limit: `${rateLimit.burst} and one each ${rateLimit.intervalMs} ms` }),
    };
  }

  refresh(): Promise<void> {
    if (this.#now() - this.#lookedAtMs >= LOOK_EVERY_MS) {
      this.#lookedAtMs = this.#now();
      this.#looking = this.#look();
    }
    return this.#looking;
  }

  async prepareReload(): Promise<() => void> {
    const attempt = await readAll(this.#path);
    attempt.findings.throwIfAny();
    return () => this.#putInForce(attempt);
  }

  close(): void {
    this.#passwords.close();
  }

  async #look(): Promise<void> {
    try {
      const prints = await Promise.all(this.#lastAttempt.files.map(fingerprintOf));
      if (prints.join() === this.#lastAttempt.fingerprint) return;
      const attempt = await readAll(this.#path);
      this.#lastAttempt = attempt;
      attempt.findings.throwIfAny();
      this.#putInForce(attempt);
      this.#log.info('Web configuration reloaded', { file: this.#path, ...this.summary });
    } catch (error) {
      // Also in the middle of a renewal, when one file is there and the other is not yet.
      const problems = error instanceof ConfigurationError ? error.problems.join('; ') : String(error);
      this.#log.error('Web configuration not reloaded, the old one stays in force', { problems });
    }
  }

  #putInForce(attempt: Attempt): void {
    const config = configOf(attempt);
    for (const warning of attempt.findings.warnings) this.#log.warn(warning);
    this.#lastAttempt = attempt;
    this.#config = config;
    this.#tls = attempt.tls;
    this.#bucket = config.rateLimit && new TokenBucket(config.rateLimit, this.#now);
    this.#passwords.setUsers(config.users);
  }
}

function configOf({ config, findings }: Attempt): WebConfig {
  findings.throwIfAny();
  if (config === undefined) throw new Error('the web configuration was neither read nor found wrong');
  return config;
}
