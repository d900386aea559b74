import { DAY, HOUR } from './account.ts';
import type { Firing } from './judge.ts';
import { INCIDENT_AT, incidents } from './incidents.ts';
import { merchants } from './merchants.ts';
import type { Message } from './replay.ts';

/** How often an alert fired that nothing was wrong with, of one merchant. */
export interface FalseAlarms {
  readonly merchant: string;
  readonly life: string;
  readonly alarms: readonly Firing[];
  readonly rightAlarms: readonly Firing[];
}

/** What fired for each merchant, in the order of the merchants. */
export function countFalseAlarms(firings: readonly Firing[]): readonly FalseAlarms[] {
  return merchants.map(({ name, life, expected = [] }) => {
    const own = firings.filter(({ account }) => account === name);
    const isRight = ({ alert, of }: Firing): boolean => expected.includes(`${alert} ${of}`);
    return {
      merchant: name,
      life,
      alarms: own.filter((firing) => !isRight(firing)),
      rightAlarms: own.filter(isRight),
    };
  });
}

/** How often, at most, one alert of one currency of one account began to fire within an hour. */
export function countMostInAnHour(firings: readonly Firing[]): number {
  const causeOf = ({ account, alert, of }: Firing): string => `${account} ${alert} ${of}`;
  const counts = firings.map((one) => {
    const isSame = (other: Firing): boolean => causeOf(other) === causeOf(one);
    return firings.filter((other) => isSame(other) && other.from >= one.from && other.from < one.from + HOUR).length;
  });
  return Math.max(0, ...counts);
}

/** The messages of each cluster that has any: those that tell of something, and those that say that it is over. */
export function describeMessages(messages: readonly Message[]): string {
  const clusterOf = ({ alerts }: Message): string => alerts[0]?.['cluster'] ?? '';
  const rows = [...new Set(messages.map(clusterOf))].toSorted().map((cluster) => {
    const own = messages.filter((message) => clusterOf(message) === cluster);
    const firing = own.filter(({ status }) => status === 'firing');
    return [cluster, `${firing.length}`, `${own.length - firing.length}`, `${countMostMessagesInAnHour(firing)}`];
  });
  return tabulate(['of', 'firing', 'resolved', 'most of one cause in an hour'], rows);
}

/** How many messages, at most, list the same alert within an hour. */
export function countMostMessagesInAnHour(messages: readonly Message[]): number {
  const minutes = new Map<string, number[]>();
  for (const { minute, alerts } of messages) {
    for (const cause of new Set(alerts.map((labels) => JSON.stringify(labels)))) {
      minutes.set(cause, [...(minutes.get(cause) ?? []), minute]);
    }
  }
  const counts = [...minutes.values()].flatMap((all) =>
    all.map((first) => all.filter((minute) => minute >= first && minute < first + HOUR).length),
  );
  return Math.max(0, ...counts);
}

/** How an incident was told. */
export interface Detection {
  readonly incident: string;
  readonly alert: string;
  /** How many minutes after it happened its alert fired; `undefined` if it never did. */
  readonly delay: number | undefined;
  /** What was promised and not kept, if anything. */
  readonly problem: string | undefined;
}

/** How each incident was told, in the order of the incidents. */
export function measureDelays(firings: readonly Firing[]): readonly Detection[] {
  return incidents.map(({ name, alert, within, endedBy }) => {
    const own = firings.filter(({ account }) => account === name);
    const first = own.find((firing) => firing.alert === alert && firing.from >= INCIDENT_AT);
    const delay = first && first.from - INCIDENT_AT;
    const isLate = delay === undefined || delay > within;
    const isLong = endedBy !== undefined && own.some(({ to = Infinity }) => to > endedBy);
    const problem = isLate ? `not told within ${within} minutes` : isLong ? 'not over when it should be' : undefined;
    return { incident: name, alert, delay, problem };
  });
}

/** The tables of docs/alerts.md. */
export function describeFalseAlarms(counts: readonly FalseAlarms[], minutes: number): string {
  const weeks = minutes / (7 * DAY);
  const rows = counts.map(({ merchant, life, alarms, rightAlarms }) => [
    `\`${merchant}\``,
    life,
    `${alarms.length / weeks}${alarms.length === 0 ? '' : ` (${[...new Set(alarms.map(({ alert }) => alert))].join(', ')})`}`,
    `${rightAlarms.length / weeks}`,
    `${countMostInAnHour([...alarms, ...rightAlarms])}`,
  ]);
  return tabulate(['merchant', 'life', 'false alarms a week', 'right ones', 'most of one cause in an hour'], rows);
}

export function describeDelays(detections: readonly Detection[]): string {
  const rows = detections.map(({ incident, alert, delay, problem }) => [
    incident,
    `\`${alert}\``,
    problem ?? describeMinutes(delay ?? 0),
  ]);
  return tabulate(['incident', 'alert', 'told after'], rows);
}

function describeMinutes(minutes: number): string {
  return minutes < HOUR ? `${minutes} min` : `${Math.floor(minutes / HOUR)} h ${minutes % HOUR} min`;
}

function tabulate(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
