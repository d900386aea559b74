import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One scrape as it went over the wire. */
export interface RecordedScrape {
  readonly path: string;
  readonly accept: string | undefined;
  readonly status: number | undefined;
  readonly contentType: string | undefined;
}

/** Stands between Prometheus and the exporter, passes everything on as it is, and remembers what was negotiated. */
export interface RecordingProxy {
  /** As `host:port`. */
  readonly address: string;
  readonly scrapes: readonly RecordedScrape[];
  close(): Promise<void>;
}

/** @param url the exporter's, without a slash at the end */
export async function startRecordingProxy(url: string): Promise<RecordingProxy> {
  const scrapes: RecordedScrape[] = [];
  const server = http.createServer((incoming, outgoing) => {
    const { method, headers, url: path = '' } = incoming;
    const onward = http.request(`${url}${path}`, { method, headers, agent: false }, (answer) => {
      scrapes.push({ path, accept: headers.accept, status: answer.statusCode, contentType: contentTypeOf(answer) });
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    scrapes,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function contentTypeOf({ headers }: { headers: IncomingHttpHeaders }): string | undefined {
  return headers['content-type'];
}
