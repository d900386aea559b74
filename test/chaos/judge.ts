import type { BusyClock } from './clock.ts';
import type { RecordedAnswer } from './gateway.ts';
import { checkAgainst, readPage } from './page.ts';
import type { PageAnswer } from './requests.ts';
import type { Thresholds } from './world.ts';

/** A time in which something besides the gateway's answers decides what a scrape says. */
export interface Disturbance {
  readonly what: string;
  readonly from: number;
  to: number;
  /** Accounts that it concerns; all where there is none. */
  readonly accounts?: readonly string[];
  /** Reasons that a scrape in this time may give. */
  readonly reasons: readonly string[];
  /** Whether scrapes in this time may be answered late, or not at all. */
  readonly mayBeLate: boolean;
  /** A request that never reached the gateway, and so is in no record of it; its read lasted as long. */
  readonly lost?: { readonly startedAt: number; readonly endedAt: number };
}

/** A scrape as its client saw it. */
export interface SeenScrape {
  readonly account: string;
  readonly format: 'text' | 'openmetrics';
  readonly startedAt: number;
  readonly waitedAtStart: number;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether it waited behind others on its connection, and so may be answered later. */
  readonly isQueued?: boolean;
  /** The mark of the thresholds that were in force at its beginning. */
  readonly thresholdsMark: number;
}

/** An answer is written by the gateway before the exporter has read it: a scrape that joins in between shares it. */
const SHARED_WITHIN_MS = 400;
/** A request that needs a fresh connection reaches the gateway so much later than the other of its read. */
const SAME_READ_MS = 200;
/** The way there and back on loopback, and timers that fire late. */
const SLACK_MS = 300;
/** What `429 for a second` asks to wait. */
const RETRY_AFTER_MS = 1_000;
/** The same with room for the way there. */
const RATE_LIMIT_MS = 2_000;
/** What the exporter gives a client to send its request, less some slack: on a starved machine this client may need longer. */
const REQUEST_WITHIN_MS = 9_000;
/** No request to the gateway lasts longer than this, whatever the machine does. */
const LONGEST_REQUEST_MS = 20_000;
/** HMAC-SHA512 in hexadecimal. */
const SIGNATURE = /[\da-f]{128}/;
/** How long a disturbance is remembered after its end: far longer than a scrape and the read that it shares. */
const REMEMBERED_MS = 120_000;
/** From this share of its deadline on, a scrape has waited for it. */
const DEADLINE_SHARE = 0.8;

/** What the exporter was told by `Retry-After`, and said on a page that it had understood. */
interface Refusal {
  /** When the page had come that said so. */
  readonly from: number;
  /** Before this, the account must not be asked for. */
  readonly until: number;
}

export interface JudgeOptions {
  /** What each gateway recorded. */
  readonly records: () => readonly (readonly RecordedAnswer[])[];
  readonly clock: BusyClock;
  readonly secrets: () => Iterable<string>;
  readonly thresholds: Thresholds;
}

/** Holds every scrape against the record of the gateway. */
export class Judge {
  readonly violations: string[] = [];
  readonly outcomes = new Map<string, number>();
  #disturbances: Disturbance[] = [];
  readonly #records: () => readonly (readonly RecordedAnswer[])[];
  readonly #clock: BusyClock;
  readonly #secrets: () => Iterable<string>;
  readonly #thresholds: Thresholds;
  /** By account. */
  readonly #refusals = new Map<string, Refusal>();

  constructor({ records, clock, secrets, thresholds }: JudgeOptions) {
    this.#records = records;
    this.#clock = clock;
    this.#secrets = secrets;
    this.#thresholds = thresholds;
  }

  /** Notes what decides besides the gateway from now on; its end may be set later. */
  note(disturbance: Disturbance): void {
    const over = performance.now() - REMEMBERED_MS;
    this.#disturbances = [...this.#disturbances.filter(({ to }) => to >= over), disturbance];
  }

  /** Begins a scrape. */
  begin(scrape: Omit<SeenScrape, 'startedAt' | 'waitedAtStart' | 'thresholdsMark'>): SeenScrape {
    return {
      ...scrape,
      startedAt: performance.now(),
      waitedAtStart: this.#clock.waitedMs(),
      thresholdsMark: this.#thresholds.mark,
    };
  }

