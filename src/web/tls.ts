import type { Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import type { Warn } from './bounded-log.ts';
import { acceptedSocketOf } from './connections.ts';
import type { ClientAuthType, TlsMaterial } from './tls-material.ts';
import type { WebConfigInForce } from './web-config.ts';

/** Who has not shaken hands within this time does not want to be answered. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

const HTTPS_EXPECTED = 'Client sent an HTTP request to an HTTPS server.\n';
const PLAIN_HTTP_ANSWER = `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${HTTPS_EXPECTED.length}\r\n\r\n${HTTPS_EXPECTED}`;

type Serve = (socket: Socket) => void;

/**
 * Takes connections that have just come, and hands them to HTTP: as they are, or once hands are shaken for TLS, with
 * what is in force at that moment. Connections that are open keep what they began with.
 */
export function createTlsAcceptor(web: Pick<WebConfigInForce, 'tls' | 'refresh'>, serveHttp: Serve, warn: Warn): Serve {
  let server: { readonly material: TlsMaterial; readonly accept: Serve } | undefined;
  const acceptTls = async (socket: Socket) => {
    const first = await firstByteOf(socket);
    await web.refresh();
    const material = web.tls;
    if (first === undefined || socket.destroyed) return;
    if (material === undefined) {
      serveHttp(socket);
    } else if (isLetter(first)) {
      warn('TLS handshake failed', { client: socket.remoteAddress, reason: 'the client speaks plain HTTP' });
      // What else it sends is read and dropped: the answer could be lost otherwise.
      socket.resume().end(PLAIN_HTTP_ANSWER);
    } else {
      // A server of its own has a key of its own for session tickets: nobody resumes a session that an earlier CA let in.
      if (server?.material !== material) server = { material, accept: createTlsServer(material, serveHttp, warn) };
      server.accept(socket);
    }
  };
  return (socket) => {
    if (web.tls === undefined) serveHttp(socket);
    else void acceptTls(socket);
  };
}

/** Waits for a client to begin; `undefined` if it never does. */
function firstByteOf(socket: Socket): Promise<number | undefined> {
  return new Promise((resolve) => {
    socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => socket.destroy());
    socket.on('error', () => {});
    socket.once('close', () => resolve(undefined));
    socket.once('readable', () => {
      const data = socket.read() as Buffer | null;
      // The end of the stream, such as of a balancer that only looks whether the port is open.
      if (data === null) socket.destroy();
      else socket.unshift(data);
      resolve(data?.[0]);
    });
  });
}

function isLetter(byte: number): boolean {
  return /[A-Za-z]/.test(String.fromCodePoint(byte));
}

function createTlsServer(material: TlsMaterial, serveHttp: Serve, warn: Warn): Serve {
  const server = tls.createServer({
    ...material.context,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    requestCert: material.clientAuth !== 'NoClientCert',
    // Refused below, where the reason is known.
    rejectUnauthorized: false,
  });
  const fail = (socket: TLSSocket, reason: string) => {
    warn('TLS handshake failed', { client: acceptedSocketOf(socket).remoteAddress, reason });
    socket.destroy();
  };
  server.on('secureConnection', (socket: TLSSocket) => {
    const refusal = findRefusal(socket, material);
    if (refusal === undefined) serveHttp(socket);
    else fail(socket, refusal);
  });
  server.on('tlsClientError', (error: Error & { code?: string; reason?: string }, socket: TLSSocket) => {
    fail(socket, error.reason ?? error.code ?? error.message);
  });
  return (socket) => {
    socket.setTimeout(0);
    server.emit('connection', socket);
  };
}

const REQUIRED: ReadonlySet<ClientAuthType> = new Set(['RequireAnyClientCert', 'RequireAndVerifyClientCert']);
const VERIFIED: ReadonlySet<ClientAuthType> = new Set(['VerifyClientCertIfGiven', 'RequireAndVerifyClientCert']);

function findRefusal(socket: TLSSocket, { clientAuth, allowedSans }: TlsMaterial): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    return REQUIRED.has(clientAuth) ? 'the client presented no certificate' : undefined;
  }
  if (VERIFIED.has(clientAuth) && !socket.authorized) {
    return `the client's certificate is not verified: ${String(socket.authorizationError)}`;
  }
  if (allowedSans === undefined || namesOf(certificate.subjectAltName ?? '').some((name) => allowedSans.has(name))) {
    return undefined;
  }
  return "the client's certificate has no name of client_allowed_sans";
}

/** The names in a text such as `DNS:a.example, IP Address:192.0.2.1`, in which Node quotes what is not plain. */
function namesOf(subjectAltName: string): readonly string[] {
  const entries = subjectAltName.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return entries.flatMap((entry) => {
    const [, quoted] = /^ ?(?:DNS|email|IP Address|URI):(.*)$/s.exec(entry) ?? [];
    if (quoted === undefined) return [];
    return quoted.startsWith('"') ? (JSON.parse(quoted) as string) : quoted;
  });
}
