import type { SimulatedAccount } from './history-account.ts';
import { labelText, type Labels, type Sample } from './history-text.ts';

const MINUTE = 60;
/** How long the recording rules go on with the last value of a series, in minutes. */
const KEPT_MINUTES = 10;
const PENDING_MINUTES = 5;
const KEPT_FIRING_MINUTES = 30;
/** The pace of a balance is judged over twice this, in minutes. */
const PACE_MINUTES = 180;
/** What lasts less is an alert. */
const DAY_SECONDS = 86_400;

/** What the bundled rules record of one account, minute by minute, with the labels of an account alone. */
export class SimulatedRules {
  readonly #labels: Labels;
  readonly #account: SimulatedAccount;
  readonly #past = new Map<string, number[]>();
  readonly #active = new Map<string, { labels: Labels; since: number; last: number }>();
  #last: { readonly minute: number; readonly samples: readonly Sample[] } | undefined;
  #gone = false;
  #drying: string[] = [];
  #failingSince: number | undefined;
  #downSince: number | undefined;

  constructor(labels: Labels, account: SimulatedAccount) {
    this.#labels = labels;
    this.#account = account;
  }

  /** One evaluation; what became of the best of the account's scrapes, and whether Prometheus has it as a target. */
  evaluate({
    time,
    read,
    scraped,
    target,
  }: {
    time: number;
    read: boolean;
    scraped: boolean;
    target: boolean;
  }): Sample[] {
    const minute = time / MINUTE;
    this.#failingSince = read ? undefined : (this.#failingSince ?? minute);
    this.#downSince = scraped || !target ? undefined : (this.#downSince ?? minute);
    this.#gone = !target;
    if (read) {
      const samples = [...this.#account.configured(this.#labels), ...this.#account.answered(this.#labels)];
      this.#last = { minute, samples: [...samples, ...this.#runways()] };
    }
    const kept = this.#last !== undefined && minute - this.#last.minute <= KEPT_MINUTES ? this.#last.samples : [];
    const recorded = kept.map(([name, labels, value]): Sample => [`account:${name}`, labels, value]);
    const up: Sample[] = scraped ? [['account:thedex_up', labelText(this.#labels), read ? 1 : 0]] : [];
    return [...up, ...recorded, ...this.#alerts(time)];
  }

  /** By how much the peak of three hours lies below the one before says how long a balance lasts. */
  #runways(): Sample[] {
    this.#drying = [];
    return this.#account.money.flatMap(({ currency, available }): Sample[] => {
      const past = this.#past.get(currency) ?? [];
      this.#past.set(currency, past);
      past.push(available);
      if (past.length > 2 * PACE_MINUTES) past.shift();
      if (past.length < 2 * PACE_MINUTES) return [];
      const fallen = Math.max(...past.slice(0, PACE_MINUTES)) - Math.max(...past.slice(PACE_MINUTES));
      const seconds = (available / fallen) * PACE_MINUTES * MINUTE;
      if (fallen > 0 && seconds < DAY_SECONDS) this.#drying.push(currency);
      return fallen > 0 ? [['thedex_runway_seconds', labelText({ currency, ...this.#labels }), seconds]] : [];
    });
  }

  /** An alert fires 5 minutes after its condition became true, and until it has not been true for half an hour. */
  *#alerts(time: number): Generator<Sample> {
    for (const labels of this.#conditions(time / MINUTE)) {
      const text = labelText(labels);
      const active = this.#active.get(text) ?? { labels, since: time, last: time };
      this.#active.set(text, { ...active, last: time });
    }
    for (const [text, { labels, since, last }] of this.#active) {
      if (time - last > KEPT_FIRING_MINUTES * MINUTE) this.#active.delete(text);
      else if (time - since >= PENDING_MINUTES * MINUTE) {
        yield ['ALERTS', labelText({ alertstate: 'firing', ...labels }), 1];
        yield ['ALERTS_FOR_STATE', text, since];
      }
    }
  }

  *#conditions(minute: number): Generator<Labels> {
    if (this.#gone) {
      yield { alertname: 'TheDexAccountGone', severity: 'warning', ...this.#labels };
      return;
    }
    if (this.#downSince !== undefined) {
      yield { alertname: 'TheDexExporterDown', severity: 'critical', ...this.#labels };
    }
    const failing = this.#failingSince === undefined ? 0 : minute - this.#failingSince;
    if (failing >= 5) yield { alertname: 'TheDexApiFailing', severity: 'warning', ...this.#labels };
    if (failing >= 25) yield { alertname: 'TheDexNoFreshBalances', severity: 'critical', ...this.#labels };
    if (failing > 0) return;
    for (const currency of this.#drying) {
      yield { alertname: 'TheDexBalanceProjectedEmpty', severity: 'warning', currency, ...this.#labels };
    }
    if (!this.#last?.samples.some(([name]) => name === 'thedex_balance_threshold')) return;
    // A currency of which there is nothing has no threshold here.
    for (const { currency, available, hold, threshold } of this.#account.money.filter((one) => one.available > 0)) {
      const labels = { currency, ...this.#labels };
      if (available < threshold) {
        const severity = available < threshold * 0.25 ? 'critical' : 'warning';
        yield { alertname: 'TheDexBalanceBelowThreshold', severity, kind: 'available', ...labels };
      }
      if (hold > this.#account.holdLimit * (hold + available)) {
        yield { alertname: 'TheDexHoldStuck', severity: 'warning', ...labels };
      }
    }
  }
}
