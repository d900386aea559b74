// A gateway for the benchmark: answers balances as fast as Node.js can, from text that is made beforehand, so that it is
// never what is measured. Started as `node gateway.mjs`; prints `listening PORT`.
//
//   POST /fixed/COUNT/api/v1/balances     the same COUNT currencies every time
//   POST /changing/COUNT/api/v1/balances  COUNT currencies whose totals all carry the number of the answer
//   POST /hostile/KIND/api/v1/balances    2 MiB of a kind that costs much to understand
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

const HOSTILE_BYTES = 2 * 1024 * 1024 - 1024;
const ONE = (/** @type {string} */ amount) =>
  `{"totalBalance":"${amount}","holdBalance":"${amount}","availableBalance":"${amount}"}`;

/** One entry of a hostile answer, by its kind. @type {Record<string, (index: number) => string>} */
const HOSTILE_ENTRY = {
  many: (index) => `"${index}":${ONE('1')}`,
  unknown: (index) => `"${index}":0`,
  digits: (index) => `"${index}":${ONE(`${'9'.repeat(50)}.${'1'.repeat(50)}`)}`,
  exponents: (index) => `"${index}":${ONE(index % 2 === 0 ? '1E-100' : '9E+100')}`,
  names: (index) => `"${'\\\\\\"\\n'.repeat(500)}${index}":${ONE('1')}`,
  nested: (index) => `"${index}":${'['.repeat(500)}${']'.repeat(500)}`,
  text: (index) => `"${index}":${ONE('9'.repeat(10_000) + 'x')}`,
  numbers: (index) => `"${index}":{"totalBalance":1e-7,"holdBalance":0.1,"availableBalance":123456789.123}`,
};

/** @param {string} kind */
function hostileAnswer(kind) {
  const entries = [];
  for (let index = 0, bytes = 2; ; index += 1) {
    const entry = HOSTILE_ENTRY[kind]?.(index) ?? '';
    bytes += entry.length + 1;
    if (bytes > HOSTILE_BYTES || entry === '') return Buffer.from(`{${entries.join(',')}}`);
    entries.push(entry);
  }
}

/** @type {Map<string, Buffer[]>} */
const prepared = new Map();
let served = 0;

/** @param {string} kind @param {string} count how many currencies, or the kind of a hostile answer */
function answersFor(kind, count) {
  const key = `${kind}/${count}`;
  const known = prepared.get(key);
  if (known) return known;
  const answers =
    kind === 'hostile'
      ? [hostileAnswer(count)]
      : kind === 'fixed'
        ? [answerOf(Number(count), walletBalance)]
        : Array.from({ length: CHANGES }, (_, change) => answerOf(Number(count), () => changingBalance(change)));
  prepared.set(key, answers);
  return answers;
}

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const [, kind = '', count = ''] = (request.url ?? '').split('/');
    const answers = answersFor(kind, count);
    served += 1;
    const body = answers[served % answers.length];
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body?.length ?? 0 });
    response.end(body);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening ${server.address().port}\n`));
