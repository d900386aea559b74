/** Labels of one series; `undefined` leaves a label out. */
export type Labels = Readonly<Record<string, string | undefined>>;

/** A sample without its time: metric name, labels as text, value. */
export type Sample = readonly [name: string, labels: string, value: number];

/** Labels in the exposition's form, `{a="1",b="2"}`. */
export function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== undefined);
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`;
}

/** One line of OpenMetrics text; balances keep the eight decimals that a gateway would send. */
export function sampleLine([name, labels, value]: Sample, time: number): string {
  return `${name}${labels} ${numberText(value)} ${time}\n`;
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return String(Number.isInteger(value) ? value : Number(value.toFixed(8)));
}