  /** Judges the answer to a scrape. */
  judge(scrape: SeenScrape, answer: PageAnswer): void {
    const endedAt = performance.now();
    const disturbances = this.#disturbancesDuring(scrape, endedAt);
    this.look(answer.body, `the page of ${scrape.account}`);
    if (answer.status === 503) return this.#count('503');
    if (answer.status === 408 && this.#clock.waitedMs() - scrape.waitedAtStart > REQUEST_WITHIN_MS) {
      return this.#count('408');
    }
    if (answer.status !== 200) return this.#blame(scrape, `status ${answer.status}`);
    const late = this.#lateness(scrape, endedAt);
    if (late > 0 && !disturbances.some(({ mayBeLate }) => mayBeLate)) {
      this.#blame(scrape, `answered ${Math.round(late)} ms after its deadline of ${scrape.timeoutMs} ms`);
    }
    try {
      this.#judgePatience(scrape.account);
      const page = readPage(answer.body, scrape.account, scrape.format);
      this.#count(page.outcome);
      const during = this.#answersDuring(scrape, endedAt);
      const balances = during.filter(({ endpoint }) => endpoint.endsWith('/balances'));
      if (page.up) this.#judgeSuccess(page, balances, scrape);
      else this.#judgeFailure(page, balances, { scrape, endedAt, disturbances });
      const thresholds = this.#thresholds.since(scrape.thresholdsMark);
      if (!thresholds.includes(page.threshold)) {
        throw new Error(`a threshold of ${page.threshold}, and ${thresholds.join(' or ')} is in force`);
      }
      if (page.rates !== undefined) {
        const rates = during.find(({ number, endpoint }) => number === page.rates && !endpoint.endsWith('/balances'));
        if (rates === undefined) throw new Error(`rates of ${page.rates}, which was not read for this scrape`);
      }
    } catch (error) {
      this.#blame(scrape, (error as Error).message);
    }
  }

  /** Judges an answer to the question whether the process serves. */
  judgeHealth(scrape: SeenScrape, answer: PageAnswer): void {
    const endedAt = performance.now();
    if (this.#disturbancesDuring(scrape, endedAt).some(({ mayBeLate }) => mayBeLate)) return;
    if (answer.status !== 200) this.#blame(scrape, `status ${answer.status}`);
    const late = this.#lateness(scrape, endedAt);
    if (late > 0) this.#blame(scrape, `answered ${Math.round(late)} ms too late`);
  }

  /** A scrape that got no answer. */
  judgeMissing(scrape: SeenScrape, error: Error): void {
    const isStarved = this.#clock.waitedMs() - scrape.waitedAtStart > REQUEST_WITHIN_MS;
    const mayBeLate = this.#disturbancesDuring(scrape, performance.now()).some((one) => one.mayBeLate);
    if (isStarved || mayBeLate) return this.#count('no answer');
    this.#blame(scrape, `no answer: ${error.message}`);
  }

  /** Looks for keys, secrets and signatures in a text. */
  look(text: string, where: string): void {
    for (const secret of this.#secrets()) {
      if (text.includes(secret)) this.violations.push(`a secret stands in ${where}`);
    }
    if (SIGNATURE.test(text)) this.violations.push(`a signature stands in ${where}`);
  }

  #judgeSuccess(page: ReturnType<typeof readPage>, balances: readonly RecordedAnswer[], scrape: SeenScrape): void {
    const from =
      page.number === undefined
        ? balances.find(({ currencies, fault }) => currencies === 0 && fault.expected.includes('success'))
        : balances.find(({ number }) => number === page.number);
    if (from === undefined) {
      const since = this.#describeSince(page.number ?? Infinity, scrape);
      throw new Error(`balances of answer ${page.number}, which was not read for this scrape; since then: ${since}`);
    }
    if (!from.signed || !from.fault.expected.includes('success'))
      throw new Error(`up although the gateway answered: ${from.fault.name}`);
    checkAgainst(page, from);
  }

