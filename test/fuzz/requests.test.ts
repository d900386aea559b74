import net from 'node:net';
import { expect } from 'chai';
import { startExporter, type RunningExporter } from '../support/bin.ts';
import { parsePage } from '../support/exposition.ts';
import { fuzz } from './fuzz.ts';

const WITHIN_MS = 5_000;
const DICTIONARY = [
  'GET ',
  'HEAD ',
  'POST ',
  'OPTIONS ',
  'PRI * HTTP/2.0',
  '/metrics',
  '/probe?target=',
  '/sd',
  '/-/reload',
  '/-/healthy',
  '/?account=',
  '%00',
  '%ff',
  '..',
  '//',
  '*',
  ' HTTP/1.1\r\n',
  ' HTTP/1.0\r\n',
  '\r\n',
  '\n',
  '\r\n\r\n',
  'Host: ',
  'Content-Length: 10',
  'Content-Length: -1',
  'Transfer-Encoding: chunked',
  'Connection: close',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Expect: 100-continue',
  'Authorization: Basic ',
  'X-Prometheus-Scrape-Timeout-Seconds: ',
  '1e400',
  '-1',
  'Accept: ',
  'Accept-Encoding: gzip;q=0',
  'Origin: http://x',
  '\u0000',
];
const ACCEPT_WORDS = [
  'application/openmetrics-text',
  'text/plain',
  '*/*',
  'text/*',
  ';version=1.0.0',
  ';version=0.0.4',
  ';version=2.0.0',
  ';q=',
  '0.5',
  '1',
  '-1',
  '2',
  'NaN',
  ';escaping=allow-utf-8',
  ';charset=utf-8',
  ',',
  ';',
  '=',
  '"',
  '\\',
  ' ',
  'gzip',
  'identity',
  'br',
  '*;q=0',
];

describe('Requests as bytes', function () {
  this.timeout(600_000);
  let exporter: RunningExporter | undefined;

  before(async () => {
    exporter = await startExporter({ args: ['--sandbox', '--web.enable-lifecycle', '--web.max-requests=5'] });
  });

  after(async () => {
    await exporter?.stop();
  });

  const url = (): URL => new URL((exporter as RunningExporter).url);

  it('leave the exporter serving, whatever they are', async () => {
    await fuzz({
      corpus: 'requests',
      dictionary: DICTIONARY,
      check: async (input) => {
        const answer = await exchange(Number(url().port), input);
        expect(answer).not.to.contain('500 Internal');
        expect(answer).not.to.match(/\bat .*\.[jt]s:\d+/);
        expect((await fetch(new URL('/-/healthy', url()))).status).to.equal(200);
      },
    });
    const errors = (exporter as RunningExporter).output().match(/^.*(?:level=error|panic|unhandled).*$/gim) ?? [];
    expect(errors).to.deep.equal([]);
  });

  it('get a page in one of the two formats, whatever they accept', async () => {
    await fuzz({
      corpus: 'accept',
      dictionary: ACCEPT_WORDS,
      share: 0.5,
      check: async (input) => {
        const accept = input
          .toString('latin1')
          .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')
          .slice(0, 4_000);
        const answer = await fetch(new URL('/metrics', url()), {
          headers: { Accept: accept, 'Accept-Encoding': accept },
        });
        const page = await answer.text();
        expect(answer.status).to.equal(200);
        const isOpenMetrics =
          answer.headers.get('content-type') === 'application/openmetrics-text; version=1.0.0; charset=utf-8';
        if (!isOpenMetrics)
          expect(answer.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
        expect(page.endsWith('\n# EOF\n')).to.equal(isOpenMetrics);
        expect(parsePage(page).some(({ name, value }) => name === 'thedex_up' && value === 1)).to.equal(true);
      },
    });
  });
});

/** Sends bytes and says that nothing more comes; gives what came back until the connection ended, or the time was over. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(), WITHIN_MS);
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      // An answer to a request that keeps its connection is enough.
      if (answer.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.end(bytes);
  });
}
