import { isIP, isIPv6 } from 'node:net';
import type { Findings } from './configuration-error.ts';
import { quote } from './quote.ts';
import type { RawValue } from './raw-values.ts';
import type { ListenAddress } from './settings.ts';

const MAX_PORT = 65_535;
/** The kernel keeps 108 bytes for a socket's path, the last of them zero. */
const MAX_SOCKET_PATH_BYTES = 107;
const UNIX_PREFIX = 'unix://';
const HOST_NAME = /^(?:[a-z\d_](?:[a-z\d_-]*[a-z\d_])?\.)*[a-z\d_](?:[a-z\d_-]*[a-z\d_])?\.?$/i;
const EXPECTED = 'expected host:port, :port, [IPv6]:port or unix:///path';

/** All addresses to listen on; the same one twice is a mistake. */
export function parseListenAddresses(values: readonly RawValue[], findings: Findings): readonly ListenAddress[] {
  const addresses = new Map<string, ListenAddress>();
  for (const value of values) {
    const address = parseListenAddress(value, findings);
    if (address === undefined) continue;
    const key = JSON.stringify(address);
    if (addresses.has(key)) findings.problem(value.where, `${quote(value.text)} is given twice`);
    addresses.set(key, address);
  }
  return [...addresses.values()];
}

function parseListenAddress({ text, where }: RawValue, findings: Findings): ListenAddress | undefined {
  const mistake = (what: string) => findings.problem(where, `${what}, got ${quote(text)}`);
  if (text.startsWith(UNIX_PREFIX)) return parseSocketPath(text.slice(UNIX_PREFIX.length), mistake);
  const match = /^(.*):(\d{1,5})$/.exec(text);
  const [, written = '', digits = ''] = match ?? [];
  if (match === null) return mistake(EXPECTED);
  if (isIPv6(written)) return mistake('expected an IPv6 address to stand in brackets, as in [::1]:10055');
  const host = written.startsWith('[') ? bracketed(written) : written;
  if (host === undefined || !isHost(host)) return mistake(EXPECTED);
  if (Number(digits) > MAX_PORT) return mistake(`expected a port from 0 to ${MAX_PORT}`);
  return { kind: 'tcp', host: host.toLowerCase(), port: Number(digits) };
}

function parseSocketPath(path: string, mistake: (what: string) => undefined): ListenAddress | undefined {
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
  return host === '' || isIP(host) !== 0 || (HOST_NAME.test(host) && !/^[\d.]+$/.test(host));
}
