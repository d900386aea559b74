import type { LogFields, Logger } from '../lib/log.ts';
import type { EndpointName } from '../thedex/endpoint.ts';
import type { Entries } from '../thedex/entries.ts';
import type { Outcome } from './snapshot.ts';

// Enough to recognise what is wrong; an answer may hold thousands of names.
const MAX_NAMES = 10;
const MAX_NAME_LENGTH = 64;

/** Says in the log what became of each read: a failure every time, everything else once per change. */
export class ScrapeLog {
  readonly #log: Logger;
  readonly #account: string;
  readonly #invalid = new Map<EndpointName, string>();
  readonly #failing = new Set<EndpointName>();

  constructor(log: Logger, account: string) {
    this.#log = log;
    this.#account = account;
  }

  /** @param error what the collector threw, if the outcome is a failure. */
  recordOutcome(collector: EndpointName, outcome: Outcome<unknown>, error: unknown): void {
    const fields: LogFields = {
      account: this.#account,
      collector,
      duration: `${outcome.durationSeconds.toFixed(3)}s`,
    };
    if (!outcome.ok) {
      this.#failing.add(collector);
      this.#recordFailure({ ...fields, reason: outcome.reason }, error);
      return;
    }
    if (this.#failing.delete(collector)) this.#log.info('Reading succeeds again', fields);
    else this.#log.debug('Read', fields);
    this.#recordInvalid(collector, (outcome.value as Entries<unknown>).invalid);
  }

  #recordFailure(fields: LogFields, error: unknown): void {
    if (fields['reason'] !== 'internal') {
      this.#log.warn('Reading failed', { ...fields, err: error instanceof Error ? error.message : undefined });
      return;
    }
    // A defect of this program: the stack tells where. It holds names of functions, and no values.
    const stack = error instanceof Error ? error.stack : undefined;
    this.#log.error('Reading failed by a defect of the exporter', { ...fields, stack: stack ?? String(error) });
  }

  #recordInvalid(collector: EndpointName, names: readonly string[]): void {
    const shown = names.map((name) => name.slice(0, MAX_NAME_LENGTH)).toSorted();
    const key = JSON.stringify(shown);
    if (key === (this.#invalid.get(collector) ?? '[]')) return;
    this.#invalid.set(collector, key);
    const fields: LogFields = { account: this.#account, collector, count: names.length };
    if (names.length === 0) {
      this.#log.info('All entries of the answer are understood again', fields);
      return;
    }
    const more = shown.length > MAX_NAMES ? ` and ${shown.length - MAX_NAMES} more` : '';
    const entries = `${shown.slice(0, MAX_NAMES).join(', ')}${more}`;
    this.#log.warn('Entries of the answer are not understood and left out', { ...fields, entries });
  }
}
