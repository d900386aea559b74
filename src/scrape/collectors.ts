import type { TheDexClient } from '../thedex/client.ts';
import { BALANCES } from '../thedex/balances.ts';
import type { Endpoint, EndpointName } from '../thedex/endpoint.ts';
import { InvalidResponseError, reasonOf } from '../thedex/errors.ts';
import { PAYOUT_LIMITS } from '../thedex/payout-limits.ts';
import { RATES } from '../thedex/rates.ts';
import type { Failure, Outcome, Outcomes } from './snapshot.ts';

/** The collectors that are on besides `balances`. */
export interface OptionalCollectors {
  readonly rates: boolean;
  readonly payoutLimits: boolean;
}

/** Told of each collector that ended; `error` is what it threw. */
export type CollectorObserver = (name: EndpointName, outcome: Outcome<unknown>, error: unknown) => void;

/** The collectors of one scrape, under way. */
export interface Collection {
  /** Fulfilled when the last has ended; never rejected. */
  readonly finished: Promise<Outcomes>;
  /** What is there at this moment: a collector that has not ended has failed with `timeout`. */
  outcomesNow(): Outcomes;
}

/**
 * Starts the enabled collectors side by side. A collector returns or throws; timing it and turning what it threw into
 * an outcome is done here, for all of them.
 * @param signal ends all of them at once.
 */
export function startCollectors(
  client: TheDexClient,
  enabled: OptionalCollectors,
  signal: AbortSignal,
  observe: CollectorObserver,
): Collection {
  const startedAt = performance.now();
  const ended: { -readonly [K in keyof Outcomes]?: Outcomes[K] } = {};
  const secondsSinceStart = () => (performance.now() - startedAt) / 1000;

  async function run<T>(endpoint: Endpoint<T>): Promise<Outcome<T>> {
    let outcome: Outcome<T>;
    let error: unknown;
    try {
      const value = await client.read(endpoint, signal);
      outcome = { ok: true, value, durationSeconds: secondsSinceStart() };
    } catch (thrown) {
      error = thrown;
      outcome = failureFrom(thrown, secondsSinceStart());
    }
    observe(endpoint.name, outcome, error);
    return outcome;
  }

  const started = [
    run(BALANCES).then((outcome) => (ended.balances = outcome)),
    ...(enabled.rates ? [run(RATES).then((outcome) => (ended.rates = outcome))] : []),
    ...(enabled.payoutLimits ? [run(PAYOUT_LIMITS).then((outcome) => (ended.payout_limits = outcome))] : []),
  ];

  function outcomesNow(): Outcomes {
    const late: Failure = {
      ok: false,
      reason: 'timeout',
      durationSeconds: secondsSinceStart(),
      invalidEntries: undefined,
    };
    return {
      balances: ended.balances ?? late,
      ...(enabled.rates ? { rates: ended.rates ?? late } : {}),
      ...(enabled.payoutLimits ? { payout_limits: ended.payout_limits ?? late } : {}),
    };
  }

  return { finished: Promise.all(started).then(outcomesNow), outcomesNow };
}

function failureFrom(error: unknown, durationSeconds: number): Failure {
  const invalidEntries = error instanceof InvalidResponseError ? error.invalidEntries : undefined;
  return { ok: false, reason: reasonOf(error), durationSeconds, invalidEntries };
}
