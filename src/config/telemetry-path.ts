import type { Findings } from './configuration-error.ts';
import { quote } from './quote.ts';
import type { RawValue } from './raw-values.ts';

const PATH = /^(?:\/[\w.~-]*)+$/;
const TAKEN = /^\/(?:probe|sd|-(?:\/.*)?)\/?$/i;

/** The path of the metrics, which must leave the exporter's other paths alone. */
export function parseTelemetryPath({ text, where }: RawValue, findings: Findings): string {
  if (!PATH.test(text) || text.includes('//') || text.split('/').some((part) => part === '.' || part === '..')) {
    findings.problem(where, `expected a path such as /metrics, of letters, digits and _ . ~ / -, got ${quote(text)}`);
  } else if (TAKEN.test(text)) {
    findings.problem(where, `${text} is taken: /probe, /sd and everything under /-/ are the exporter's own`);
  }
  return text;
}
