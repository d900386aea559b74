import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { AccountSettings } from '../config/settings.ts';
import { renderSnapshot } from './metrics.ts';
import type { ExpositionFormat, OwnMetrics } from './own-metrics.ts';
import type { Snapshot } from './scrape.ts';

/** What stands on a page of metrics. */
export interface PageContent {
  /** What an account's scrape found; `undefined` for the exporter alone. */
  readonly scraped: { readonly snapshot: Snapshot; readonly settings: AccountSettings } | undefined;
  /** The exporter's own metrics, if they belong on it. */
  readonly own: OwnMetrics | undefined;
}

/** Which form of a page a client asked for. */
export interface PageVariant {
  readonly format: ExpositionFormat;
  readonly gzip: boolean;
}

/** A page ready to be sent. */
export interface Page {
  readonly bytes: Buffer;
  /** Gives the page back once it was sent, or will not be: its bytes are used again. To be called once. */
  readonly release: () => void;
}

// Other work gets its turn whenever so many letters of a page are written; 5,000 currencies are a mebibyte.
const PAUSE_LENGTH = 512 * 1024;

// The fastest level: it makes a tenth of a page, and a better one costs more time than the bytes it saves.
const GZIP_LEVEL = 1;
const compress = promisify(gzip);

/**
 * Makes pages of snapshots. Scrapes that were given the same snapshot share one rendering of it, so that a page costs
 * once however many wait for it. Pages are written into buffers that are used again: fresh memory of this size costs
 * more than the writing.
 */
export class Pages {
  readonly #buffers = new BufferPool();
  readonly #shared = new WeakMap<Snapshot, Map<string, SharedPage>>();

  async render(content: PageContent, variant: PageVariant): Promise<Page> {
    const { scraped } = content;
    const known = scraped && this.#shared.get(scraped.snapshot);
    const pages = known ?? new Map<string, SharedPage>();
    if (scraped && known === undefined) this.#shared.set(scraped.snapshot, pages);
    const key = `${variant.format} ${variant.gzip}`;
    const page = pages.get(key) ?? { made: this.#make(content, variant), users: 0 };
    pages.set(key, page);
    page.users += 1;
    const { bytes, buffer } = await page.made;
    return {
      bytes,
      release: () => {
        page.users -= 1;
        if (page.users > 0) return;
        pages.delete(key);
        if (buffer !== undefined) this.#buffers.give(buffer);
      },
    };
  }

  async #make({ scraped, own }: PageContent, { format, gzip: isCompressed }: PageVariant): Promise<MadePage> {
    const ownText = await own?.render(format);
    const writer = new PageWriter(this.#buffers.take());
    let unpaused = 0;
    for (const slice of scraped ? renderSnapshot(scraped.snapshot, scraped.settings) : []) {
      writer.write(slice);
      unpaused += slice.length;
      if (unpaused < PAUSE_LENGTH) continue;
      unpaused = 0;
      await setImmediate();
    }
    if (ownText !== undefined) writer.write(ownText);
    if (format === 'openmetrics') writer.write('# EOF\n');
    const { buffer, length } = writer;
    const bytes = buffer.subarray(0, length);
    if (!isCompressed) return { bytes, buffer };
    const compressed = await compress(bytes, { level: GZIP_LEVEL });
    this.#buffers.give(buffer);
    return { bytes: compressed, buffer: undefined };
  }
}

interface MadePage {
  readonly bytes: Buffer;
  /** The buffer that the bytes are the beginning of, if it is one of the pool. */
  readonly buffer: Buffer | undefined;
}

interface SharedPage {
  readonly made: Promise<MadePage>;
  users: number;
}

/** A letter takes three bytes of UTF-8 at most, by the units that a string's length counts. */
const MAX_UNIT_BYTES = 3;

/** Writes text into a buffer, and into a greater one when that is full. */
class PageWriter {
  buffer: Buffer;
  length = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  write(text: string): void {
    const needed = this.length + text.length * MAX_UNIT_BYTES;
    if (needed > this.buffer.length) {
      const full = this.buffer;
      this.buffer = Buffer.allocUnsafeSlow(Math.max(needed, 2 * full.length));
      full.copy(this.buffer, 0, 0, this.length);
    }
    this.length += this.buffer.write(text, this.length);
  }
}

/** Enough for dozens of currencies. */
const FIRST_BUFFER_BYTES = 32 * 1024;
/** What is kept for later pages, in all: enough for ten pages of 5,000 currencies at once. */
const MAX_FREE_BYTES = 16 * 1024 * 1024;

/** Buffers that wait for their next page. */
class BufferPool {
  readonly #free: Buffer[] = [];
  #freeBytes = 0;

  take(): Buffer {
    const buffer = this.#free.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
    this.#freeBytes -= buffer.length;
    return buffer;
  }

  give(buffer: Buffer): void {
    if (this.#freeBytes + buffer.length > MAX_FREE_BYTES) return;
    this.#free.push(buffer);
    this.#freeBytes += buffer.length;
  }
}

/** Prometheus sends five. */
const MAX_RANGES = 100;

/**
 * The exposition format that an `Accept` header prefers: OpenMetrics where its 1.0.0 is named with a higher quality than
 * the text format, and the text format otherwise. Parameters that Prometheus adds, such as `escaping`, do not matter.
 * (Koa's negotiation compares all parameters, and so refuses what Prometheus 3 sends.)
 */
export function negotiateFormat(accept: string): ExpositionFormat {
  const qualities: Record<string, number | undefined> = {};
  for (const range of accept.toLowerCase().split(',', MAX_RANGES)) {
    const type = range.split(';', 1)[0]?.trim() ?? '';
    const version = /;\s*version="?([^";\s]*)/.exec(range)?.[1];
    if (version !== undefined && version !== (type === OPENMETRICS ? '1.0.0' : '0.0.4')) continue;
    const quality = Number(/;\s*q=([^;]*)/.exec(range)?.[1] ?? 1);
    const valid = quality >= 0 && quality <= 1 ? quality : 0;
    qualities[type] = Math.max(qualities[type] ?? 0, valid);
  }
  // The range that says most about text decides.
  const text = qualities['text/plain'] ?? qualities['text/*'] ?? qualities['*/*'] ?? 0;
  return (qualities[OPENMETRICS] ?? 0) > text ? 'openmetrics' : 'text';
}

const OPENMETRICS = 'application/openmetrics-text';
