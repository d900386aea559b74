import type { WireBalances } from './wire-shapes.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';

/** One answer of balances that was sent whole. */
export interface AnsweredBalances {
  /** 1 for the first answer; every answer has its own, also after older ones were dropped. */
  readonly sequence: number;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly balances: WireBalances;
}

/** Answers kept for comparison: a quarter of an hour of scrapes every 15 seconds, and some. */
export const KEPT_ANSWERS = 50;

/** What was asked and answered. */
export class Journal {
  readonly #requests = new Map<Endpoint | 'other', number>([...ENDPOINTS, 'other' as const].map((name) => [name, 0]));
  readonly #answers: AnsweredBalances[] = [];
  #sequence = 0;

  /** Requests of the API by endpoint, whatever became of them; `other` counts all other paths. */
  get requests(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#requests);
  }

  /** The latest answers, the oldest first. */
  get answers(): readonly AnsweredBalances[] {
    return this.#answers;
  }

  countRequest(endpoint: Endpoint | undefined): void {
    const name = endpoint ?? 'other';
    this.#requests.set(name, (this.#requests.get(name) ?? 0) + 1);
  }

  recordBalances(balances: WireBalances, nowMs: number): void {
    this.#sequence += 1;
    this.#answers.push({ sequence: this.#sequence, time: new Date(nowMs).toISOString(), balances });
    if (this.#answers.length > KEPT_ANSWERS) this.#answers.shift();
  }
}
