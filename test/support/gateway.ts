import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A request that a test gateway received. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A gateway on loopback whose answers a test chooses; connections are real, and so are the faults. */
export interface TestGateway {
  readonly url: URL;
  readonly port: number;
  readonly requests: ReceivedRequest[];
  readonly sockets: Socket[];
  /** How it answers the next requests. */
  answer: Answer;
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  readonly answer?: Answer;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function startGateway({ answer, tls }: TestGatewayOptions = {}): Promise<TestGateway> {
  const sockets: Socket[] = [];
  const requests: ReceivedRequest[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      gateway.answer(request, response, body);
    });
  };
  const server = tls === undefined ? http.createServer(handle) : https.createServer(tls, handle);
  server.keepAliveTimeout = 60_000;
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
  });
  const port = await listen(server);
  const gateway: TestGateway = {
    url: new URL(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`),
    port,
    requests,
    sockets,
    answer: answer ?? json('[]'),
    close: () => {
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return gateway;
}

/** A server that speaks no HTTP of itself: `talk` is given each connection once something has come in on it. */
export async function startRawGateway(talk: (socket: Socket) => void): Promise<{ url: URL; close(): Promise<void> }> {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => talk(socket));
  });
  const port = await listen(server);
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** An answer with a status and a body. */
export function respond(status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(body);
  };
}

/** The usual answer: status 200 with JSON. */
export function json(body: string): Answer {
  return respond(200, body);
}

/** One currency's balance as the API writes it. */
export function balance(total: unknown, hold: unknown, available: unknown): Record<string, unknown> {
  return { totalBalance: total, holdBalance: hold, availableBalance: available };
}

/** A port of loopback on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = net.createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
