import { BlockList, isIP } from 'node:net';
import { isLoopback } from './addresses.ts';
import type { Findings } from './configuration-error.ts';
import type { Environment } from './flags.ts';

/** Finds the proxy of a URL, if it has one. */
export type ProxyFor = (url: URL) => URL | undefined;

/** The port of a proxy whose URL has none, as curl has it. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '1080', 'https:': '443' };
const EXPECTED = 'expected the URL of a proxy, such as http://proxy.example:3128';

/**
 * The proxies that the environment names, as curl reads it: `https_proxy` or `http_proxy` by the URL's scheme, else
 * `all_proxy`, each in lower case before upper case, except for what `no_proxy` lists. Loopback is never proxied.
 *
 * @param findings takes what is wrong with a proxy, once, when a URL asks for it; what it holds is not shown
 */
export function readProxies(env: Environment, findings: Findings): ProxyFor {
  const isExcluded = readExclusions(givenBy(env, 'no_proxy')?.text ?? '');
  const proxies = new Map<string, URL | undefined>();
  return (url) => {
    if (isLoopback(url.hostname) || isExcluded(url)) return undefined;
    const given = givenBy(env, url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? givenBy(env, 'all_proxy');
    if (given === undefined) return undefined;
    if (!proxies.has(given.where)) proxies.set(given.where, parseProxy(given.text, given.where, findings));
    return proxies.get(given.where);
  };
}

/** A proxy's URL without user and password, for logs. */
export function describeProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

function givenBy(env: Environment, name: string): { readonly text: string; readonly where: string } | undefined {
  const where = [name, name.toUpperCase()].find((each) => (env[each] ?? '') !== '');
  return where === undefined ? undefined : { text: env[where] ?? '', where };
}

function parseProxy(text: string, where: string, findings: Findings): URL | undefined {
  const written = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(written) && !/\s/.test(text) ? new URL(written) : undefined;
  if (url === undefined) return findings.problem(where, `${EXPECTED}; what is special in a password is written as %40`);
  if (DEFAULT_PORTS[url.protocol] === undefined) {
    return findings.problem(where, `${EXPECTED}: only http:// and https:// proxies can be used`);
  }
  // A `#` or `?` in a password ends the host for a URL.
  if (url.pathname !== '/' || /[?#]/.test(written))
    return findings.problem(where, `${EXPECTED}, without path and query`);
  // A `%` that begins no escape stands for itself.
  url.username = escapeStrayPercents(url.username);
  url.password = escapeStrayPercents(url.password);
  if (!isDecodable(url.username) || !isDecodable(url.password)) {
    return findings.problem(where, `${EXPECTED}: the escapes in its user or password are not UTF-8`);
  }
  const host = written.slice(written.lastIndexOf('@') + 1);
  if (!/:\d+\/?$/.test(host)) url.port = DEFAULT_PORTS[url.protocol] ?? '';
  return url;
}

function escapeStrayPercents(text: string): string {
  return text.replaceAll(/%(?![\da-f]{2})/gi, '%25');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

// Entries are host names with all below them, addresses, and ranges of addresses; a port narrows an entry to it.
function readExclusions(text: string): (url: URL) => boolean {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(readExclusion);
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return entries.some((entry) => (entry.port === '' || entry.port === port) && entry.covers(host));
  };
}

interface Exclusion {
  readonly port: string;
  covers(host: string): boolean;
}

function readExclusion(entry: string): Exclusion {
  if (entry === '*') return { port: '', covers: () => true };
  // An IPv6 address has its colons itself, and brackets where a port follows.
  const [, bracketed, named, digits = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d+))?$/.exec(entry) ?? [];
  const name = (bracketed ?? named ?? entry).replace(/^\*?\./, '').replace(/\.$/, '');
  const [address = '', bits] = name.split('/');
  const version = isIP(address);
  if (version === 0) return { port: digits, covers: (host) => host === name || host.endsWith(`.${name}`) };
  const family = version === 6 ? 'ipv6' : 'ipv4';
  const range = new BlockList();
  const most = version === 6 ? 128 : 32;
  if (bits === undefined) range.addAddress(address, family);
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= most) range.addSubnet(address, Number(bits), family);
  return { port: digits, covers: (host) => isIP(host) === version && range.check(host, family) };
}
