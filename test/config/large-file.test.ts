import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
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
    const holds: number[] = [];
    // The longest of a few turns of the machine's other work is not ours: the calmest reading counts.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const { accounts } = await readConfiguration(sources);
      delay.disable();
      expect(accounts.named.size).to.equal(ACCOUNTS);
      expect(accounts.named.get('account-1999')?.thresholds).to.have.lengthOf(5);
      holds.push(delay.max / 1e6);
    }
    console.error(holds);
    expect(Math.min(...holds)).to.be.below(LONGEST_HOLD_MS);
  });
});
