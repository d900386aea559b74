import http, { type RequestListener, type ServerOptions } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { ListenAddress } from '../config/settings.ts';
import { listen, listenOnDescriptor, type Bound } from './listen.ts';
import { systemdDescriptors } from './systemd.ts';

// A scrape's headers take a few hundred bytes; cookies of a reverse proxy may add some thousands.
const MAX_HEADER_BYTES = 16 * 1024;
// Who has not said what it wants within this time does not want to be answered.
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 10_000;
// How often connections are held against these times.
const CHECKING_INTERVAL_MS = 5_000;
// Longer than the usual interval between scrapes, so that Prometheus need not connect anew for each.
const KEEP_ALIVE_MS = 120_000;
// How long a client may take nothing of an answer, after the longest time that it may have to wait for it.
const SLOW_READER_MS = 30_000;
// Far more than any number of Prometheus servers, and far less than there are descriptors.
const MAX_CONNECTIONS = 1_000;

type AnyServer = http.Server | HttpsServer;

/** Makes a server, with TLS or without. */
export type CreateServer = (options: ServerOptions, handler: RequestListener) => AnyServer;

export interface ServersOptions {
  readonly handler: RequestListener;
  readonly addresses: readonly ListenAddress[];
  /** Listen on the sockets that systemd hands over, instead of on addresses. */
  readonly systemdSocket: boolean;
  /** With TLS; plain HTTP where there is none. */
  readonly createTlsServer: CreateServer | undefined;
  /** `--thedex.timeout`. */
  readonly longestScrapeMs: number;
}

/** The servers that listen. */
export interface Servers {
  /** Where they listen, as URLs; `unix:` and a path for socket files. */
  readonly addresses: readonly string[];
  /** Stops listening, waits until requests under way are answered, and ends what is left after the time given. */
  drain(graceMs: number): Promise<void>;
}

/**
 * Listens on all addresses, or on none.
 * @throws ConfigurationError with one line if one of them cannot be had.
 */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const opened: { server: AnyServer; bound: Bound }[] = [];
  const closeAll = (graceMs: number) => Promise.all(opened.map((each) => close(each, graceMs)));
  const open = async (bind: (server: AnyServer) => Promise<Bound>) => {
    const server = createServer(options);
    opened.push({ server, bound: await bind(server) });
  };
  try {
    if (options.systemdSocket) {
      for (const fd of systemdDescriptors(process.env, process.pid)) {
        await open((server) => listenOnDescriptor(server, fd));
      }
    } else {
      for (const address of options.addresses) await open((server) => listen(server, address));
    }
  } catch (error) {
    await closeAll(0);
    throw error;
  }
  const scheme = options.createTlsServer === undefined ? 'http' : 'https';
  return {
    addresses: opened.map(({ bound: { address } }) =>
      address.startsWith('unix:') ? address : `${scheme}://${address}`,
    ),
    drain: async (graceMs) => {
      await closeAll(graceMs);
    },
  };
}

function createServer({ handler, createTlsServer, longestScrapeMs }: ServersOptions): AnyServer {
  const create: CreateServer = createTlsServer ?? http.createServer;
  const server = create(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECKING_INTERVAL_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    handler,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(longestScrapeMs + SLOW_READER_MS, (socket) => socket.destroy());
  return server;
}

// A connection whose answer was under way becomes idle later, and a client that keeps it would hold up the end.
const IDLE_CHECK_MS = 50;

async function close({ server, bound }: { server: AnyServer; bound: Bound }, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const grace = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(grace);
  await bound.cleanUp();
}
