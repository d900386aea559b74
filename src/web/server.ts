import { readFile } from 'node:fs/promises';
import http, { type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { ListenAddress } from '../config/settings.ts';
import type { Logger } from '../lib/log.ts';
import { boundWarnings } from './bounded-log.ts';
import { Connections } from './connections.ts';
import { listen, listenOnDescriptor, systemdDescriptors } from './listen.ts';
import { createTlsAcceptor } from './tls.ts';
import type { WebConfigInForce } from './web-config.ts';

/** How long clients may take and how many connections there may be; times are in milliseconds. */
export interface ClientLimits {
  /** From connecting, or from the last answer's end and the next request's first byte, to the end of the headers. */
  readonly headersMs: number;
  /** The same, to the end of the body. */
  readonly requestMs: number;
  /** How often connections are held against the two above. */
  readonly checkEveryMs: number;
  /** How long a connection is kept while nothing is asked on it. */
  readonly keepAliveMs: number;
  /** How long a client may take nothing of an answer, besides the time that it may have to wait for it. */
  readonly slowReaderMs: number;
  /** Of all listeners together. */
  readonly maxConnections: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  // Who has not said what it wants within this time does not want to be answered.
  headersMs: 10_000,
  requestMs: 10_000,
  // Each look wakes an idle process. Silent connections that wait for the next one keep nobody else out.
  checkEveryMs: 30_000,
  // Longer than the usual interval between scrapes, so that Prometheus need not connect anew for each.
  keepAliveMs: 120_000,
  // A page passes in milliseconds; this leaves room for lost packets.
  slowReaderMs: 30_000,
  // Far more than any number of Prometheus servers needs.
  maxConnections: 1_000,
};

/** A scrape's headers take a few hundred bytes; cookies of a reverse proxy may add some thousands. */
const MAX_HEADER_BYTES = 16 * 1024;
/** What clients may take of the descriptors; files and connections to the gateway need the others. */
const CLIENTS_SHARE_OF_DESCRIPTORS = 0.5;
/** When draining, a request may be on its way on a connection that has just come. */
const LATE_REQUEST_MS = 250;

export interface ServersOptions {
  readonly handler: RequestListener;
  readonly addresses: readonly ListenAddress[];
  /** Listen on the sockets that systemd hands over, instead of on addresses. */
  readonly systemdSocket: boolean;
  /** Says whether connections speak TLS, and how; plain HTTP where there is none. */
  readonly web: Pick<WebConfigInForce, 'tls' | 'refresh'> | undefined;
  /** `--thedex.timeout`. */
  readonly longestScrapeMs: number;
  readonly log: Logger;
  /** `CLIENT_LIMITS` where there are none. */
  readonly limits?: ClientLimits;
}

/** The servers that listen. */
export interface Servers {
  /** Where they listen, as URLs: also `unix:///path` of socket files, and `fd://3` of those that systemd opened. */
  readonly addresses: readonly string[];
  /** Stops listening, waits until requests under way are answered, and ends what is left after the time given. */
  drain(graceMs: number): Promise<void>;
}

/**
 * Listens on all addresses, or on none. The handler sees one request of a connection at a time, and `arrivalOf` tells it
 * how each came.
 *
 * @throws ConfigurationError with one line if one of them cannot be had.
 */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { web, limits = CLIENT_LIMITS } = options;
  const warn = boundWarnings(options.log);
  const maxConnections = Math.min(limits.maxConnections, await descriptorsForClients());
  const connections = new Connections({ handler: options.handler, maxConnections, warn });
  const opened: http.Server[] = [];
  const addresses: string[] = [];
  const open = async (bind: (server: http.Server) => Promise<string>) => {
    const { server, serveHttp } = createServer(options, limits, connections);
    const accept = web === undefined ? serveHttp : createTlsAcceptor(web, serveHttp, warn);
    server.on('connection', (socket) => {
      if (connections.add(socket)) accept(socket);
    });
    const address = await bind(server);
    opened.push(server);
    addresses.push(address.includes('://') ? address : `${web?.tls === undefined ? 'http' : 'https'}://${address}`);
  };
  const drain = (graceMs: number) => closeServers(opened, connections, graceMs);
  try {
    if (options.systemdSocket) {
      for (const fd of systemdDescriptors(process.env, process.pid)) {
        await open((server) => listenOnDescriptor(server, fd));
      }
    } else {
      for (const address of options.addresses) await open((server) => listen(server, address));
    }
  } catch (error) {
    await drain(0);
    throw error;
  }
  return { addresses, drain };
}

/** A server that leaves it to others which connections it serves, and with or without TLS. */
function createServer(
  { longestScrapeMs }: ServersOptions,
  limits: ClientLimits,
  connections: Connections,
): { server: http.Server; serveHttp: (socket: Socket) => void } {
  const server = http.createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      keepAliveTimeout: limits.keepAliveMs,
      insecureHTTPParser: false,
    },
    connections.handleRequest,
  );
  // Answer clients that close their half of the connection after the request.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.setTimeout(longestScrapeMs + limits.slowReaderMs, (socket) => socket.destroy());
  // Closing a server calls it, and it would cut off answers that are handed over but not sent.
  server.closeIdleConnections = () => {};
  const serve = server.listeners('connection') as ((this: http.Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  return {
    server,
    serveHttp: (socket) => {
      for (const each of serve) each.call(server, socket);
    },
  };
}

async function closeServers(servers: readonly http.Server[], connections: Connections, graceMs: number): Promise<void> {
  const late = setTimeout(() => connections.closeWhenAnswered(), LATE_REQUEST_MS);
  const grace = setTimeout(() => connections.closeAll(), graceMs);
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  clearTimeout(late);
  clearTimeout(grace);
}

/** How many connections of clients there are descriptors for; no bound where the system does not tell. */
async function descriptorsForClients(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'latin1').catch(() => '');
  const open = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return open === undefined ? Infinity : Math.max(1, Math.floor(Number(open) * CLIENTS_SHARE_OF_DESCRIPTORS));
}
