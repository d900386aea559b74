import type { Findings } from './configuration-error.ts';
import { isLoopback } from './loopback.ts';
import type { RawValue } from './raw-values.ts';

/** What the URL of a gateway has to obey. */
export interface UrlRules {
  /** `--thedex.insecure-http`: keys may cross a network that others read. */
  readonly insecureHttp: boolean;
}

/** A gateway's base URL. Messages never show it, because it may hold a password. */
export function parseGatewayUrl(
  { text, where }: RawValue,
  { insecureHttp }: UrlRules,
  findings: Findings,
): URL | undefined {
  const mistake = (what: string) => findings.problem(where, what);
  const url = URL.canParse(text) && !/\s/.test(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(text)) {
    return mistake('expected an https or http URL such as https://app.thedex.cloud');
  }
  if (url.username !== '' || url.password !== '') return mistake('a URL must not hold a user name or password');
  // `https://host/?` has an empty query, which the parsed URL does not tell.
  if (/[?#]/.test(text)) return mistake('a URL must not hold a query or fragment');
  if (url.protocol === 'http:' && !insecureHttp && !isLoopback(url.hostname)) {
    return mistake('http: to another host would show the keys to the network: use https:, or --thedex.insecure-http');
  }
  return url;
}
