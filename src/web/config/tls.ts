import type { RequestListener, ServerOptions } from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../lib/log.ts';
import type { TlsRenewal } from './renewal.ts';
import type { ClientAuthType } from './tls-config.ts';

/** Who has not shaken hands within this time does not want to be answered. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What a server needs for TLS. */
export interface TlsServing {
  readonly clientAuth: ClientAuthType;
  /** Several servers share one, so that a broken renewal is logged once. */
  readonly renewal: TlsRenewal;
  readonly log: Logger;
}

/**
 * Makes a server for HTTP/1.1 over TLS. Each connection is served with the certificate, key and client CA that are in
 * the files as it comes; connections that are open keep theirs.
 */
export function createTlsServer(
  { clientAuth, renewal, log }: TlsServing,
  options: ServerOptions,
  handler: RequestListener,
): https.Server {
  let applied = renewal.current();
  const clientOptions = {
    requestCert: clientAuth !== 'NoClientCert',
    rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
  };
  const server = https.createServer(
    { ...options, ...applied, ...clientOptions, handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
    handler,
  );
  // Before TLS begins, so that it works for clients that do not say by SNI whom they call.
  server.prependListener('connection', () => {
    const material = renewal.current();
    if (material === applied) return;
    applied = material;
    // Its session tickets have a new key: nobody resumes a session that an earlier CA let in.
    server.setSecureContext(material);
  });
  // Before HTTP begins, so that nothing that a refused client sends is read.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const refusal = findRefusal(socket, clientAuth);
    if (refusal === undefined) return;
    log.debug('A TLS connection was refused', { reason: refusal, client: socket.remoteAddress });
    socket.destroy();
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    log.debug('A TLS handshake failed', { reason: error.code ?? error.message, client: socket.remoteAddress });
  });
  return server;
}

// Node knows "ask for one", and "ask for one that is verified"; these are the two in between.
function findRefusal(socket: TLSSocket, clientAuth: ClientAuthType): string | undefined {
  const isPresented = socket.getPeerX509Certificate() !== undefined;
  if (clientAuth === 'RequireAnyClientCert' && !isPresented) return 'the client presented no certificate';
  if (clientAuth === 'VerifyClientCertIfGiven' && isPresented && !socket.authorized) {
    return `the client's certificate is not verified: ${String(socket.authorizationError)}`;
  }
  return undefined;
}
