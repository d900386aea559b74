import { connect, type Socket } from 'node:net';

/**
 * What Prometheus sends, but for gzip, which the goals leave out: OpenMetrics is preferred, and the scrape has a
 * deadline.
 */
const HEADERS =
  'Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n' +
  'User-Agent: bench\r\nX-Prometheus-Scrape-Timeout-Seconds: 15\r\n';

const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/**
 * A scraper of one page over a connection that it keeps as long as the server lets it. It stands on a bare socket and
 * understands just enough HTTP, because a client that costs more than the server would be what is measured.
 */
export class Scraper {
  readonly #port: number;
  readonly #path: string;
  #socket: Socket | undefined;

  constructor(port: number, path: string) {
    this.#port = port;
    this.#path = path;
  }

  /**
   * One scrape; resolves with the whole answer, its head included.
   * @throws Error if the connection fails or the status is not 200
   */
  scrape(path = this.#path): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket ?? this.#connect();
      const chunks: Buffer[] = [];
      let missing = Number.POSITIVE_INFINITY;
      const end = (error?: Error) => {
        socket.removeAllListeners();
        socket.on('error', () => this.#drop(socket));
        socket.once('close', () => this.#drop(socket));
        const answer = Buffer.concat(chunks);
        if (error === undefined && answer.subarray(9, 12).toString('latin1') === '200') resolve(answer);
        else reject(error ?? new Error(`no good answer: ${answer.subarray(0, 300).toString('utf8')}`));
      };
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        missing = chunks.length === 1 ? remainingOf(chunk) : missing - chunk.length;
        // Go sends chunks; of no page of text the last line is a zero.
        const isLastChunk =
          missing === Number.POSITIVE_INFINITY && chunk.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
        if (missing <= 0 || isLastChunk) end();
      });
      socket.once('error', (error) => {
        this.#drop(socket);
        end(error);
      });
      socket.once('close', () => {
        this.#drop(socket);
        end(chunks.length === 0 ? new Error('closed without an answer') : undefined);
      });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\n${HEADERS}\r\n`);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    return socket;
  }

  #drop(socket: Socket): void {
    socket.destroy();
    if (this.#socket === socket) this.#socket = undefined;
  }
}

// Infinite, that is until the connection is closed, where no length is given or the connection will not be kept.
function remainingOf(first: Buffer): number {
  const headEnd = first.indexOf('\r\n\r\n');
  const head = first.subarray(0, headEnd).toString('latin1');
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (headEnd < 0 || length === undefined || head.startsWith('HTTP/1.0')) return Number.POSITIVE_INFINITY;
  return Number(length) - (first.length - headEnd - 4);
}
