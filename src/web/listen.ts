import { access, lstat, rm } from 'node:fs/promises';
import net, { type AddressInfo, type ListenOptions, type Server } from 'node:net';
import { dirname } from 'node:path';
import { formatListenAddress } from '../config/addresses.ts';
import { ConfigurationError } from '../config/configuration-error.ts';
import type { ListenAddress } from '../config/settings.ts';

// A socket file with this umask has mode 0660: owner and group may connect, such as a reverse proxy of the same group.
const SOCKET_UMASK = 0o117;

/**
 * Binds a server to an address. A socket file goes when the server is closed.
 *
 * @returns where it listens: `127.0.0.1:10055`, `[::1]:10055` or `unix:///path`
 * @throws ConfigurationError with one line if the address cannot be had.
 */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  try {
    await (address.kind === 'unix' ? listenOnFile(server, address.path) : listenOnPort(server, address));
  } catch (error) {
    throw new ConfigurationError([describeRefusal(address, error)]);
  }
  return address.kind === 'unix' ? formatListenAddress(address) : describeBound(server);
}

// systemd hands over its sockets as descriptors from 3 on; source: sd_listen_fds(3).
const FIRST_DESCRIPTOR = 3;
// Far more than addresses that anybody listens on: a larger number is not systemd's.
const MAX_DESCRIPTORS = 1_000;

/**
 * The descriptors of the sockets that systemd has opened for this process.
 * @param env holds `LISTEN_PID` and `LISTEN_FDS`.
 * @throws ConfigurationError if it has opened none, or not for this process.
 */
export function systemdDescriptors(env: Readonly<Record<string, string | undefined>>, pid: number): readonly number[] {
  const count = Number(env['LISTEN_FDS']);
  if (env['LISTEN_PID'] === String(pid) && Number.isInteger(count) && count > 0 && count <= MAX_DESCRIPTORS) {
    return Array.from({ length: count }, (_, index) => FIRST_DESCRIPTOR + index);
  }
  throw new ConfigurationError([
    '--web.systemd-socket: expected sockets from systemd (LISTEN_PID, LISTEN_FDS), got none: start by a .socket unit',
  ]);
}

/**
 * Takes over a socket that another process has opened and bound already.
 *
 * @returns where it listens; `fd://` and the descriptor of a socket file, whose path Node does not tell
 * @throws ConfigurationError with one line if the descriptor is no such socket
 */
export async function listenOnDescriptor(server: Server, fd: number): Promise<string> {
  try {
    await start(server, { fd });
  } catch (error) {
    // Also of a descriptor that is not open, or that is open for something else.
    const isSocket = (error as NodeJS.ErrnoException).code !== 'EINVAL';
    const why = isSocket ? explain(error) : 'it is no socket that takes connections';
    throw new ConfigurationError([`--web.systemd-socket: cannot listen on descriptor ${fd}: ${why}`]);
  }
  return server.address() === null ? `fd://${fd}` : describeBound(server);
}

/** One line on why an address cannot be had. */
export function describeRefusal(address: ListenAddress, error: unknown): string {
  return `--web.listen-address: cannot listen on ${formatListenAddress(address)}: ${explain(error)}`;
}

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return WORDS[code ?? ''] ?? message;
}

const WORDS: Readonly<Record<string, string | undefined>> = {
  EADDRINUSE: 'the address is in use by another process',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EPROTOTYPE: 'a socket of another kind stands there',
  EAFNOSUPPORT: 'this machine has no IPv6',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up',
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'a part of the path is not a folder',
};

async function listenOnPort(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  if (host !== '') return start(server, { host, port });
  try {
    await start(server, { host: '::', port });
  } catch (error) {
    // A machine without IPv6 has no `::`, which elsewhere stands for IPv4 too.
    if (!['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await start(server, { host: '0.0.0.0', port });
  }
}

async function listenOnFile(server: Server, path: string): Promise<void> {
  // Node tells of a folder that does not exist as of one without permission.
  await access(dirname(path));
  await removeStaleSocket(path);
  // The file gets its mode as it is made, so that nobody can connect in between.
  const umask = process.umask(SOCKET_UMASK);
  const started = start(server, { path });
  process.umask(umask);
  await started;
}

// A process that was killed leaves its socket file behind, on which nobody answers.
async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error('a file that is no socket stands there');
  const code = await tryToConnect(path);
  if (code === 'ENOENT') return;
  // Nothing else shows that nobody listens: permission may be missing, or the queue of who listens may be full.
  if (code !== 'ECONNREFUSED') {
    throw Object.assign(new Error('in use'), { code: code === 'EAGAIN' ? 'EADDRINUSE' : (code ?? 'EADDRINUSE') });
  }
  await rm(path, { force: true });
}

/** @returns why nobody answered; `undefined` if somebody did */
function tryToConnect(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    const end = (code: string | undefined) => {
      socket.destroy();
      resolve(code);
    };
    socket.once('connect', () => end(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

function start(server: Server, options: ListenOptions | { fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function describeBound(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
