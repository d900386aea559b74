import { createHmac } from 'node:crypto';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import { drawInteger, type Random } from '../../src/sandbox/random.ts';
import { answerBytes, BAD, drawFault, GOOD, type Fault } from './faults.ts';

/** One request that the gateway received, and how it was answered. */
export interface RecordedAnswer {
  /** Unique, and written into every amount of the answer. */
  readonly number: number;
  readonly account: string;
  readonly endpoint: string;
  readonly fault: Fault;
  readonly currencies: number;
  readonly signed: boolean;
  readonly startedAt: number;
  /** When the last byte of it was given to the system; whoever asks anew from then on may have read it. */
  writtenAt: number;
  /** When that was confirmed, or the connection ended; `Infinity` until then. */
  endedAt: number;
  /** Whether an earlier answer, of whatever account, ended the connection in the midst of this one. */
  cutOffByEarlier: boolean;
  /** How long the program had waited for a processor at its start; see `BusyClock`. */
  readonly waitedAtStart: number;
  /** The same at its end. */
  waitedAtEnd: number;
}

/** A key pair that the gateway knows. */
export interface KnownKey {
  readonly account: string;
  readonly secretKey: string;
}

export interface ChaosGatewayOptions {
  readonly random: Random;
  readonly keys: ReadonlyMap<string, KnownKey>;
  /** When the keys of each account were replaced last. */
  readonly rotatedAt: ReadonlyMap<string, number>;
  /** The share of requests that are answered with a fault. */
  readonly faultShare: () => number;
  /** How long the program has waited for a processor so far. */
  readonly waitedMs: () => number;
  /** How long a request may last, in milliseconds: `--thedex.timeout`. */
  readonly timeoutMs: number;
  readonly tls?: tls.TlsOptions;
}

/** A gateway that numbers and records every answer. */
export interface ChaosGateway {
  readonly port: number;
  readonly answers: RecordedAnswer[];
  /**
   * What must never be: two requests of one account and endpoint at a time, one that lasts too long, a wrong signature, a
   * request to a server with a strange certificate.
   */
  readonly broken: string[];
  /** How many requests have neither been answered nor lost their connection. */
  readonly underWay: () => number;
  readonly openSockets: () => number;
  /** Shows another certificate from now on; whether it is one that nobody may trust. */
  readonly setTls: (options: tls.TlsOptions, isStrange: boolean) => void;
  close(): Promise<void>;
}

/** By then the end of a connection is read that had come before its answer was written: sockets are looked at in between. */
const CLOSE_READ_WITHIN_MS = 50;
/** After so long, nothing but a request that went on explains that its connection is open. */
const SURELY_SEEN_WITHIN_MS = 3_000;
/** How much longer a request may last than it is allowed to: until its end is read here, and while the program is stopped. */
const ENDED_WITHIN_MS = 1_000;
/** A key and a secret are two files: for so long after a rotation, a request may have been signed with one of each. */
const TORN_WITHIN_MS = 3_000;
let lastNumber = 1_000;

/** The currencies of an answer; the amounts of each hold the number of the answer, so that no two answers can mix unseen. */
export function amountsOf(number: number, account: string, currency: number): Record<string, string> {
  const hold = holdOf(account);
  const places = String(currency).padStart(4, '0');
  return {
    totalBalance: `${number}.${places}`,
    holdBalance: String(hold),
    availableBalance: `${number - hold}.${places}`,
  };
}

/** What an account has on hold tells whose answer it is. */
export function holdOf(account: string): number {
  return account === 'default' ? 1 : Number(account.slice(1)) + 2;
}

