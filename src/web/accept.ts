import type { IncomingMessage } from 'node:http';
import accepts from 'accepts';
import type { ExpositionFormat } from '../scrape/exposition.ts';
import type { PageVariant } from '../scrape/pages.ts';
import { rememberByHeader } from './remember.ts';

/** The form of a page that a client's `Accept` and `Accept-Encoding` ask for; an absent header is empty. */
export type Negotiate = (accept: string, acceptEncoding: string) => PageVariant;

/** Negotiation that reads each different header once. */
export function createNegotiation(): Negotiate {
  const formatFor = rememberByHeader((accept) => negotiateFormat(accept === '' ? undefined : accept));
  const takesGzip = rememberByHeader((encodings) => {
    const request = { headers: { 'accept-encoding': encodings } } as IncomingMessage;
    return encodings !== '' && accepts(request).encoding(['gzip', 'identity']) === 'gzip';
  });
  return (accept, acceptEncoding) => ({ format: formatFor(accept), gzip: takesGzip(acceptEncoding) });
}

interface MediaRange {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/**
 * The exposition format that an `Accept` header prefers: OpenMetrics where its 1.0.0 is named with a higher quality
 * than the text format, and the text format otherwise. Parameters that Prometheus adds, such as `escaping`, do not
 * matter. (General libraries for this compare all parameters, and so refuse what Prometheus 3 sends.)
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const ranges = parseAccept(accept ?? '*/*');
  const openmetrics = qualityOf(ranges, ['application/openmetrics-text'], '1.0.0');
  const text = qualityOf(ranges, ['text/plain', 'text/*', '*/*'], '0.0.4');
  return openmetrics > text ? 'openmetrics' : 'text';
}

/** @param types the ranges that cover the format, the most telling one first. */
function qualityOf(ranges: readonly MediaRange[], types: readonly string[], version: string): number {
  for (const type of types) {
    const fitting = ranges.filter((range) => range.type === type && (range.version ?? version) === version);
    if (fitting.length > 0) return Math.max(...fitting.map(({ quality }) => quality));
  }
  return 0;
}

function parseAccept(accept: string): MediaRange[] {
  return accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const valueOf = (name: string) =>
      parameters
        .find((parameter) => parameter.startsWith(`${name}=`))
        ?.slice(name.length + 1)
        .replaceAll('"', '');
    const quality = Number(valueOf('q') ?? 1);
    return { type, version: valueOf('version'), quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}
