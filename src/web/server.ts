import http, { type RequestListener, type ServerOptions } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { ListenAddress } from '../config/settings.ts';
import { CLIENT_LIMITS, MAX_HEADER_BYTES, type ClientLimits } from './client-limits.ts';
import { listen, listenOnDescriptor } from './listen.ts';
import { OpenConnections } from './open-connections.ts';
import { systemdDescriptors } from './systemd.ts';

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

/** A server that listens. */
interface Opened {
  readonly server: AnyServer;
  readonly connections: OpenConnections;
  readonly address: string;
}

/**
 * Listens on all addresses, or on none.
 * @throws ConfigurationError with one line if one of them cannot be had.
 */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const opened: Opened[] = [];
  const closeAll = (graceMs: number) => Promise.all(opened.map((each) => close(each, graceMs)));
  const open = async (bind: (server: AnyServer) => Promise<string>) => {
    const server = createServer(options);
    const connections = new OpenConnections(server);
    opened.push({ server, connections, address: await bind(server) });
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
    addresses: opened.map(({ address }) => (address.includes('://') ? address : `${scheme}://${address}`)),
    drain: async (graceMs) => {
      await closeAll(graceMs);
    },
  };
}

function createServer({
  handler,
  createTlsServer,
  longestScrapeMs,
  limits = CLIENT_LIMITS,
}: ServersOptions): AnyServer {
  const create: CreateServer = createTlsServer ?? http.createServer;
  const server = create(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      keepAliveTimeout: limits.keepAliveMs,
      insecureHTTPParser: false,
    },
    handler,
  );
  server.maxConnections = limits.maxConnections;
  server.setTimeout(longestScrapeMs + limits.slowReaderMs, (socket) => socket.destroy());
  return server;
}

/** A request may be on its way on a connection that has just come. */
const NEWCOMERS_MS = 250;

async function close({ server, connections }: Opened, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const newcomers = setTimeout(() => connections.destroyWhenAnswered(), NEWCOMERS_MS);
  const grace = setTimeout(() => connections.destroy(), graceMs);
  await closed;
  clearTimeout(newcomers);
  clearTimeout(grace);
}
