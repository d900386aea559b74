import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChild, type Child } from './processes.ts';
import { Scraper } from './scraper.ts';

/** Accounts of each contender; as many scrapers ask at once. */
export const ACCOUNT_COUNT = 10;
/** The path of an account's page, for all contenders. */
export const accountPath = (index: number) => `/probe?target=account${index}`;

/** A program that is measured. */
export interface Contender {
  readonly name: ContenderName;
  /** Starts it on a port; it reads balances of the gateway at the URL, which ends with a slash. */
  start(port: number, gateway: string): Child;
}
export type ContenderName = 'ours' | 'limit' | 'python';

const READY_WITHIN_MS = 20_000;
const server = (name: string) => fileURLToPath(new URL(`servers/${name}`, import.meta.url));

/** The exporter as it is built, with what is on by default, and keys for ten accounts. */
export function ours(bin: string): Contender {
  const configFile = writeAccounts();
  const env = { THEDEX_API_KEY: 'api-key-0', THEDEX_SECRET_KEY: 'secret-key-0' };
  return {
    name: 'ours',
    start: (port, gateway) => {
      const flags = [
        `--thedex.url=${gateway}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--config.file=${configFile}`,
      ];
      return startChild(process.execPath, [bin, ...flags], env);
    },
  };
}

export const limit: Contender = {
  name: 'limit',
  start: (port, gateway) =>
    startChild(process.execPath, [server('limit.mjs'), String(port), gateway, String(ACCOUNT_COUNT)], {}),
};

/** @param python a Python that can import prometheus_client */
export function pythonClient(python: string): Contender {
  return {
    name: 'python',
    start: (port, gateway) =>
      startChild(python, [server('python-client.py'), String(port), gateway, String(ACCOUNT_COUNT)], {}),
  };
}

/**
 * Resolves with the first good answer of a contender that was just started.
 * @throws Error with its output if there is none in time
 */
export async function firstAnswer(child: Child, port: number): Promise<Buffer> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const scraper = new Scraper(port, '/metrics');
    try {
      const answer = await scraper.scrape();
      if (!answer.includes('thedex_balance{')) throw new Error(`an answer without balances: ${answer.toString()}`);
      return answer;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`no good answer: ${child.output()}`, { cause: error });
      await delay(2);
    } finally {
      scraper.close();
    }
  }
}

function writeAccounts(): string {
  const folder = mkdtempSync(join(tmpdir(), 'thedex-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const lines = ['accounts:'];
  for (let index = 0; index < ACCOUNT_COUNT; index += 1) {
    writeFileSync(join(folder, `api-key-${index}`), `api-key-${index}\n`);
    writeFileSync(join(folder, `secret-key-${index}`), `secret-key-${index}\n`);
    lines.push(`  account${index}: {api_key_file: api-key-${index}, secret_key_file: secret-key-${index}}`);
  }
  const file = join(folder, 'accounts.yml');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