  /** What the account was answered from a certain answer on, with the times before and after the scrape's beginning. */
  #describeSince(first: number, { account, startedAt }: SeenScrape): string {
    const from = (ms: number): string => (ms - startedAt).toFixed(0);
    return this.#answersSince(account, startedAt - LONGEST_REQUEST_MS)
      .filter(({ number }) => number >= first)
      .map((answer) => {
        const { number, endpoint, fault } = answer;
        return `${endpoint} ${number} (${fault.name}) from ${from(answer.startedAt)} to ${from(answer.endedAt)} ms`;
      })
      .join(', ');
  }

  #judgeFailure(
    page: ReturnType<typeof readPage>,
    balances: readonly RecordedAnswer[],
    { scrape, endedAt, disturbances }: { scrape: SeenScrape; endedAt: number; disturbances: readonly Disturbance[] },
  ): void {
    const { outcome } = page;
    if (outcome === 'internal') throw new Error('a defect of the exporter (internal)');
    if (outcome === 'rate_limited') this.#noteRefusal(scrape, endedAt);
    if (balances.some(({ fault }) => fault.expected.includes(outcome))) return;
    if (outcome === 'auth' && balances.some(({ signed }) => !signed)) return;
    if (outcome === 'network' && balances.some(({ cutOffByEarlier }) => cutOffByEarlier)) return;
    if (disturbances.some(({ reasons }) => reasons.includes(outcome))) return;
    const waitedMs = endedAt - scrape.startedAt;
    if (outcome === 'timeout' && waitedMs >= DEADLINE_SHARE * scrape.timeoutMs) return;
    if (outcome === 'rate_limited' && this.#wasRateLimited(scrape)) return;
    const names = balances.map(({ fault }) => fault.name).join(', ') || 'nothing';
    throw new Error(`${outcome}, and the gateway answered: ${names}`);
  }

  // Only where one answer alone can have been understood so. Its time is counted from its reading, which comes later.
  #noteRefusal({ account, startedAt }: SeenScrape, endedAt: number): void {
    const [answer, another] = this.#answersSince(account, startedAt - RATE_LIMIT_MS).filter(
      ({ endpoint, fault }) => endpoint.endsWith('/balances') && fault.expected.includes('rate_limited'),
    );
    if (answer?.fault.name !== '429 for a second' || another !== undefined) return;
    this.#refusals.set(account, { from: endedAt, until: answer.startedAt + RETRY_AFTER_MS });
  }

  #judgePatience(account: string): void {
    const { from, until } = this.#refusals.get(account) ?? { from: Infinity, until: -Infinity };
    const early = this.#answersSince(account, from).findLast(({ startedAt }) => startedAt < until);
    if (early === undefined) return;
    this.#refusals.delete(account);
    const ms = Math.round(until - early.startedAt);
    throw new Error(`answer ${early.number} was asked for ${ms} ms before the end of Retry-After`);
  }

  #wasRateLimited({ account, startedAt }: SeenScrape): boolean {
    return this.#answersSince(account, startedAt - RATE_LIMIT_MS).some(
      ({ fault }) => fault.name === '429 for a second',
    );
  }

  // A scrape shares the read that is under way, and a read lasts until its last endpoint has answered: its balances may
  // have come long before the scrape. An answer is written before the exporter has read it, too.
  #answersDuring({ account, startedAt, waitedAtStart }: SeenScrape, endedAt: number): RecordedAnswer[] {
    const late = this.#disturbances.filter(({ mayBeLate, from }) => mayBeLate && from <= startedAt);
    const lateUntil = Math.max(...late.map(({ to }) => to));
    const candidates = this.#answersSince(account, startedAt - LONGEST_REQUEST_MS).filter(
      (answer) => answer.startedAt <= endedAt,
    );
    const isUnderWay = (answer: RecordedAnswer): boolean => {
      const excused = Math.max(0, waitedAtStart - answer.waitedAtEnd) || 0;
      return answer.endedAt >= startedAt - SHARED_WITHIN_MS - excused;
    };
    const underWay = candidates.filter(isUnderWay);
    const lost = this.#disturbances.flatMap((one) =>
      one.lost && one.accounts?.includes(account) && one.lost.endedAt >= startedAt - SHARED_WITHIN_MS ? [one.lost] : [],
    );
    return candidates.filter(
      (answer) =>
        isUnderWay(answer) ||
        underWay.some((other) => other.endpoint !== answer.endpoint && isOfOneRead(answer, other)) ||
        lost.some((other) => isOfOneRead(answer, other)) ||
        answer.endedAt <= lateUntil,
    );
  }

  // The record is in the order of time and grows to hundreds of thousands, so it is read from its end.
  #answersSince(account: string, since: number): RecordedAnswer[] {
    const found: RecordedAnswer[] = [];
    for (const answers of this.#records()) {
      for (let index = answers.length - 1; index >= 0; index -= 1) {
        const answer = answers[index] as RecordedAnswer;
        if (answer.startedAt < since) break;
        if (answer.account === account) found.push(answer);
      }
    }
    return found;
  }

  #disturbancesDuring({ account, startedAt }: SeenScrape, endedAt: number): Disturbance[] {
    return this.#disturbances.filter(
      ({ from, to, accounts }) => from <= endedAt && to >= startedAt && (accounts?.includes(account) ?? true),
    );
  }

  #lateness({ startedAt, waitedAtStart, timeoutMs, isQueued = false }: SeenScrape, endedAt: number): number {
    if (isQueued) return 0;
    const excused = this.#clock.waitedMs() - waitedAtStart;
    return endedAt - startedAt - excused - timeoutMs - SLACK_MS;
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  #blame({ account }: SeenScrape, what: string): void {
    this.violations.push(`${account}: ${what}`);
  }
}

type Span = Pick<RecordedAnswer, 'startedAt' | 'endedAt'>;

/** Whether two requests of one account overlap, or as good as: the endpoints of one read are asked at the same time. */
function isOfOneRead(one: Span, other: Span): boolean {
  return one.startedAt <= other.endedAt + SAME_READ_MS && other.startedAt <= one.endedAt + SAME_READ_MS;
}
