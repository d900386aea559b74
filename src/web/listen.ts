import { access, rm, stat } from 'node:fs/promises';
import net, { type AddressInfo, type ListenOptions, type Server } from 'node:net';
import { dirname } from 'node:path';
import { ConfigurationError } from '../config/configuration-error.ts';
import type { ListenAddress } from '../config/settings.ts';

// A socket file with this umask has mode 0660: owner and group may connect, such as a reverse proxy of the same group.
const SOCKET_UMASK = 0o117;

/** A server that listens, and where. */
export interface Bound {
  /** Such as `127.0.0.1:10055` or `[::1]:10055`; of a socket file, `unix:` and its path. */
  readonly address: string;
  /** Undoes what listening left behind besides the server itself. */
  readonly cleanUp: () => Promise<void>;
}

/**
 * Binds a server to an address.
 * @throws ConfigurationError with one line if the address cannot be had.
 */
export async function listen(server: Server, address: ListenAddress): Promise<Bound> {
  const described = describe(address);
  try {
    if (address.kind === 'unix') return await listenOnFile(server, address.path);
    await listenOnPort(server, address);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = WORDS[code ?? ''] ?? message;
    throw new ConfigurationError([`--web.listen-address: cannot listen on ${described}: ${why}`]);
  }
  return { address: describeBound(server), cleanUp: () => Promise.resolve() };
}

/** Takes over a socket that another process has opened and bound already. */
export async function listenOnDescriptor(server: Server, fd: number): Promise<Bound> {
  await start(server, { fd });
  return { address: describeBound(server), cleanUp: () => Promise.resolve() };
}

const WORDS: Readonly<Record<string, string | undefined>> = {
  EADDRINUSE: 'the address is in use by another process',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied',
  ENOTFOUND: 'the host name is not known',
  ENOENT: 'the folder does not exist',
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

async function listenOnFile(server: Server, path: string): Promise<Bound> {
  // Node tells of a folder that does not exist as of one without permission.
  await access(dirname(path));
  await removeStaleSocket(path);
  // The file gets its mode as it is made, so that nobody can connect in between.
  const umask = process.umask(SOCKET_UMASK);
  const started = start(server, { path });
  process.umask(umask);
  await started;
  return { address: `unix:${path}`, cleanUp: () => rm(path, { force: true }) };
}

// A process that was killed leaves its socket file behind, on which nobody answers.
async function removeStaleSocket(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error('a file that is no socket stands there');
  if (await answers(path)) throw Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
  await rm(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code !== 'ECONNREFUSED'));
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

function describe(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix://${address.path}`;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

function describeBound(server: Server): string {
  const bound = server.address() as AddressInfo | string;
  if (typeof bound === 'string') return `unix:${bound}`;
  return `${bound.address.includes(':') ? `[${bound.address}]` : bound.address}:${bound.port}`;
}
