import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fetch from 'node-fetch';
import { startExporter, type RunningExporter } from '../support/bin.ts';
import { valueOf } from '../support/exposition.ts';
import { balance, json, startGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/poll.ts';
import { useScratch } from '../support/scratch.ts';

const ANSWER_BYTES = 2 * 1024 * 1024 - 1024;
const KEYS = { THEDEX_API_KEY: 'AKEY-2c9d41f0', THEDEX_SECRET_KEY: 'SKEY-77ab03e9' };
/** Ten times what it takes on a quiet machine of today. */
const LONGEST_HOLD_MS = 1_000;

/** An answer of 2 MiB, made of one kind of entry. */
function fill(entryOf: (index: number) => unknown): string {
  const entries: string[] = [];
  for (let bytes = 2; ;) {
    const entry = `"${entries.length}":${JSON.stringify(entryOf(entries.length))}`;
    bytes += entry.length + 1;
    if (bytes > ANSWER_BYTES) return `{${entries.join(',')}}`;
    entries.push(entry);
  }
}

const all = (amount: unknown) => balance(amount, amount, amount);
const HOSTILE: Record<string, string> = {
  'many small balances': fill(() => all('1')),
  'many entries that are no balances': fill(() => 0),
  'amounts of 100 digits': fill(() => all(`${'9'.repeat(50)}.${'1'.repeat(50)}`)),
  'the greatest and the smallest exponents': fill((index) => all(index % 2 === 0 ? '1E-100' : '9E+100')),
  'amounts that are almost numbers': fill(() => all(`${'9'.repeat(10_000)}x`)),
  'names that are all escapes': `{${Array.from({ length: 200 }, (_, index) => `${JSON.stringify('"\\\n'.repeat(1_500) + index)}:${JSON.stringify(all('1'))}`).join(',')}}`,
};

describe('extremes', function () {
  this.timeout(120_000);
  const scratch = useScratch();
  let gateway: TestGateway;
  let exporter: RunningExporter | undefined;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(async () => {
    await exporter?.stop('SIGKILL');
    await gateway.close();
  });

  const page = async (path: string) => (await fetch(`${exporter?.url}${path}`)).text();

  /** The longest that `/-/healthy` took while something else went on. */
  async function holdDuring(act: () => Promise<unknown>): Promise<number> {
    const over = new AbortController();
    const looking = (async () => {
      let longest = 0;
      while (!over.signal.aborted) {
        const askedAt = performance.now();
        await page('/-/healthy');
        longest = Math.max(longest, performance.now() - askedAt);
      }
      return longest;
    })();
    await act();
    over.abort();
    return looking;
  }

  it('of answers hold nobody else up, and fit into a small container', async function () {
    if (process.platform !== 'linux') this.skip();
    exporter = await startExporter({ args: [`--thedex.url=${gateway.url.origin}`], env: KEYS });
    for (const [kind, answer] of Object.entries(HOSTILE)) {
      gateway.answer = json(answer);
      const held = await holdDuring(async () => {
        for (let scrape = 0; scrape < 3; scrape += 1) {
          expect(valueOf(await page('/metrics'), 'thedex_scrape_error', { reason: 'internal' }), kind).to.equal(0);
        }
      });
      expect(held, kind).to.be.below(LONGEST_HOLD_MS);
    }
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${exporter.pid}/status`, 'utf8'))?.[1];
    expect(Number(peak) / 1024).to.be.below(230);
  });

  it('of accounts share a few connections, and hold nobody up when they are reloaded', async () => {
    gateway.answer = json(JSON.stringify({ BTC: balance('1.5', '0.5', '1.0') }));
    scratch.write('key', 'AKEY-2c9d41f0');
    scratch.write('secret', 'SKEY-77ab03e9');
    const account = `{api_key_file: key, secret_key_file: secret, url: "${gateway.url.origin}"}`;
    const lines = Array.from({ length: 2_000 }, (_, index) => `  account${index}: ${account}\n`);
    const file = scratch.write('config.yml', `accounts:\n${lines.join('')}`);
    exporter = await startExporter({ args: [`--config.file=${file}`] });
    for (let index = 0; index < 2_000; index += 50) {
      const names = Array.from({ length: 10 }, (_, offset) => `/probe?target=account${index + offset}`);
      for (const each of await Promise.all(names.map(page))) expect(valueOf(each, 'thedex_up')).to.equal(1);
    }
    expect(gateway.sockets).to.have.length.below(50);
    const held = await holdDuring(async () => {
      exporter?.signal('SIGHUP');
      await until('the reload', () => exporter?.output().includes('was reloaded') === true, 60_000);
    });
    expect(held).to.be.below(LONGEST_HOLD_MS);
  });
});
