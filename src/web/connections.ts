import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Warn } from './bounded-log.ts';

/** Prometheus waits for each answer. Whoever sends more than this without waiting is turned away. */
export const MAX_WAITING_REQUESTS = 100;

/** Most answers are under way before; a client that has half-closed its connection is not asked then. */
const PROBE_EVERY_MS = 100;

const TOO_MANY = 'Too many requests were sent without waiting for their answers.\n';
const REFUSAL = `HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${TOO_MANY.length}\r\n\r\n${TOO_MANY}`;

/** How a request came, and whether its client still waits. */
export interface Arrival {
  /** `performance.now()` when the head of the request had arrived: before queues and password checks. */
  readonly atMs: number;
  /** Aborts when the client hangs up before the answer was sent. */
  readonly gone: AbortSignal;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();

/** How a request came. One that no server of ours took, as in a test, has just arrived and never hangs up. */
export function arrivalOf(request: IncomingMessage): Arrival {
  return arrivals.get(request) ?? { atMs: performance.now(), gone: new AbortController().signal };
}

interface PendingRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly atMs: number;
}

interface Connection {
  /** The socket as it was accepted, below TLS. */
  readonly socket: Socket;
  /** The client's address; empty for a socket file, whose clients are all of this machine. */
  readonly client: string;
  idleSinceMs: number;
  answering: ServerResponse | undefined;
  /** Requests that came before the answer to an earlier one was sent. */
  readonly waiting: PendingRequest[];
  isRefused: boolean;
}

export interface ConnectionsOptions {
  readonly handler: RequestListener;
  /** Of all listeners together. */
  readonly maxConnections: number;
  readonly warn: Warn;
}

/**
 * The open connections of all listeners. Each has one request in the handler at a time. When there are too many, the
 * longest idle one of the client that has most is closed: no client can shut the others out.
 *
 * Node's own bookkeeping does not do: it knows nothing of connections that still shake hands for TLS, takes those for
 * busy on which nothing has been asked yet, and those for idle whose answer is handed over but not sent.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Map<Socket, Connection>();
  #isEnding = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Takes in a connection that has just come. @returns whether it stays */
  add(socket: Socket): boolean {
    this.#open.set(socket, {
      socket,
      client: socket.remoteAddress ?? '',
      idleSinceMs: performance.now(),
      answering: undefined,
      waiting: [],
      isRefused: false,
    });
    socket.once('close', () => this.#open.delete(socket));
    if (this.#open.size > this.#options.maxConnections) this.#makeRoom(socket);
    return !socket.destroyed;
  }

  /** The handler for servers whose connections were added. */
  readonly handleRequest: RequestListener = (request, response) => {
    const connection = this.#open.get(acceptedSocketOf(request.socket));
    if (connection === undefined || connection.isRefused) return;
    const pending = { request, response, atMs: performance.now() };
    if (!isBusy(connection)) this.#answer(connection, pending);
    else if (connection.waiting.length < MAX_WAITING_REQUESTS) connection.waiting.push(pending);
    else this.#refuse(connection, request.socket);
  };

  /** Closes what is idle, and everything else as soon as its answers are sent. */
  closeWhenAnswered(): void {
    this.#isEnding = true;
    for (const connection of this.#open.values()) if (!isBusy(connection)) connection.socket.destroy();
  }

  /** Closes all connections. */
  closeAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  #answer(connection: Connection, { request, response, atMs }: PendingRequest): void {
    const hangUp = new AbortController();
    const stopWatching = watchHalfClosed(request, response);
    arrivals.set(request, { atMs, gone: hangUp.signal });
    connection.answering = response;
    response.once('close', () => {
      stopWatching();
      if (!response.writableFinished) hangUp.abort();
      connection.answering = undefined;
      connection.idleSinceMs = performance.now();
      if (connection.waiting.length > 0) setImmediate(() => this.#answerNext(connection));
      else if (this.#isEnding) connection.socket.destroy();
    });
    this.#options.handler(request, response);
  }

  #answerNext(connection: Connection): void {
    const next = connection.waiting.shift();
    if (next !== undefined && !connection.socket.destroyed) this.#answer(connection, next);
  }

  #refuse(connection: Connection, socket: Socket): void {
    connection.isRefused = true;
    connection.waiting.length = 0;
    this.#options.warn('Connection closed: too many requests without waiting for answers', {
      client: nameOf(connection),
    });
    if (connection.answering?.headersSent !== true) socket.write(REFUSAL);
    socket.destroySoon();
  }

  #makeRoom(newcomer: Socket): void {
    const counts = new Map<string, number>();
    for (const { client } of this.#open.values()) counts.set(client, (counts.get(client) ?? 0) + 1);
    const countOf = ({ client }: Connection) => counts.get(client) ?? 0;
    const idle = [...this.#open.values()].filter((connection) => !isBusy(connection));
    // The newcomer is idle as well, so there is always one.
    const victim = idle.reduce((worst, each) => {
      const byCount = countOf(each) - countOf(worst);
      return byCount > 0 || (byCount === 0 && each.idleSinceMs < worst.idleSinceMs) ? each : worst;
    });
    this.#options.warn('Too many connections: closed the longest idle one of the client that has most', {
      client: nameOf(victim),
      connections: countOf(victim),
      limit: this.#options.maxConnections,
      newcomer: newcomer.remoteAddress,
    });
    // It counts no more, although its end is told of later.
    this.#open.delete(victim.socket);
    victim.socket.destroy();
  }
}

function isBusy({ answering, waiting }: Connection): boolean {
  return answering !== undefined || waiting.length > 0;
}

function nameOf({ client }: Connection): string {
  return client === '' ? 'socket file' : client;
}

/** The socket below TLS, or the socket itself without TLS. Node's documentation does not tell of the property. */
export function acceptedSocketOf(socket: Socket): Socket {
  return (socket as Socket & { _parent?: Socket | null })._parent ?? socket;
}

/**
 * A client that has sent the end of its stream may have closed one half, as `nc -N` does, and wait for the answer; or it
 * has hung up. Only writing tells: to one that hung up it ends in an error, which closes the socket. An interim
 * response (RFC 9110, 15.2) is what may be written before the answer, and then a write of nothing is enough.
 */
function watchHalfClosed(request: IncomingMessage, response: ServerResponse): () => void {
  const { socket } = request;
  let timer: NodeJS.Timeout | undefined;
  let isAsked = false;
  const probe = () => {
    if (isAsked || response.headersSent) socket.write('');
    else response.writeProcessing();
    isAsked = true;
  };
  const watch = () => {
    // The end of a TLS stream ends both halves (RFC 5246, 7.2.1).
    if (socket instanceof TLSSocket) socket.destroy();
    // HTTP/1.0 has no interim responses: such a client is answered in any case.
    else if (request.httpVersion !== '1.0') timer = setInterval(probe, PROBE_EVERY_MS);
  };
  if (socket.readableEnded) watch();
  else socket.once('end', watch);
  return () => {
    clearInterval(timer);
    socket.off('end', watch);
  };
}
