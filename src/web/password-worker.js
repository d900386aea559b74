// A thread that does nothing but compare passwords with hashes: each takes tenths of a second of pure computing, which
// scrapes on the main thread would have to wait for. It is JavaScript because a thread on Node 20 does not get the
// loader that runs the rest from its source.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

parentPort?.on('message', (/** @type {import('./basic-auth.ts').Comparison} */ { password, hash, highestCost }) => {
  const isRight = compareSync(password, hash);
  // A wrong password takes as long for every user, and for nobody: the costs from the hash's own one up to the highest
  // add up to what is missing.
  const missingFrom = isRight ? highestCost : Number(hash.slice(4, 6));
  for (let cost = missingFrom; cost < highestCost; cost += 1) {
    compareSync(password, `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`);
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(isRight);
});
