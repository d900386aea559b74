import type { SimulatedAccount } from './history-account.ts';
import { labelText, type Labels, type Sample } from './history-text.ts';

const MINUTE = 60;
/** How long the recording rules go on with the last value of a series, in minutes. */
const KEPT_MINUTES = 10;
/** The pace of a balance is judged over twice this, in minutes. */
const PACE_MINUTES = 180;

/** What the bundled rules record of one account, minute by minute, with the labels of an account alone. */
export class SimulatedRules {
  readonly #labels: Labels;
  readonly #account: SimulatedAccount;
  readonly #past = new Map<string, number[]>();
  readonly #activeSince = new Map<string, number>();
  #last: { readonly minute: number; readonly samples: readonly Sample[] } | undefined;
  #failingSince: number | undefined;
  #downSince: number | undefined;

  constructor(labels: Labels, account: SimulatedAccount) {
    this.#labels = labels;
    this.#account = account;
  }

  /** One evaluation; `read` and `scraped` say what became of the best of the account's scrapes. */
  evaluate({ time, read, scraped }: { time: number; read: boolean; scraped: boolean }): Sample[] {
    const minute = time / MINUTE;
    this.#failingSince = read ? undefined : (this.#failingSince ?? minute);
    this.#downSince = scraped ? undefined : (this.#downSince ?? minute);
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
    return this.#account.money.flatMap(({ currency, available }): Sample[] => {
      const past = this.#past.get(currency) ?? [];
      this.#past.set(currency, past);
      past.push(available);
      if (past.length > 2 * PACE_MINUTES) past.shift();
      if (past.length < 2 * PACE_MINUTES) return [];
      const fallen = Math.max(...past.slice(0, PACE_MINUTES)) - Math.max(...past.slice(PACE_MINUTES));
      const seconds = (available / fallen) * PACE_MINUTES * MINUTE;
      return fallen > 0 ? [['thedex_runway_seconds', labelText({ currency, ...this.#labels }), seconds]] : [];
    });
  }

  *#alerts(time: number): Generator<Sample> {
    const firing = new Set<string>();
    for (const labels of this.#conditions(time / MINUTE)) {
      const text = labelText(labels);
      firing.add(text);
      const since = this.#activeSince.get(text) ?? time;
      this.#activeSince.set(text, since);
      yield ['ALERTS', labelText({ alertstate: 'firing', ...labels }), 1];
      yield ['ALERTS_FOR_STATE', text, since];
    }
    for (const text of this.#activeSince.keys()) if (!firing.has(text)) this.#activeSince.delete(text);
  }

  *#conditions(minute: number): Generator<Labels> {
    if (this.#downSince !== undefined && minute - this.#downSince >= 5) {
      yield { alertname: 'TheDexExporterDown', severity: 'critical', ...this.#labels };
    }
    const failing = this.#failingSince === undefined ? 0 : minute - this.#failingSince;
    if (failing >= 10) yield { alertname: 'TheDexApiFailing', severity: 'warning', ...this.#labels };
    if (failing >= 30) yield { alertname: 'TheDexNoFreshBalances', severity: 'critical', ...this.#labels };
    if (failing > 0 || !this.#last?.samples.some(([name]) => name === 'thedex_balance_threshold')) return;
    for (const { currency, available, hold, threshold } of this.#account.money) {
      const labels = { currency, ...this.#labels };
      if (available < threshold) {
        const severity = available < threshold * 0.25 ? 'critical' : 'warning';
        yield { alertname: 'TheDexBalanceBelowThreshold', severity, kind: 'available', ...labels };
      }
      if (hold > available) yield { alertname: 'TheDexHoldStuck', severity: 'warning', ...labels };
    }
  }
}
