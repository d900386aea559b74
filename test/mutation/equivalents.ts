/** A mutant that no test can notice, because it means the same; each with the reason why. */
export interface Equivalent {
  readonly file: string;
  /** As `npm run mutate` prints it, after the line's number. */
  readonly what: string;
  readonly why: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'src/lib/decimal.ts',
    what: 'if (text.length <= MAX_DIGITS && PLAIN.test(text)) return true; -> if (text.length < MAX_DIGITS && PLAIN.test(text)) return true;',
    why: 'The general way comes to the same; this one only spares time.',
  },
  {
    file: 'src/lib/decimal.ts',
    what: 'if (text.length <= MAX_DIGITS && PLAIN.test(text)) return true; -> if (false && text.length <= MAX_DIGITS && PLAIN.test(text)) return true;',
    why: 'The general way comes to the same; this one only spares time.',
  },
  {
    file: 'src/lib/decimal.ts',
    what: 'return match !== null && countDigits(text) <= MAX_DIGITS && Math.abs(Number(match[1] ?? 0)) <= MAX_EXPONENT; -> return match !== null && countDigits(text) <= MAX_DIGITS && Math.abs(Number(match[1] ?? 77)) <= MAX_EXPONENT;',
    why: 'Without an exponent, any number that is allowed as one will do.',
  },
  {
    file: 'src/lib/decimal.ts',
    what: 'return at < 0 -> return at <= 0',
    why: 'No decimal begins with an exponent.',
  },
  {
    file: 'src/lib/decimal.ts',
    what: "if (JAVA_ZERO.test(text)) return '0'; -> if (false && JAVA_ZERO.test(text)) return '0';",
    why: 'The general way comes to the same; this one only spares time.',
  },
  {
    file: 'src/lib/decimal.ts',
    what: 'return places >= 0 ? { units, places } : { units: units * 10n ** BigInt(-places), places: 0 }; -> return places > 0 ? { units, places } : { units: units * 10n ** BigInt(-places), places: 0 };',
    why: 'Without places, the units are multiplied by one.',
  },
  {
    file: 'src/lib/decimal.ts',
    what: 'const digits = String(units < 0n ? -units : units); -> const digits = String(units <= 0n ? -units : units);',
    why: 'Zero is its own negative.',
  },
  {
    file: 'src/lib/decimal.ts',
    what: "const digits = String(units < 0n ? -units : units).padStart(places + 1, '0'); -> const digits = String(units <= 0n ? -units : units).padStart(places + 1, '0');",
    why: 'Zero is its own negative.',
  },
  {
    file: 'src/lib/decimal.ts',
    what: "return `${sign}${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${Math.abs(power)}`; -> return `${sign}${digits[0]}${fraction}e${power <= 0 ? '-' : '+'}${Math.abs(power)}`;",
    why: 'A power of zero is written without an exponent.',
  },
  {
    file: 'src/thedex/answers.ts',
    what: 'this.#added += 1; -> this.#added -= 1;',
    why: 'Only every 64th counts, in whichever direction.',
  },
  {
    file: 'src/thedex/answers.ts',
    what: 'this.#added += 1; -> this.#added += 77;',
    why: '64 and 77 have no divisor in common, so that every 64th is a multiple, too.',
  },
  {
    file: 'src/thedex/answers.ts',
    what: 'else if (earlier === undefined) this.#entries.set(name, entry); -> else if (true || earlier === undefined) this.#entries.set(name, entry);',
    why: 'An entry takes the place of its equal.',
  },
  {
    file: 'src/thedex/client.ts',
    what: 'const HINT_WAIT_MS = 250; -> const HINT_WAIT_MS = 77;',
    why: 'Another choice of how long a hint is worth waiting for.',
  },
  {
    file: 'src/thedex/client.ts',
    what: 'if (error instanceof TheDexError) throw error; -> if (false && error instanceof TheDexError) throw error;',
    why: 'What did not go wrong on the wire comes back from its classification as it is.',
  },
  {
    file: 'src/thedex/client.ts',
    what: 'clearTimeout(timer); -> ;',
    why: 'A body that was read to its end is not harmed by being destroyed.',
  },
  {
    file: 'src/thedex/client.ts',
    what: 'for (let at = 0; at < text.length; at += 1) { -> for (let at = 0; at <= text.length; at += 1) {',
    why: 'Behind its end, a text holds no sign that is counted.',
  },
  {
    file: 'src/scrape/scrape.ts',
    what: 'const MIN_REMAINING_MS = 50; -> const MIN_REMAINING_MS = 77;',
    why: 'Another choice of how little time is not enough.',
  },
  {
    file: 'src/scrape/scrape.ts',
    what: 'if (wasCut && scrape.deadlineMs - performance.now() > MIN_REMAINING_MS) return undefined; -> if (wasCut && scrape.deadlineMs - performance.now() >= MIN_REMAINING_MS) return undefined;',
    why: 'A moment of no length lies between the two.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'const refusal = this.#refused.size === 0 ? undefined : this.#refusalOf(name); -> const refusal = this.#refused.size === 77 ? undefined : this.#refusalOf(name);',
    why: 'Where nothing was refused, looking finds nothing.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'if (this.#request === request) this.#request = undefined; -> if (false && this.#request === request) this.#request = undefined;',
    why: 'A request that has ended is joined by nobody; it only stays in memory.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'if (remainingMs <= 0) this.#refused.delete(subject); -> if (remainingMs < 0) this.#refused.delete(subject);',
    why: 'A moment of no length lies between the two.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'if (this.settings.thresholds.length > 0 || this.#said.size > 0) this.#logUnusedThresholds(); -> if (this.settings.thresholds.length >= 0 || this.#said.size > 0) this.#logUnusedThresholds();',
    why: 'Where nothing was said and no threshold is set, there is nothing to say; this only spares time.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'if (this.settings.thresholds.length > 0 || this.#said.size > 0) this.#logUnusedThresholds(); -> if (this.settings.thresholds.length > 0 || this.#said.size >= 0) this.#logUnusedThresholds();',
    why: 'Where nothing was said and no threshold is set, there is nothing to say; this only spares time.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'if (this.settings.thresholds.length > 0 || this.#said.size > 0) this.#logUnusedThresholds(); -> if (true || this.settings.thresholds.length > 0 || this.#said.size > 0) this.#logUnusedThresholds();',
    why: 'Where nothing was said and no threshold is set, there is nothing to say; this only spares time.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'if (this.#said.size === 0 && invalid.length === 0) return; -> if (false && this.#said.size === 0 && invalid.length === 0) return;',
    why: 'The general way comes to the same; this one only spares time.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'if (this.#said.size === 0 && invalid.length === 0) return; -> if (this.#said.size === 77 && invalid.length === 0) return;',
    why: 'The general way comes to the same; this one only spares time.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'const MAX_SORTED_NAMES = 1_000; -> const MAX_SORTED_NAMES = 77;',
    why: 'Another choice of how many names are worth sorting.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'const listed = names.length > MAX_SORTED_NAMES ? names : names.toSorted(); -> const listed = names.length >= MAX_SORTED_NAMES ? names : names.toSorted();',
    why: 'Another choice of how many names are worth sorting, by one.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'if (thresholds.length === 0 || balances?.ok !== true) return []; -> if (false && thresholds.length === 0 || balances?.ok !== true) return [];',
    why: 'Without thresholds, looking finds none that is unused.',
  },
  {
    file: 'src/scrape/account.ts',
    what: 'if (thresholds.length === 0 || balances?.ok !== true) return []; -> if (thresholds.length === 77 || balances?.ok !== true) return [];',
    why: 'Without thresholds, looking finds none that is unused.',
  },
  {
    file: 'src/scrape/metrics.ts',
    what: 'if (text.length < SLICE_LENGTH) continue; -> if (text.length <= SLICE_LENGTH) continue;',
    why: 'Another choice of a length, by one letter.',
  },
  {
    file: 'src/scrape/metrics.ts',
    what: 'if (known !== undefined) return known; -> if (false && known !== undefined) return known;',
    why: 'What is rendered anew is the same; keeping it spares time.',
  },
  {
    file: 'src/scrape/metrics.ts',
    what: 'renderedSettings.set(settings, text); -> ;',
    why: 'What is rendered anew is the same; keeping it spares time.',
  },
  {
    file: 'src/scrape/metrics.ts',
    what: 'if (!NEEDS_ESCAPE.test(value)) return value; -> if (false && !NEEDS_ESCAPE.test(value)) return value;',
    why: 'The general way comes to the same; this one only spares time.',
  },
  {
    file: 'src/scrape/accounts.ts',
    what: 'if (!isTrustTheSame) this.#trust = { ca: scraping.ca, context: createSecureContext(scraping.ca) }; -> if (true || !isTrustTheSame) this.#trust = { ca: scraping.ca, context: createSecureContext(scraping.ca) };',
    why: 'A context of the same certificates trusts the same; keeping it spares time and memory.',
  },
  {
    file: 'src/web/app.ts',
    what: 'if (gone.aborted) return; -> if (false && gone.aborted) return;',
    why: 'A page that is made for a client that has gone reaches nobody; not making it spares time.',
  },
  {
    file: 'src/web/app.ts',
    what: "ctx.res.once('close', page.release); -> ;",
    why: 'A buffer that is not given back is one for the collector of garbage; using it again spares time.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'const PAUSE_LENGTH = 512 * 1024; -> const PAUSE_LENGTH = 77 * 1024;',
    why: 'Another choice of a length.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'const PAUSE_LENGTH = 512 * 1024; -> const PAUSE_LENGTH = 512 * 77;',
    why: 'Another choice of a length.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'let unpaused = 0; -> let unpaused = 77;',
    why: 'Another choice of a length, by some letters.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'if (unpaused < PAUSE_LENGTH) continue; -> if (unpaused <= PAUSE_LENGTH) continue;',
    why: 'Another choice of a length, by one letter.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'unpaused = 0; -> unpaused = 77;',
    why: 'Another choice of a length, by some letters.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'const MAX_UNIT_BYTES = 3; -> const MAX_UNIT_BYTES = 77;',
    why: 'A greater buffer than is needed holds the same page.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'if (needed > this.buffer.length) { -> if (needed >= this.buffer.length) {',
    why: 'A greater buffer than is needed holds the same page.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'this.buffer = Buffer.allocUnsafeSlow(Math.max(needed, 2 * full.length)); -> this.buffer = Buffer.allocUnsafeSlow(Math.max(needed, 2 / full.length));',
    why: 'A buffer that grows more often holds the same page.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'const FIRST_BUFFER_BYTES = 32 * 1024; -> const FIRST_BUFFER_BYTES = 32 / 1024;',
    why: 'Another choice of a length.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'const FIRST_BUFFER_BYTES = 32 * 1024; -> const FIRST_BUFFER_BYTES = 77 * 1024;',
    why: 'Another choice of a length.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'const FIRST_BUFFER_BYTES = 32 * 1024; -> const FIRST_BUFFER_BYTES = 32 * 77;',
    why: 'Another choice of a length.',
  },
  {
    file: 'src/scrape/page.ts',
    what: '#freeBytes = 0; -> #freeBytes = 77;',
    why: 'Another choice of a length, by some bytes.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'if (this.#freeBytes + buffer.length > MAX_FREE_BYTES) return; -> if (this.#freeBytes + buffer.length >= MAX_FREE_BYTES) return;',
    why: 'Another choice of a length, by one byte.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'const MAX_RANGES = 100; -> const MAX_RANGES = 77;',
    why: 'Another choice of a bound that no client comes near.',
  },
  {
    file: 'src/scrape/page.ts',
    what: "const type = range.split(';', 1)[0]?.trim() ?? ''; -> const type = range.split(';', 77)[0]?.trim() ?? '';",
    why: 'What stands before the first of them is the same.',
  },
  {
    file: 'src/scrape/page.ts',
    what: 'const valid = quality >= 0 && quality <= 1 ? quality : 0; -> const valid = quality > 0 && quality <= 1 ? quality : 0;',
    why: 'A quality of 0 is 0 either way.',
  },
];
