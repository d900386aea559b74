import http from 'node:http';
import net from 'node:net';
import { gunzipSync } from 'node:zlib';

/** An answer of the exporter, with its body as text. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** What a scraper asks for. */
export interface PageRequest {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: http.Agent | undefined;
  readonly method?: string;
}

/** Asks as a usual client does. */
export function ask({ port, path, headers = {}, agent, method = 'GET' }: PageRequest): Promise<PageAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, path, headers, method, ...(agent && { agent }) },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          if (!answer.complete) return reject(new Error('the answer was cut off'));
          const bytes = Buffer.concat(chunks);
          const body = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers as Record<string, string | undefined>,
            body: body.toString('utf8'),
          });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

function requestText({ path, headers = {}, method = 'GET' }: PageRequest): string {
  const lines = Object.entries({ Host: 'chaos', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Writes all requests in one go, and reads as many answers. @param halfClose whether it says at once that nothing more comes */
export function askInOneGo(requests: readonly PageRequest[], halfClose: boolean): Promise<PageAnswer[]> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port: requests[0]?.port ?? 0, allowHalfOpen: true });
    let received = Buffer.alloc(0);
    const answers: PageAnswer[] = [];
    const finish = (error?: Error): void => {
      socket.destroy();
      if (answers.length === requests.length) resolve(answers);
      else reject(error ?? new Error(`${answers.length} of ${requests.length} answers came`));
    };
    socket.on('error', finish);
    socket.on('end', () => finish());
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      try {
        for (let taken = takeAnswer(received); taken !== undefined; taken = takeAnswer(received)) {
          received = received.subarray(taken.length);
          answers.push(taken.answer);
        }
      } catch (error) {
        finish(error as Error);
      }
      if (answers.length === requests.length) finish();
    });
    const text = requests.map(requestText).join('');
    if (halfClose) socket.end(text);
    else socket.write(text);
  });
}

/** Asks, and hangs up after a while without a word. */
export function askAndHangUp(request: PageRequest, afterMs: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port: request.port });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.write(requestText(request));
    setTimeout(() => socket.resetAndDestroy(), afterMs);
  });
}

// The exporter's pages carry their length; one without it would not be understood here, and so be told. Only what Node.js
// says to a request that does not come to its end has none, and no body.
function takeAnswer(bytes: Buffer): { length: number; answer: PageAnswer } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  // An interim response says nothing but that the answer is on its way.
  if (bytes.subarray(0, 'HTTP/1.1 1'.length).toString('latin1') === 'HTTP/1.1 1') {
    const rest = takeAnswer(bytes.subarray(headEnd + 4));
    return rest && { ...rest, length: headEnd + 4 + rest.length };
  }
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = headEnd + 4 + Number(headers['content-length'] ?? (statusLine.includes(' 408 ') ? 0 : Number.NaN));
  if (Number.isNaN(length)) throw new Error(`an answer without a length: ${statusLine}`);
  if (bytes.length < length) return undefined;
  const body = bytes.subarray(headEnd + 4, length);
  const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  return { length, answer: { status: Number(statusLine.split(' ')[1]), headers, body: text.toString('utf8') } };
}
