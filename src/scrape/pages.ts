import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Registry } from 'prom-client';
import type { Account } from './account.ts';
import { createPageRegistry, type ExpositionFormat } from './exposition.ts';
import { renderSnapshot } from './render-snapshot.ts';
import type { Snapshot } from './snapshot.ts';

/** Which form of a page a client asked for. */
export interface PageVariant {
  readonly format: ExpositionFormat;
  readonly gzip: boolean;
}

/** A page as it is sent: text, or bytes if it is compressed. */
export type Page = string | Buffer;

// The fastest level: it makes a tenth of a page, and a better one costs more time than the bytes it saves.
const GZIP_LEVEL = 1;
const compress = promisify(gzip);

/**
 * Makes pages of snapshots. Scrapes that were given the same snapshot share one rendering of it, so that a page costs
 * once however many wait for it.
 */
export class PageRenderer {
  readonly #own: Registry | undefined;
  readonly #rendered = new WeakMap<Snapshot, Map<string, Promise<Page>>>();

  /** @param own the exporter's own metrics, if they belong on these pages. */
  constructor(own: Registry | undefined) {
    this.#own = own;
  }

  /** The page of one scrape of an account, or of the exporter alone if no account is given. */
  render(scraped: { account: Account; snapshot: Snapshot } | undefined, variant: PageVariant): Promise<Page> {
    if (scraped === undefined) return this.#make(undefined, variant);
    const variants = this.#variantsOf(scraped.snapshot);
    const key = `${variant.format} ${variant.gzip}`;
    const rendered = variants.get(key) ?? this.#make(scraped, variant);
    variants.set(key, rendered);
    return rendered;
  }

  #variantsOf(snapshot: Snapshot): Map<string, Promise<Page>> {
    const variants = this.#rendered.get(snapshot) ?? new Map<string, Promise<Page>>();
    this.#rendered.set(snapshot, variants);
    return variants;
  }

  async #make(scraped: { account: Account; snapshot: Snapshot } | undefined, variant: PageVariant): Promise<Page> {
    const blocks = scraped === undefined ? [] : renderSnapshot(scraped.snapshot, scraped.account.settings);
    const page = await createPageRegistry(blocks, this.#own).render(variant.format);
    return variant.gzip ? compress(page, { level: GZIP_LEVEL }) : page;
  }
}
