import type { SecureContext } from 'node:tls';
import type { AccountSettings, Accounts, Configuration } from '../config/settings.ts';
import type { Logger } from '../lib/log.ts';
import { openGateway, type Gateway } from '../thedex/client.ts';
import { createSecureContext } from '../thedex/connection.ts';
import type { BodyMaker } from '../thedex/signature.ts';
import { Account, type Target } from './account.ts';
import type { OwnMetrics } from './own-metrics.ts';

/** What all accounts have in common, for as long as the process lives. */
export interface AccountSetOptions {
  readonly metrics: OwnMetrics;
  readonly log: Logger;
  readonly makeBody: BodyMaker;
  readonly userAgent: string;
}

/** How many accounts a reload brought and took. */
export interface AccountChanges {
  readonly accounts: number;
  readonly added: number;
  readonly removed: number;
}

/** The accounts in force, and the gateways that they ask; accounts of one gateway share its connections. */
export class AccountSet {
  readonly #options: AccountSetOptions;
  #accounts: Accounts<Account> = { default: undefined, named: new Map() };
  #gateways: ReadonlyMap<string, Gateway> = new Map();
  #trust: { readonly ca: string | undefined; readonly context: SecureContext | undefined } = {
    ca: undefined,
    context: undefined,
  };

  constructor(options: AccountSetOptions) {
    this.#options = options;
  }

  get accounts(): Accounts<Account> {
    return this.#accounts;
  }

  /** All accounts, the default one first. */
  get all(): readonly Account[] {
    const { default: own, named } = this.#accounts;
    return own === undefined ? [...named.values()] : [own, ...named.values()];
  }

  /**
   * Puts a configuration in force, all at once. An account that there was before, by its name, keeps its history; what
   * only the old configuration held ends once its scrapes have been answered.
   */
  apply(configuration: Configuration): AccountChanges {
    const { accounts, gateway: scraping } = configuration;
    const before = this.all;
    const gatewaysBefore = this.#gateways;
    const isTrustTheSame = scraping.ca === this.#trust.ca;
    if (!isTrustTheSame) this.#trust = { ca: scraping.ca, context: createSecureContext(scraping.ca) };
    const gateways = new Map<string, Gateway>();
    const targetOf = (settings: AccountSettings): Target => {
      const { url } = settings;
      // A URL has one proxy for as long as the process lives.
      const known = gateways.get(url.href) ?? (isTrustTheSame ? gatewaysBefore.get(url.href) : undefined);
      const { makeBody, userAgent } = this.#options;
      const proxy = scraping.proxyFor(url);
      const gateway = known ?? openGateway({ url, proxy, secureContext: this.#trust.context, makeBody, userAgent });
      gateways.set(url.href, gateway);
      return { settings, gateway, scraping };
    };
    const take = (settings: AccountSettings, earlier: Account | undefined): Account => {
      const target = targetOf(settings);
      if (earlier === undefined) return new Account(target, this.#options.metrics, this.#options.log);
      earlier.update(target);
      return earlier;
    };
    const named = new Map<string, Account>();
    for (const [name, settings] of accounts.named) named.set(name, take(settings, this.#accounts.named.get(name)));
    this.#accounts = { default: accounts.default && take(accounts.default, this.#accounts.default), named };
    this.#gateways = gateways;
    const kept = new Set(this.all);
    const removed = before.filter((account) => !kept.has(account));
    const inUse = new Set(gateways.values());
    const unused = [...gatewaysBefore.values()].filter((gateway) => !inUse.has(gateway));
    void closeWhenIdle(removed, unused);
    return {
      accounts: kept.size,
      added: kept.size - (before.length - removed.length),
      removed: removed.length,
    };
  }

  /** Ends what is open, once the scrapes in flight have been answered. */
  close(): Promise<void> {
    return closeWhenIdle(this.all, [...this.#gateways.values()]);
  }
}

async function closeWhenIdle(accounts: readonly Account[], gateways: readonly Gateway[]): Promise<void> {
  await Promise.all(accounts.map((account) => account.idle()));
  for (const gateway of gateways) gateway.close();
}
