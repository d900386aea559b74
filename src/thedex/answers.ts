import { canonicalDecimal, equalDecimals, subtractExactly } from '../lib/decimal.ts';
import { InvalidResponseError } from './errors.ts';

/** Says whether a name holds a key, a secret, a signature or a payload of the request, and so must not be shown. */
export type IsForbiddenName = (name: string) => boolean;

/** One read of the API: where it is asked, and how its answer is understood. */
export interface Endpoint<T> {
  /** The collector's name in labels. */
  readonly name: EndpointName;
  /** Path below the gateway's URL. */
  readonly path: string;
  /**
   * Understands the answer's JSON. What is not understood is left out and named.
   * @throws InvalidResponseError if it is none of the accepted shapes, or not empty without a valid entry.
   */
  readonly parse: (json: unknown, isForbiddenName: IsForbiddenName) => T;
  /** The same in small steps, between which other work can be done: an answer may hold tens of thousands of entries. */
  readonly parseInSteps: (json: unknown, isForbiddenName: IsForbiddenName) => Steps<T>;
}

/** Work that pauses at times and ends with a value. */
export type Steps<T> = Generator<undefined, T, undefined>;

const ENTRIES_OF_A_STEP = 64;

function defineEndpoint<T>(name: EndpointName, path: string, parseInSteps: Endpoint<T>['parseInSteps']): Endpoint<T> {
  return {
    name,
    path,
    parseInSteps,
    parse: (json, isForbiddenName) => {
      const steps = parseInSteps(json, isForbiddenName);
      for (;;) {
        const step = steps.next();
        if (step.done === true) return step.value;
      }
    },
  };
}

export const ENDPOINT_NAMES = ['balances', 'rates', 'payout_limits'] as const;
export type EndpointName = (typeof ENDPOINT_NAMES)[number];

/** What an answer held: what was understood, and the names of what was not and is left out. */
export interface Entries<T> {
  readonly valid: readonly T[];
  /** One name for each entry; entries without a name that may be shown have a text in parentheses. */
  readonly invalid: readonly string[];
}

/** One currency's balance; amounts are decimal text in units of the currency, exact as the gateway gave them. */
export interface Balance {
  readonly currency: string;
  readonly total: string;
  /** Kept temporarily, until it is unlocked. */
  readonly hold: string;
  /** Can be withdrawn. */
  readonly available: string;
  /** total - hold - available, exact; `0` when the gateway's books agree. */
  readonly discrepancy: string;
}
export type Balances = Entries<Balance>;

/** The gateway's own exchange rate: units of the fiat currency for one unit of the currency, as decimal text. */
export interface ExchangeRate {
  readonly currency: string;
  readonly fiat: string;
  readonly rate: string;
}
export type ExchangeRates = Entries<ExchangeRate>;

/** The smallest payout that the gateway makes, as decimal text in units of the currency. */
export interface PayoutLimit {
  readonly currency: string;
  readonly minimum: string;
}
export type PayoutLimits = Entries<PayoutLimit>;

/** All balances of all merchants of the key's user. */
export const BALANCES = defineEndpoint('balances', '/api/v1/balances', parseBalances);

/** The gateway's exchange rates. */
export const RATES = defineEndpoint('rates', '/api/v1/info/user/currencies/crypto', parseRates);

/** The smallest payout of each currency. */
export const PAYOUT_LIMITS = defineEndpoint('payout_limits', '/api/v1/info/payout/limit/crypto', parsePayoutLimits);

// A list of maps with one currency each, a list with one map of many, or a bare map: the documentation's sample is not
// valid JSON and can be read in each of these ways.
function* parseBalances(json: unknown, isForbiddenName: IsForbiddenName): Steps<Balances> {
  const found = new EntryCollection<Balance>(haveEqualAmounts, isForbiddenName);
  let looksLikeBalances = false;
  for (const map of listOfMaps(json)) {
    if (!isMap(map)) {
      found.add(undefined, undefined);
      continue;
    }
    for (const currency of Object.keys(map)) {
      const fields = map[currency];
      looksLikeBalances ||= hasBalanceField(fields);
      found.add(currency, balanceOf(currency, fields));
      if (found.isStepDone) yield;
    }
  }
  return found.result(looksLikeBalances ? 'no entry of the answer is a balance' : undefined, 'balances');
}

function listOfMaps(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  if (isMap(json)) return [json];
  throw new InvalidResponseError('the answer is JSON, but neither a list nor a map');
}

function hasBalanceField(fields: unknown): boolean {
  return isMap(fields) && ('totalBalance' in fields || 'holdBalance' in fields || 'availableBalance' in fields);
}

function balanceOf(currency: string, fields: unknown): Balance | undefined {
  if (!isMap(fields)) return undefined;
  const total = amountOf(fields['totalBalance']);
  const hold = amountOf(fields['holdBalance']);
  const available = amountOf(fields['availableBalance']);
  if (total === undefined || hold === undefined || available === undefined) return undefined;
  return { currency, total, hold, available, discrepancy: subtractExactly(total, hold, available) };
}

function haveEqualAmounts(a: Balance, b: Balance): boolean {
  return equalDecimals(a.total, b.total) && equalDecimals(a.hold, b.hold) && equalDecimals(a.available, b.available);
}

