// The limit: the least that a Node.js program can do for a scrape. A bare node:http server signs the request, sends it
// over a connection that it keeps, parses the answer and joins strings. It has no deadline, checks nothing, and knows no
// formats, errors or metrics of its own: nobody should run it.
//
//   node limit.mjs PORT GATEWAY_URL ACCOUNT_COUNT
import { createHmac } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';
import { linesOfOwnMetrics, render } from './render.mjs';

const [port = '0', gateway = '', accountCount = '1'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const target = new URL('api/v1/balances', gateway);
const body = '{}';
const payload = Buffer.from(body).toString('base64');
const secrets = Array.from({ length: Number(accountCount) }, (_, index) => `secret-key-${index}`);

/** @param {number} account @param {(error: Error | undefined, text: string) => void} done */
function readBalances(account, done) {
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'X-EX-APIKEY': `api-key-${account}`,
    'X-EX-PAYLOAD': payload,
    'X-EX-SIGNATURE': createHmac('sha512', secrets[account] ?? '')
      .update(payload)
      .digest('hex'),
  };
  const outgoing = request(target, { method: 'POST', agent, headers }, (incoming) => {
    let text = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk) => {
      text += chunk;
    });
    incoming.on('end', () => done(undefined, text));
  });
  outgoing.on('error', (error) => done(error, ''));
  outgoing.end(body);
}

const server = createServer((incoming, outgoing) => {
  const account = Number(/target=account(\d+)/.exec(incoming.url ?? '')?.[1] ?? 0);
  const own = incoming.url === '/metrics' ? linesOfOwnMetrics : '';
  readBalances(account, (error, text) => {
    const page = Buffer.from(error ? `${error.message}\n` : `${render(JSON.parse(text))}${own}# EOF\n`);
    outgoing.writeHead(error ? 500 : 200, { 'Content-Type': 'text/plain', 'Content-Length': page.length });
    outgoing.end(page);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(Number(port), '127.0.0.1');