/** Starts a gateway on loopback that answers as the faults say. */
export async function startChaosGateway(options: ChaosGatewayOptions): Promise<ChaosGateway> {
  const { random, keys } = options;
  const answers: RecordedAnswer[] = [];
  const broken: string[] = [];
  let isStrange = false;
  /** Connections, by their port on the other side, that began while the certificate was a strange one. */
  const strangePorts = new Set<number>();
  const sockets = new Set<Socket>();
  const open = new Map<string, { answer: RecordedAnswer; socket: Socket }>();

  const serve = (socket: Socket): void => {
    sockets.add(socket);
    let pending = Buffer.alloc(0);
    let current: RecordedAnswer | undefined;
    const end = (answer: RecordedAnswer): void => {
      if (answer.endedAt !== Infinity) return;
      answer.endedAt = performance.now();
      answer.waitedAtEnd = options.waitedMs();
      const lasted = answer.endedAt - answer.startedAt - (answer.waitedAtEnd - answer.waitedAtStart);
      if (lasted > options.timeoutMs + ENDED_WITHIN_MS) {
        const { number, account, fault } = answer;
        broken.push(`${account}: request ${number} (${fault.name}) lasted ${Math.round(lasted)} ms`);
      }
      const key = `${answer.account} ${answer.endpoint}`;
      if (open.get(key)?.answer === answer) open.delete(key);
    };
    const gone = (): void => {
      sockets.delete(socket);
      socket.destroy();
      if (current !== undefined) end(current);
    };
    // The exporter closes no half of a connection: it has gone. Of a TLS socket `close` may come late, or never.
    for (const event of ['end', 'error', 'close']) socket.on(event, gone);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      const request = takeRequest(pending);
      if (request === undefined) return;
      pending = pending.subarray(request.length);
      const known = keys.get(request.apiKey);
      const account = known?.account ?? 'nobody';
      const fault = drawFault(random, random() < options.faultShare() ? BAD : GOOD);
      const currencies = random() < 0.02 ? 1_500 : drawInteger(random, 0, 40);
      lastNumber += 1;
      const answer: RecordedAnswer = {
        number: lastNumber,
        account,
        endpoint: request.path,
        fault,
        currencies,
        signed: known !== undefined && isSigned(request, known.secretKey),
        startedAt: performance.now(),
        writtenAt: Infinity,
        endedAt: Infinity,
        waitedAtStart: options.waitedMs(),
        waitedAtEnd: Infinity,
        cutOffByEarlier: false,
      };
      // Whoever asks anew on a connection has read the answer before, even if that it was handed over is told here later.
      if (current !== undefined) end(current);
      current = answer;
      answers.push(answer);
      noteOverlap(open, { answer, socket }, broken);
      if (strangePorts.has(socket.remotePort ?? 0)) {
        broken.push(`${account}: a request was sent to a server with a strange certificate`);
      }
      const tornUntil = (options.rotatedAt.get(account) ?? -Infinity) + TORN_WITHIN_MS;
      if (!answer.signed && answer.startedAt > tornUntil) {
        broken.push(`${account}: request ${answer.number} has a wrong signature, and its keys are old`);
      }
      if (socket.destroyed) {
        // Read from a connection that has gone already: its `close` may be over, and nothing else would tell of the end.
        end(answer);
        return;
      }
      if (!answer.signed) {
        answer.writtenAt = answer.startedAt;
        socket.write(answerBytes('401 Unauthorized', [], '{"message":"incorrect signature"}'), () => end(answer));
        return;
      }
      fault.play({
        socket,
        random,
        body: bodyOf(answer),
        apiKey: request.apiKey,
        signature: request.signature,
        later: (ms, act) => {
          setTimeout(() => {
            if (socket.destroyed) return;
            if (current !== answer && current?.endedAt === Infinity) current.cutOffByEarlier = true;
            act();
          }, ms).unref();
        },
        written: () => (answer.writtenAt = performance.now()),
        done: () => end(answer),
      });
    });
  };

  const server = options.tls === undefined ? net.createServer(serve) : tls.createServer(options.tls, serve);
  server.on('tlsClientError', () => {});
  server.on('connection', ({ remotePort }: Socket) => {
    if (remotePort === undefined) return;
    if (isStrange) strangePorts.add(remotePort);
    else strangePorts.delete(remotePort);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    answers,
    broken,
    underWay: () => open.size,
    openSockets: () => sockets.size,
    setTls: (next, nextIsStrange) => {
      isStrange = nextIsStrange;
      if (server instanceof tls.Server) server.setSecureContext(next);
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface RawRequest {
  readonly length: number;
  readonly path: string;
  readonly apiKey: string;
  readonly payload: string;
  readonly signature: string;
  readonly body: string;
}

function takeRequest(bytes: Buffer): RawRequest | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.subarray(0, headEnd).toString('latin1');
  const header = (name: string) => new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
  const length = headEnd + 4 + Number(header('content-length') || 0);
  if (bytes.length < length) return undefined;
  return {
    length,
    path: head.split(' ', 2)[1] ?? '',
    apiKey: header('x-ex-apikey'),
    payload: header('x-ex-payload'),
    signature: header('x-ex-signature'),
    body: bytes.subarray(headEnd + 4, length).toString('utf8'),
  };
}

function isSigned({ payload, signature, body }: RawRequest, secretKey: string): boolean {
  const expected = createHmac('sha512', secretKey).update(payload).digest('hex');
  return payload === Buffer.from(body).toString('base64') && signature === expected;
}

function noteOverlap(
  open: Map<string, { answer: RecordedAnswer; socket: Socket }>,
  next: { answer: RecordedAnswer; socket: Socket },
  broken: string[],
): void {
  const key = `${next.answer.account} ${next.answer.endpoint}`;
  const earlier = open.get(key);
  open.set(key, next);
  if (earlier === undefined || earlier.socket === next.socket) return;
  const startedAt = performance.now();
  const looking = setInterval(() => {
    const { number, writtenAt, endedAt, fault } = earlier.answer;
    const now = performance.now();
    // Whoever gives a request up closes its connection. Where this process is held up, it may answer before it reads so.
    const isOver = writtenAt <= next.answer.startedAt || earlier.socket.destroyed;
    const isSure = now - endedAt >= CLOSE_READ_WITHIN_MS || now - startedAt >= SURELY_SEEN_WITHIN_MS;
    if (!isOver && !isSure) return;
    clearInterval(looking);
    if (isOver) return;
    broken.push(`${key}: answer ${number} (${fault.name}) was under way when ${next.answer.number} was asked for`);
  }, CLOSE_READ_WITHIN_MS);
}

function bodyOf(answer: RecordedAnswer): string {
  if (answer.endpoint.endsWith('/balances')) {
    const entries = Array.from(
      { length: answer.currencies },
      (_, index) => [`C${index}_X`, amountsOf(answer.number, answer.account, index)] as const,
    );
    if (answer.number % 3 === 0) return JSON.stringify(Object.fromEntries(entries));
    if (answer.number % 3 === 1) return JSON.stringify(entries.map(([name, amounts]) => ({ [name]: amounts })));
    return JSON.stringify([Object.fromEntries(entries)]);
  }
  return JSON.stringify(
    Array.from({ length: answer.currencies }, (_, index) => ({
      monetary: `C${index}_X`,
      rates: [{ fiatCurrency: 'USD', rate: `${answer.number}.${holdOf(answer.account)}` }],
    })),
  );
}
