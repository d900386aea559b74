import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConfiguration } from '../../src/config/read.ts';
import { useScratch } from '../support/scratch.ts';

const ACCOUNTS = 2_000;
/** Scrapes wait no longer than this while the configuration is read. */
const LONGEST_HOLD_MS = 100;

describe('a configuration of two thousand accounts', function () {
  this.timeout(60_000);
  const scratch = useScratch();

  it('holds the event loop for 100 ms at most while it is read', async () => {
    mkdirSync(join(scratch.path, 'keys'));
    writeFileSync(join(scratch.path, 'keys/secret'), 'a-secret');
    const entries = Array.from({ length: ACCOUNTS }, (_, index) => {
      writeFileSync(join(scratch.path, `keys/${index}`), `key-${index}`);
      return `  account-${index}:
    api_key_file: keys/${index}
    secret_key_file: keys/secret
    labels: { team: payments }
    thresholds: { USDT_TRON: 500, BTC_BITCOIN: { available: { warning: "0.05", critical: "0.01" }, total: "0.1" } }
    alert_limits: { USDT_TRON: { hold: 80%, runway: 12h } }
`;
    });
    const file = scratch.write('config.yml', `accounts:\n${entries.join('')}thresholds: { ETH_ETHEREUM: 1 }\n`);
    const sources = { flags: { 'config.file': file }, env: {} };
    // The first reading compiles the code, as a start does.
    await readConfiguration(sources);
    const { result, longestMs } = await watchTurns(() => readConfiguration(sources));
    expect(result.accounts.named.size).to.equal(ACCOUNTS);
    expect(result.accounts.named.get('account-0')?.labels).to.deep.equal({ team: 'payments' });
    expect(result.accounts.named.get('account-1999')?.thresholds).to.have.lengthOf(5);
    expect([...result.accounts.named.keys()].slice(99, 101)).to.deep.equal(['account-99', 'account-100']);
    expect(longestMs).to.be.below(LONGEST_HOLD_MS);
  });
});

/** The most work in one turn of the event loop, as processor time: on a busy machine others stretch the time itself. */
async function watchTurns<T>(work: () => Promise<T>): Promise<{ result: T; longestMs: number }> {
  let longestMs = 0;
  let isOver = false;
  let before = process.cpuUsage();
  const turn = () => {
    const { user, system } = process.cpuUsage(before);
    longestMs = Math.max(longestMs, (user + system) / 1000);
    before = process.cpuUsage();
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const result = await work();
  isOver = true;
  return { result, longestMs };
}
