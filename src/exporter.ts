import { setTimeout } from 'node:timers/promises';
import { formatListenAddress } from './config/addresses.ts';
import { fingerprintAccountFolders } from './config/accounts-folder.ts';
import { ConfigurationError } from './config/configuration-error.ts';
import { readConfiguration } from './config/read.ts';
import type { Configuration, Settings, SettingsSources } from './config/settings.ts';
import { summarize } from './config/summary.ts';
import type { ProgramInfo } from './landing/page.tsx';
import type { Logger } from './lib/log.ts';
import { lookAtFile } from './lib/text-file.ts';
import { AccountSet } from './scrape/accounts.ts';
import { OwnMetrics, type BuildInfo } from './scrape/own-metrics.ts';
import { createNonceBody, emptyBody } from './thedex/signature.ts';
import type { Serving } from './web/app.ts';
import type { WebConfigInForce } from './web/web-config.ts';

const DOCUMENTATION_URL = 'https://github.com/thedex-exporter/thedex-exporter/blob/main/docs';

/** What an exporter is started with. */
export interface ExporterOptions {
  readonly settings: Settings;
  /** What a reload reads anew. */
  readonly sources: SettingsSources;
  readonly web: WebConfigInForce;
  readonly build: BuildInfo;
  readonly log: Logger;
}

/** The configuration in force and the accounts that it makes; a reload replaces both at once, or neither. */
export class Exporter implements Serving {
  state: Serving['state'] = 'starting';
  accounts: Serving['accounts'];
  readonly deadline: Serving['deadline'];
  readonly metrics: OwnMetrics;
  readonly #options: ExporterOptions;
  readonly #accounts: AccountSet;
  #configuration: Configuration;
  #info: ProgramInfo | undefined;
  #underWay: Promise<void> | undefined;
  #waiting: Promise<void> | undefined;

  /** @param configuration the accounts that it begins with: those of the settings, or the sandbox's */
  constructor(options: ExporterOptions, configuration: Configuration) {
    const { settings, build, log } = options;
    this.#options = options;
    this.metrics = new OwnMetrics(build);
    this.#accounts = new AccountSet({
      metrics: this.metrics,
      log,
      makeBody: settings.gateway.legacyNonce ? createNonceBody() : emptyBody,
      userAgent: `thedex-exporter/${build.version}`,
    });
    this.#accounts.apply(configuration);
    this.accounts = this.#accounts.accounts;
    this.deadline = configuration.gateway;
    this.#configuration = configuration;
    this.metrics.recordReload(true, Date.now());
  }

  /** What the landing page and the log say of the program; made when it is asked for, since there may be thousands of accounts. */
  get info(): ProgramInfo {
    this.#info ??= this.#describe();
    return this.#info;
  }

  /**
   * Reads configuration, secrets and web configuration anew. Those that ask while a reload is under way share the one
   * after it.
   * @throws ConfigurationError if there is a mistake; everything old stays in force
   */
  reload(): Promise<void> {
    if (this.#underWay === undefined) return this.#begin();
    const begin = () => {
      this.#waiting = undefined;
      return this.#begin();
    };
    this.#waiting ??= this.#underWay.then(begin, begin);
    return this.#waiting;
  }

  /** Reloads whenever what the configuration was read from has changed, until the process ends. */
  async watch(everyMs: number): Promise<void> {
    let seen = await this.#look();
    for (;;) {
      await setTimeout(everyMs, undefined, { ref: false });
      const look = await this.#look();
      if (look === seen) continue;
      seen = look;
      await this.reload().catch(() => {});
    }
  }

  /** Ends what is open, once the scrapes in flight have been answered. */
  close(): Promise<void> {
    this.#options.web.close();
    return this.#accounts.close();
  }

  /** A text that is another one whenever what the configuration was read from has changed. */
  async #look(): Promise<string> {
    const { files = [], accountsDir } = this.#configuration.readFrom ?? {};
    const looks = await Promise.all(files.map(async (file) => (await lookAtFile(file)).fingerprint));
    return [...looks, ...(accountsDir === undefined ? [] : [await fingerprintAccountFolders(accountsDir)])].join('\n');
  }

  #begin(): Promise<void> {
    this.#underWay = this.#reload().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async #reload(): Promise<void> {
    const { sources, web, log } = this.#options;
    try {
      const [configuration, putInForce] = await bothOrAllProblems(readConfiguration(sources), web.prepareReload());
      for (const warning of configuration.warnings) log.warn(warning);
      const changes = this.#accounts.apply(configuration);
      putInForce();
      this.accounts = this.#accounts.accounts;
      this.#configuration = configuration;
      this.#info = undefined;
      this.metrics.recordReload(true, Date.now());
      log.info('The configuration was reloaded', { ...changes });
    } catch (error) {
      this.metrics.recordReload(false, Date.now());
      const problems = error instanceof ConfigurationError ? error.problems : [String(error)];
      for (const err of problems) log.error('The configuration was not reloaded, the old one stays in force', { err });
      throw error;
    }
  }

  #describe(): ProgramInfo {
    const { settings, web, build } = this.#options;
    const [address] = settings.web.listenAddresses;
    return {
      ...build,
      telemetryPath: settings.web.telemetryPath,
      routePrefix: settings.web.routePrefix,
      documentationUrl: DOCUMENTATION_URL,
      configuration: summarize({ ...settings, ...this.#configuration }, web.summary),
      listenAddress: address === undefined ? '' : formatListenAddress(address),
    };
  }
}

/** @throws ConfigurationError with the problems of both */
async function bothOrAllProblems<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const settled = await Promise.allSettled([first, second]);
  const errors: unknown[] = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  if (errors.length === 2 && errors.every((error) => error instanceof ConfigurationError)) {
    throw new ConfigurationError(errors.flatMap((error) => error.problems));
  }
  return Promise.all([first, second]);
}
