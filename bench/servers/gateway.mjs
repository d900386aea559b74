// A gateway for the benchmark: answers balances as fast as Node.js can, from text that is made beforehand, so that it is
// never what is measured. Started as `node gateway.mjs`; prints `listening PORT`.
//
//   POST /fixed/COUNT/api/v1/balances     the same COUNT currencies every time
//   POST /changing/COUNT/api/v1/balances  COUNT currencies whose totals all carry the number of the answer
import { createServer } from 'node:http';

// A number stays in a page's every line, so a page that mixes two answers holds two of them. Two hundred answers lie
// between two that are alike: far more than are ever under way at once.
const CHANGES = 200;

// A zero of eight places, as Java's BigDecimal prints it.
const ZERO = '0E-8';

/** @param {number} count @param {(index: number) => {total: string, hold: string, available: string}} balanceOf */
function answerOf(count, balanceOf) {
  const maps = Array.from({ length: count }, (_, index) => {
    const { total, hold, available } = balanceOf(index);
    return { [`C${index}_NETWORK`]: { totalBalance: total, holdBalance: hold, availableBalance: available } };
  });
  return Buffer.from(JSON.stringify(maps));
}

// A wallet as they are: a third of the currencies is not used, a third holds nothing back, and a third does.
/** @param {number} index */
function walletBalance(index) {
  const coins = index * 37 + 1;
  const fraction = String(index * 7919 + 13).padStart(8, '0');
  if (index % 3 === 0) return { total: ZERO, hold: ZERO, available: ZERO };
  if (index % 3 === 1) return { total: `${coins}.${fraction}`, hold: ZERO, available: `${coins}.${fraction}` };
  return { total: `${coins + 5}.${fraction}`, hold: '5.00000000', available: `${coins}.${fraction}` };
}

/** @param {number} change */
function changingBalance(change) {
  const amount = `${change + 1}.25000000`;
  return { total: amount, hold: ZERO, available: amount };
}

/** @type {Map<string, Buffer[]>} */
const prepared = new Map();
let served = 0;

/** @param {string} kind @param {number} count */
function answersFor(kind, count) {
  const key = `${kind}/${count}`;
  const known = prepared.get(key);
  if (known) return known;
  const answers =
    kind === 'fixed'
      ? [answerOf(count, walletBalance)]
      : Array.from({ length: CHANGES }, (_, change) => answerOf(count, () => changingBalance(change)));
  prepared.set(key, answers);
  return answers;
}

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const [, kind = '', count = ''] = (request.url ?? '').split('/');
    const answers = answersFor(kind, Number(count));
    served += 1;
    const body = answers[served % answers.length];
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body?.length ?? 0 });
    response.end(body);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening ${server.address().port}\n`));
