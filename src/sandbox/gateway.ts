import { listPayoutLimits, listRates, reportBalances, shapeBalances, type WireBalances } from './wire-shapes.ts';
import { applyEffects } from './effects.ts';
import { type Endpoint, endpointOfPath } from './endpoints.ts';
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts';
import { Journal } from './journal.ts';
import { Scenarios } from './scenarios.ts';
import { BodyCheck, type KeyPair, Refusal, type SignedRequest, verifyRequest } from './verification.ts';
import { type Holding, Wallet } from './wallet.ts';

export interface GatewayOptions {
  readonly seed: number;
  /** The pair that requests are signed with. */
  readonly keys: KeyPair;
  /** What `wrong-secret` verifies with instead: the same key, another secret. */
  readonly otherKeys: KeyPair;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A good answer, and the balances in it if it is one of balances. */
export interface Reply {
  readonly answer: Answer;
  readonly balances?: WireBalances;
}

/** The gateway behind its wire: the wallet, what happens to it, and who may ask. */
export class Gateway {
  readonly scenarios = new Scenarios();
  readonly journal = new Journal();
  readonly seed: number;
  readonly now: () => number;
  readonly #keys: KeyPair;
  readonly #otherKeys: KeyPair;
  readonly #wallet: Wallet;
  readonly #startedMs: number;
  readonly #bodies = new BodyCheck();

  constructor({ seed, keys, otherKeys, now }: GatewayOptions) {
    this.seed = seed;
    this.now = now;
    this.#keys = keys;
    this.#otherKeys = otherKeys;
    this.#wallet = new Wallet(seed);
    this.#startedMs = now();
  }

  /** Milliseconds since the wallet's first moment. */
  get elapsedMs(): number {
    return Math.max(0, this.now() - this.#startedMs);
  }

  /** Verifies a request and answers it; a refused one gets an error object. */
  reply(request: SignedRequest): Reply {
    try {
      return this.#replyTo(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { answer: refusalAnswer(error) };
    }
  }

  /** What is available of a currency, its effects included, in the smallest unit; 0 for one that is not known. */
  availableOf(code: string): bigint {
    const holding = this.#holdings().find(({ currency }) => currency.code === code);
    if (holding === undefined) return 0n;
    const effects = this.scenarios.effects.filter(({ currency }) => currency === code);
    return applyEffects(holding, effects, this.now()).available;
  }

  #replyTo(request: SignedRequest): Reply {
    const endpoint = endpointOfPath(request.path);
    if (endpoint === undefined) throw new Refusal(404, 'No such path');
    const hasWrongSecret = this.scenarios.faultOf(endpoint)?.name === 'wrong-secret';
    verifyRequest(request, hasWrongSecret ? this.#otherKeys : this.#keys);
    this.#bodies.check(request.path, request.body);
    return this.#read(endpoint);
  }

  #read(endpoint: Endpoint): Reply {
    const holdings = this.#holdings();
    if (endpoint === 'balances') return this.#readBalances(holdings);
    if (endpoint === 'payout_limits') return { answer: jsonAnswer(listPayoutLimits(holdings)) };
    const rated = this.scenarios.isLeftOut('no-rates') ? [] : holdings;
    return { answer: jsonAnswer(listRates(rated, this.scenarios.effects)) };
  }

  #readBalances(holdings: readonly Holding[]): Reply {
    const reported = this.scenarios.isLeftOut('empty') ? [] : holdings;
    const balances = reportBalances(reported, this.scenarios.effects, this.now());
    return { answer: jsonAnswer(shapeBalances(balances, this.scenarios.shape)), balances };
  }

  #holdings(): readonly Holding[] {
    return this.#wallet.holdingsAt(this.elapsedMs);
  }
}

function refusalAnswer({ status, message }: Refusal): Answer {
  const answer = errorAnswer(status, message);
  return status === 405 ? { ...answer, headers: { Allow: 'POST' } } : answer;
}
