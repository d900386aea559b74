// The floor of the packages: Koa, @koa/router and node-fetch as their documentation shows them, with the signed request
// and joined strings and nothing else: no deadline, no checks, no metrics of its own.
//
//   node floor.mjs PORT GATEWAY_URL ACCOUNT_COUNT
import { createHmac } from 'node:crypto';
import { Agent } from 'node:http';
import { Router } from '@koa/router';
import Koa from 'koa';
import fetch from 'node-fetch';
import { linesOfOwnMetrics, render } from './render.mjs';

const [port = '0', gateway = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const target = new URL('api/v1/balances', gateway).href;
const body = '{}';
const payload = Buffer.from(body).toString('base64');

/** @param {string} account */
async function readBalances(account) {
  const response = await fetch(target, {
    method: 'POST',
    agent,
    body,
    headers: {
      'Content-Type': 'application/json',
      'X-EX-APIKEY': `api-key-${account}`,
      'X-EX-PAYLOAD': payload,
      'X-EX-SIGNATURE': createHmac('sha512', `secret-key-${account}`).update(payload).digest('hex'),
    },
  });
  return render(await response.json());
}

const router = new Router();
router.get('/probe', async (ctx) => {
  ctx.body = await readBalances(String(ctx.query['target']).slice('account'.length));
});
router.get('/metrics', async (ctx) => {
  ctx.body = (await readBalances('0')) + linesOfOwnMetrics;
});
const server = new Koa().use(router.routes()).listen(Number(port), '127.0.0.1');
server.keepAliveTimeout = 600_000;
