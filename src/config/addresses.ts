import { BlockList, isIP, isIPv6 } from 'node:net';
import { quote } from '../lib/quote.ts';
import type { Findings } from './configuration-error.ts';
import type { GivenText } from './flags.ts';
import type { ListenAddress } from './settings.ts';

const MAX_PORT = 65_535;
/** The kernel keeps 108 bytes for a socket's path, the last of them zero. */
const MAX_SOCKET_PATH_BYTES = 107;
const UNIX_PREFIX = 'unix://';
const HOST_NAME = /^(?:[a-z\d_](?:[a-z\d_-]*[a-z\d_])?\.)*[a-z\d_](?:[a-z\d_-]*[a-z\d_])?\.?$/i;
const MAX_HOST_NAME = 253;
const EXPECTED_ADDRESS = 'expected host:port, :port, [IPv6]:port or unix:///path';

/** All addresses to listen on; the same one twice is a mistake. */
export function parseListenAddresses(given: readonly GivenText[], findings: Findings): readonly ListenAddress[] {
  const addresses = new Map<string, ListenAddress>();
  for (const { text, where } of given) {
    const address = parseListenAddress(text, (what) => findings.problem(where, `${what}, got ${quote(text)}`));
    if (address === undefined) continue;
    const key = JSON.stringify(address);
    if (addresses.has(key)) findings.problem(where, `${quote(text)} is given twice`);
    addresses.set(key, address);
  }
  return [...addresses.values()];
}

/** An address in the form in which it is given. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `${UNIX_PREFIX}${address.path}`;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

type Mistake = (what: string) => undefined;

function parseListenAddress(text: string, mistake: Mistake): ListenAddress | undefined {
  if (text.startsWith(UNIX_PREFIX)) return parseSocketPath(text.slice(UNIX_PREFIX.length), mistake);
  const [, written = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (digits === '') return mistake(EXPECTED_ADDRESS);
  if (isIPv6(written)) return mistake('expected an IPv6 address to stand in brackets, as in [::1]:10055');
  const host = written.startsWith('[') ? bracketed(written) : written;
  if (host === undefined || !isHost(host)) return mistake(EXPECTED_ADDRESS);
  if (Number(digits) > MAX_PORT) return mistake(`expected a port from 0 to ${MAX_PORT}`);
  return { kind: 'tcp', host: host.toLowerCase(), port: Number(digits) };
}

function parseSocketPath(path: string, mistake: Mistake): ListenAddress | undefined {
  if (!path.startsWith('/') || path.endsWith('/') || path.includes('\0')) {
    return mistake('expected an absolute path to a socket, as in unix:///run/thedex-exporter.sock');
  }
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    return mistake(`expected a socket path of at most ${MAX_SOCKET_PATH_BYTES} bytes`);
  }
  return { kind: 'unix', path };
}

function bracketed(written: string): string | undefined {
  const inner = written.slice(1, -1);
  return written.endsWith(']') && isIPv6(inner) ? inner : undefined;
}

// Digits and points alone are a mistyped IPv4 address, not a name.
function isHost(host: string): boolean {
  if (host === '' || isIP(host) !== 0) return true;
  return host.length <= MAX_HOST_NAME && HOST_NAME.test(host) && !/^[\d.]+$/.test(host);
}

/** Where the API begins below the base URL. */
const API_PATH = /\/api(?:\/.*)?$/;

/** A gateway's base URL. Messages never show it, because it may hold a password. */
export function parseGatewayUrl(
  { text, where }: GivenText,
  { insecureHttp }: { readonly insecureHttp: boolean },
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
  if (API_PATH.test(url.pathname)) {
    return mistake(`expected the URL without the API's path: ${url.origin}${url.pathname.replace(API_PATH, '')}`);
  }
  if (url.protocol === 'http:' && !insecureHttp && !isLoopback(url.hostname)) {
    return mistake('http: to another host would show the keys to the network: use https:, or --thedex.insecure-http');
  }
  return url;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a URL's host name is this machine's loopback: `localhost`, 127.0.0.0/8 or `[::1]`. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(host);
  return version === 0 ? host === 'localhost' : LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

const PATH = /^(?:\/[\w.~-]*)+$/;
const MAX_PATH = 1024;
const TAKEN = /^\/(?:probe|sd|-(?:\/.*)?)\/?$/i;

/** The path of the metrics, which must leave the exporter's other paths alone. */
export function parseTelemetryPath({ text, where }: GivenText, findings: Findings): string {
  if (!isPlainPath(text)) {
    findings.problem(where, `expected a path such as /metrics, of letters, digits and _ . ~ / -, got ${quote(text)}`);
  } else if (TAKEN.test(text)) {
    findings.problem(where, `${text} is taken: /probe, /sd and everything under /-/ are the exporter's own`);
  }
  return text;
}

/** What all paths stand below: empty, or a path without a slash at its end. */
export function parseRoutePrefix({ text, where }: GivenText, findings: Findings): string {
  if (text === '') return '';
  if (!isPlainPath(text)) {
    findings.problem(where, `expected a path such as /thedex, of letters, digits and _ . ~ / -, got ${quote(text)}`);
  }
  return text.replace(/\/$/, '');
}

function isPlainPath(text: string): boolean {
  if (text.length > MAX_PATH || !PATH.test(text) || text.includes('//')) return false;
  return text.split('/').every((part) => part !== '.' && part !== '..');
}
