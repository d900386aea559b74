import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';

/** How the gateway is reached. */
export interface ConnectionOptions {
  readonly url: URL;
  /** PEM text of certificates trusted besides the system's. */
  readonly ca: string | undefined;
  /** URL of the proxy that leads there, if one does. */
  readonly proxy: URL | undefined;
}

/** The connections to one account's gateway, kept open from scrape to scrape. */
export interface Connection {
  /** An agent for one request, and what became of the connection that it was given. */
  track(): TrackedRequest;
  /** Closes the connections that are idle, so that the next request begins a fresh one. */
  closeIdle(): void;
  /** Closes all of them. */
  close(): void;
}

export interface TrackedRequest {
  readonly agent: http.Agent;
  /** Whether the request went out on a connection that had served another before, and nothing came back on it. */
  diedOnReuse(): boolean;
}

// TCP asks after a quiet peer this long, not every second as Node's default has it: an idle exporter sends nothing else.
const TCP_KEEP_ALIVE_MS = 60_000;
// A proxy that accepts a connection and then says nothing is given up; longer than a usual scrape interval, because
// the same time bounds how long an idle connection through the proxy is kept.
const PROXY_SILENCE_MS = 120_000;

export function createConnection({ url, ca, proxy }: ConnectionOptions): Connection {
  const agent = createAgent(url, { keepAlive: true, keepAliveMsecs: TCP_KEEP_ALIVE_MS, ...trust(ca) }, proxy);
  return {
    track: () => trackRequest(agent),
    closeIdle: () => {
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    },
    close: () => agent.destroy(),
  };
}

function createAgent(url: URL, options: https.AgentOptions, proxy: URL | undefined): http.Agent {
  const secure = url.protocol === 'https:';
  if (proxy === undefined) return secure ? new https.Agent(options) : new http.Agent(options);
  const proxyOptions = { ...options, proxy, timeout: PROXY_SILENCE_MS };
  return secure ? new HttpsProxyAgent(proxyOptions) : new HttpProxyAgent(proxyOptions);
}

function trust(ca: string | undefined): { ca?: string[] } {
  return ca === undefined ? {} : { ca: [...tls.rootCertificates, ca] };
}

// node-fetch hands out neither its request nor its socket. An agent that lies in front of the real one sees the
// request go by, and leaves pooling to the real one.
function trackRequest(pool: http.Agent): TrackedRequest {
  let request: ClientRequest | undefined;
  let countAnswerBytes = () => 0;
  const agent = Object.create(pool, {
    addRequest: {
      value(added: ClientRequest, ...rest: unknown[]): void {
        request = added;
        added.once('socket', (socket) => {
          const before = socket.bytesRead;
          countAnswerBytes = () => socket.bytesRead - before;
        });
        (pool as AgentWithRequests).addRequest(added, ...rest);
      },
    },
  }) as http.Agent;
  return { agent, diedOnReuse: () => request?.reusedSocket === true && countAnswerBytes() === 0 };
}

// What http.request calls on an agent; Node's types leave it out.
interface AgentWithRequests extends http.Agent {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
}

/** What Node.js trusts, extra and system certificates included, and a PEM bundle besides; `undefined` without one. */
export function createSecureContext(caPem: string | undefined): tls.SecureContext | undefined {
  if (caPem === undefined) return undefined;
  const secureContext = tls.createSecureContext();
  (secureContext.context as { addCACert(pem: string): void }).addCACert(caPem);
  return secureContext;
}
