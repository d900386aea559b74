import { readFileSync } from 'node:fs';
import http, { type ClientRequest, type ClientRequestArgs } from 'node:http';
import https from 'node:https';
import net, { type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

declare module 'node:http' {
  interface Agent {
    /** What `http.request` calls on its agent, at once; Node's types leave it out. */
    addRequest(request: ClientRequest, options: ClientRequestArgs): void;
  }
}

/**
 * What Node.js trusts, extra and system certificates included, and a PEM bundle besides; `undefined` without one.
 * @param extraFile certificates that Node.js trusts besides its own
 */
export function createSecureContext(
  caPem: string | undefined,
  extraFile = process.env['NODE_EXTRA_CA_CERTS'],
): tls.SecureContext | undefined {
  if (caPem === undefined) return undefined;
  // The option `ca` would take the place of what Node.js trusts, and would be read anew for each connection.
  const secureContext = tls.createSecureContext();
  const context = secureContext.context as { addCACert(pem: string): void };
  context.addCACert(caPem);
  // Node.js 20 drops these from a context that is given one more.
  if (extraFile !== undefined && extraFile !== '') context.addCACert(readOptionally(extraFile));
  return secureContext;
}

// A file that cannot be read is what Node.js warns of at its start, and goes on without.
function readOptionally(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** How a gateway is reached. */
export interface Route {
  readonly url: URL;
  /** The proxy that leads there, if one does. */
  readonly proxy: URL | undefined;
  /** What TLS trusts; `undefined` for what Node.js trusts. */
  readonly secureContext: tls.SecureContext | undefined;
}

/** Something went wrong with the proxy before it led anywhere. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/** The gateway changed to another protocol, which nobody asked for. */
export class UnexpectedUpgradeError extends Error {
  override readonly name = 'UnexpectedUpgradeError';
}

// TCP asks after a quiet peer this long, not every second as Node's default has it: an idle exporter sends nothing else.
const TCP_KEEP_ALIVE_MS = 60_000;
// Longer than usual scrape intervals. A gateway that announces a shorter time in `Keep-Alive` is believed.
const MAX_IDLE_MS = 600_000;
// What a load of thousands of accounts leaves open: their scrapes are spread over the interval, and few are under way at once.
const MAX_IDLE_CONNECTIONS = 64;
// Protocols are not negotiated to something that node:http does not speak.
const ALPN_PROTOCOLS = ['http/1.1'];

/**
 * The connections to one gateway, kept open from scrape to scrape and shared by all accounts: nothing ties them to a
 * key. Through a proxy an `https:` gateway is reached by CONNECT, and an `http:` gateway by naming it to the proxy.
 */
export class Connections extends http.Agent {
  readonly protocol: string;
  readonly defaultPort: number;
  /** The proxy's address without its password. */
  readonly proxyName: string | undefined;
  /** Whether requests themselves are sent to the proxy, so that it answers for whatever goes wrong. */
  readonly asksProxy: boolean;
  readonly #proxy: URL | undefined;
  #secureContext: tls.SecureContext | undefined;
  /** The gateway's last TLS session, which makes the next handshake a short one. */
  #session: Buffer | undefined;
  #exchange: Exchange | undefined;
  /** The request that is given a connection at this moment. */
  #asker: ClientRequest | undefined;

  constructor({ url, proxy, secureContext }: Route) {
    super({
      keepAlive: true,
      keepAliveMsecs: TCP_KEEP_ALIVE_MS,
      timeout: MAX_IDLE_MS,
      maxFreeSockets: MAX_IDLE_CONNECTIONS,
    });
    this.protocol = url.protocol;
    this.defaultPort = url.protocol === 'https:' ? 443 : 80;
    this.proxyName = proxy && `${proxy.protocol}//${proxy.host}`;
    this.asksProxy = proxy !== undefined && url.protocol === 'http:';
    this.#proxy = proxy;
    this.#secureContext = secureContext;
  }

  /**
   * What becomes of the request that was handed over last. node-fetch does so before it returns its promise, and hands
   * out neither its request nor its socket.
   */
  takeExchange(): Exchange | undefined {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    return exchange;
  }

  /** Closes the connections that are idle, so that a request that is made before anything else happens begins a fresh one. */
  closeIdle(): void {
    for (const sockets of Object.values(this.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  override addRequest(request: ClientRequest, options: ClientRequestArgs): void {
    this.#exchange = new Exchange(request);
    if (this.#proxy !== undefined && this.asksProxy) {
      request.path = `http://${String(request.getHeader('Host'))}${request.path}`;
      for (const [name, value] of Object.entries(authorizationFor(this.#proxy))) request.setHeader(name, value);
    }
    let mayReuse = false;
    for (const sockets of Object.values(this.freeSockets)) {
      // One that was closed a moment ago is still among them, and is not used again.
      for (const socket of sockets ?? []) mayReuse ||= !socket.destroyed;
    }
    if (!mayReuse) {
      this.#asker = request;
      super.addRequest(request, options);
      return;
    }
    // Whatever has come on an idle connection until now was not asked for. It is read, and ends the connection, before a
    // request is sent there: a whole turn of the event loop looks at every connection.
    setImmediate(() => {
      setImmediate(() => {
        if (request.destroyed) return;
        this.#asker = request;
        super.addRequest(request, options);
      });
    });
  }

  override createConnection(
    options: ClientRequestArgs & { servername?: string },
    callback: (error: Error | null, socket: Duplex) => void,
  ): Duplex | undefined {
    if (this.#proxy === undefined) {
      const address = options as net.TcpNetConnectOpts;
      return this.protocol === 'https:' ? this.#startTls(address, options.servername) : net.connect(address);
    }
    if (this.asksProxy) return this.#connectToProxy(this.#proxy);
    this.#openTunnel(this.#proxy, options, callback);
    return undefined;
  }

  // What comes on an idle connection answers nothing that was asked: the next request must not take it for its answer.
  override keepSocketAlive(socket: Socket): boolean {
    const canBeKept = super.keepSocketAlive(socket) as unknown as boolean;
    socket.on('data', destroyThis);
    return canBeKept && socket.readableLength === 0;
  }

  override reuseSocket(socket: Socket, request: ClientRequest): void {
    socket.off('data', destroyThis);
    super.reuseSocket(socket, request);
  }

  #trusted(): tls.SecureContext {
    return (this.#secureContext ??= tls.createSecureContext());
  }

  #startTls(over: net.TcpNetConnectOpts | { socket: Duplex; host: string }, servername: string | undefined): Socket {
    const socket = tls.connect({
      ...over,
      ...(servername === undefined ? {} : { servername }),
      secureContext: this.#trusted(),
      session: this.#session,
      ALPNProtocols: ALPN_PROTOCOLS,
    });
    socket.on('session', (session) => (this.#session = session));
    // A session that the gateway dislikes must not spoil the next handshake too.
    socket.once('error', () => (this.#session = undefined));
    return socket;
  }

  #connectToProxy(proxy: URL): Socket {
    const address = { ...addressOf(proxy), keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
    return proxy.protocol === 'https:'
      ? tls.connect({ ...address, ...servernameFor(address.host), secureContext: this.#trusted() })
      : net.connect(address);
  }

  #openTunnel(
    proxy: URL,
    { host, port, servername }: ClientRequestArgs & { servername?: string },
    callback: (error: Error | null, socket: Duplex) => void,
  ): void {
    const target = `${net.isIPv6(host ?? '') ? `[${host}]` : host}:${port}`;
    const secure = proxy.protocol === 'https:';
    const tunnel = (secure ? https : http).request({
      ...addressOf(proxy),
      method: 'CONNECT',
      path: target,
      headers: { Host: target, ...authorizationFor(proxy) },
      agent: false,
      ...(secure ? { secureContext: this.#trusted() } : {}),
    });
    const fail = (what: string) => callback(new ProxyError(`the proxy ${this.proxyName} ${what}`), undefined as never);
    // The request has no socket of its own yet that would end with it.
    const asker = this.#asker;
    const giveUp = () => tunnel.destroy();
    asker?.once('abort', giveUp);
    tunnel.once('error', (error: NodeJS.ErrnoException) => fail(`failed (${error.code ?? error.message})`));
    tunnel.once('connect', ({ statusCode }, socket: Socket, head) => {
      asker?.off('abort', giveUp);
      if (statusCode !== 200) {
        socket.destroy();
        fail(`refused to connect, with status ${statusCode}`);
        return;
      }
      if (head.length > 0) socket.unshift(head);
      socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
      callback(null, this.#startTls({ socket, host: host ?? '' }, servername));
    });
    tunnel.end();
  }
}

/** One request on the wire: what node-fetch does not tell of it. */
export class Exchange {
  readonly request: ClientRequest;
  /** The first thing that went wrong; node-fetch may report what followed from it. */
  error: Error | undefined;
  #hasAnswer = false;

  constructor(request: ClientRequest) {
    this.request = request;
    request.on('error', (error) => (this.error ??= error));
    request.once('socket', (socket) => socket.once('data', () => (this.#hasAnswer = true)));
    // Node.js takes a 101 that names no protocol for a mere notice, and waits for another status.
    request.on('information', ({ statusCode }) => {
      if (statusCode === 101) request.destroy(new UnexpectedUpgradeError());
    });
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      request.emit('error', new UnexpectedUpgradeError());
    });
  }

  /** Whether the request went out on a connection that had served another before, and nothing came back on it. */
  get diedOnReuse(): boolean {
    return this.request.reusedSocket && !this.#hasAnswer;
  }
}

function destroyThis(this: Socket): void {
  this.destroy();
}

function addressOf(proxy: URL): { host: string; port: number } {
  return {
    host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80),
  };
}

// A name in the handshake may be no address.
function servernameFor(host: string): { servername?: string } {
  return net.isIP(host) > 0 ? {} : { servername: host };
}

function authorizationFor({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const credentials = `${decodePercents(username)}:${decodePercents(password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

// A percent sign that begins no code stands for itself.
function decodePercents(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
