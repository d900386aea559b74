import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';

/**
 * What is open on a server. Node knows neither of connections that still shake hands for TLS, nor does it take those
 * for idle on which nothing has been asked yet, such as a browser's in reserve: either would hold up the end. And it
 * takes those for idle whose answer is handed over but not sent: such an answer would be cut off.
 */
export class OpenConnections {
  readonly #server: Server | HttpsServer;
  readonly #sockets = new Set<Socket>();
  readonly #answers = new Set<ServerResponse>();
  #isEnding = false;

  /** @param server one that does not listen yet */
  constructor(server: Server | HttpsServer) {
    this.#server = server;
    // Closing a server calls it; what is idle is ended by `destroyWhenAnswered` instead.
    server.closeIdleConnections = () => {};
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.#answers.add(response);
      response.once('close', () => {
        this.#answers.delete(response);
        this.#destroyIfAnswered();
      });
    });
  }

  /** Ends all connections as soon as no answer is under way. */
  destroyWhenAnswered(): void {
    this.#isEnding = true;
    this.#destroyIfAnswered();
  }

  /** Ends all connections. */
  destroy(): void {
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }

  #destroyIfAnswered(): void {
    if (this.#isEnding && this.#answers.size === 0) this.destroy();
  }
}