function* parseRates(json: unknown, isForbiddenName: IsForbiddenName): Steps<ExchangeRates> {
  const found = new EntryCollection<ExchangeRate>((a, b) => equalDecimals(a.rate, b.rate), isForbiddenName);
  for (const item of listIn(json)) {
    const currency = nameIn(item, 'monetary');
    const rates: unknown = isMap(item) ? item['rates'] : undefined;
    if (currency === undefined || !Array.isArray(rates)) {
      found.add(currency, undefined);
      continue;
    }
    for (const each of rates) {
      const fiat = nameIn(each, 'fiatCurrency');
      const rate = isMap(each) ? amountOf(each['rate']) : undefined;
      // A list of two names has one JSON text and no other pair has the same, whatever the names hold.
      const name = JSON.stringify([currency, fiat]);
      found.add(name, fiat === undefined || rate === undefined ? undefined : { currency, fiat, rate });
      if (found.isStepDone) yield;
    }
  }
  return found.result(undefined, 'exchange rates');
}

function* parsePayoutLimits(json: unknown, isForbiddenName: IsForbiddenName): Steps<PayoutLimits> {
  const found = new EntryCollection<PayoutLimit>((a, b) => equalDecimals(a.minimum, b.minimum), isForbiddenName);
  for (const item of listIn(json)) {
    const currency = nameIn(item, 'monetary');
    const minimum = isMap(item) ? amountOf(item['minimalLimit']) : undefined;
    found.add(currency, currency === undefined || minimum === undefined ? undefined : { currency, minimum });
    if (found.isStepDone) yield;
  }
  return found.result(undefined, 'payout limits');
}

// The documentation shows a list within braces, which is not JSON: besides the bare list that public clients parse, a
// map with a single field that holds the list is understood. An empty list in a map may be anything, such as `errors`.
function listIn(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  const [only, ...others] = isMap(json) ? Object.values(json) : [];
  if (Array.isArray(only) && only.length > 0 && others.length === 0) return only;
  throw new InvalidResponseError('the answer is JSON, but not a list');
}

type JsonMap = Readonly<Record<string, unknown>>;

function isMap(json: unknown): json is JsonMap {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

// An amount is never guessed: a decimal string as it stands, a JSON number in its shortest form, and nothing else.
function amountOf(json: unknown): string | undefined {
  if (typeof json === 'string') return canonicalDecimal(json);
  return typeof json === 'number' ? canonicalDecimal(String(json)) : undefined;
}

function nameIn(item: unknown, field: string): string | undefined {
  const name = isMap(item) ? item[field] : undefined;
  return typeof name === 'string' && isLabelValue(name) ? name : undefined;
}

// An empty label is no label to Prometheus, and UTF-8 cannot hold a lone surrogate.
function isLabelValue(name: string): boolean {
  return name !== '' && name.isWellFormed();
}

const UNNAMED = '(an entry without a name)';
const WITHHELD = '(a name that holds a key or a signature)';
const INVALID = Symbol('invalid');

/**
 * Gathers entries by name. A name that occurs again with an equal entry counts once. With another entry, or once valid
 * and once not, it is invalid as a whole.
 */
class EntryCollection<T extends object> {
  readonly #entries = new Map<string, T | typeof INVALID>();
  readonly #invalid: string[] = [];
  #added = 0;
  readonly #areEqual: (a: T, b: T) => boolean;
  readonly #isForbiddenName: IsForbiddenName;

  constructor(areEqual: (a: T, b: T) => boolean, isForbiddenName: IsForbiddenName) {
    this.#areEqual = areEqual;
    this.#isForbiddenName = isForbiddenName;
  }

  /** Whether enough was added for a pause. */
  get isStepDone(): boolean {
    return this.#added % ENTRIES_OF_A_STEP === 0;
  }

  /** @param entry `undefined` if the entry of that name was not understood. */
  add(name: string | undefined, entry: T | undefined): void {
    this.#added += 1;
    if (name === undefined || !isLabelValue(name)) {
      this.#invalid.push(UNNAMED);
      return;
    }
    if (this.#isForbiddenName(name)) {
      this.#invalid.push(WITHHELD);
      return;
    }
    const earlier = this.#entries.get(name);
    const agrees =
      earlier === undefined || (earlier !== INVALID && entry !== undefined && this.#areEqual(earlier, entry));
    if (!agrees || entry === undefined) this.#entries.set(name, INVALID);
    else if (earlier === undefined) this.#entries.set(name, entry);
  }

  /** @param allInvalid what is wrong if no entry is valid, when the answer is of the right kind otherwise. */
  result(allInvalid: string | undefined, kind: string): Entries<T> {
    const valid: T[] = [];
    const invalid = this.#invalid;
    for (const [name, entry] of this.#entries) {
      if (entry === INVALID) invalid.push(name);
      else valid.push(entry);
    }
    if (valid.length > 0 || invalid.length === 0) return { valid, invalid };
    throw allInvalid === undefined
      ? new InvalidResponseError(`the answer is JSON, but not of ${kind}`)
      : new InvalidResponseError(allInvalid, { invalidEntries: invalid.length });
  }
}
