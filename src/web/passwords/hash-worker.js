// A thread that does nothing but compare passwords with hashes: each takes tenths of a second of pure computing, which
// scrapes on the main thread would have to wait for. It is JavaScript because a thread on Node 20 does not get the
// loader that runs the rest from its source.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

parentPort?.on('message', (/** @type {import('./hasher.ts').Comparison} */ { password, hash }) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(compareSync(password, hash));
});
