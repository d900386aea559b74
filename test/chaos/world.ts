import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../../src/sandbox/random.ts';
import { drawInteger } from '../../src/sandbox/random.ts';
import { makeSelfSigned, type SelfSigned } from '../support/self-signed.ts';
import { startChaosGateway, type ChaosGateway, type KnownKey } from './gateway.ts';
import { startChaosProxy, type ChaosProxy } from './proxy.ts';

/** The accounts, the default one besides: plain HTTP, TLS, and TLS through a proxy. */
export const ACCOUNTS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6'] as const;
export const TLS_ACCOUNTS: readonly string[] = ['a4', 'a5', 'a6'];
export const PROXY_ACCOUNTS: readonly string[] = ['a6'];

/** `--thedex.timeout` and its offset of the program under test, in milliseconds. */
export const TIMEOUT_MS = 1_000;
export const OFFSET_MS = 100;
/** The size of a page of memory on the machines that Linux runs on mostly. */
const PAGE_BYTES = 4_096;
const START_WITHIN_MS = 60_000;
const LISTENING = /\bListening"?[\s,].*?\baddress"?[=:]"?http:\/\/127\.0\.0\.1:(\d+)/;

/** The program between its gateways, with everything that the agent can turn. */
export interface World {
  readonly program: ChildProcess;
  readonly port: number;
  readonly gateways: readonly ChaosGateway[];
  readonly proxy: ChaosProxy;
  readonly certificates: { readonly trusted: SelfSigned; readonly strange: SelfSigned };
  readonly tlsGateway: ChaosGateway;
  /** What must never be shown: a part of each key and secret, and the payload. */
  readonly secrets: readonly string[];
  readonly log: () => string;
  readonly exitCode: Promise<number | null>;
  /** Which threshold of `C0_X` may stand on a page. */
  readonly thresholds: Thresholds;
  /** Writes new keys for an account, as a rotation does; the gateway knows both. */
  rotateKeys(account: string): void;
  /** Writes the configuration, with a threshold and more accounts as given. */
  writeConfiguration(change?: { threshold?: number; extraAccounts?: number; broken?: boolean }): void;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** What starts the program, with its first arguments. */
  readonly command: readonly [executable: string, ...args: string[]];
  /** Variables of its environment besides. */
  readonly env: Readonly<Record<string, string>>;
  readonly random: Random;
  readonly openssl: string;
  readonly faultShare: () => number;
  /** How long the program has waited for a processor so far. */
  readonly waitedMs: () => number;
}

/** Starts gateways, proxy and program. */
export async function startWorld({
  command: [executable, ...args],
  env,
  random,
  openssl,
  faultShare,
  waitedMs,
}: WorldOptions): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'thedex-chaos-'));
  const keys = new Map<string, KnownKey>();
  const rotatedAt = new Map<string, number>();
  // All keys of all accounts hold one of the first two.
  const mark = drawInteger(random, 1e12, 9e12);
  const secrets = [`key${mark}`, `sec${mark}`, 'e30='];
  const names = 'DNS:gateway.test,IP:127.0.0.1';
  const certificates = {
    trusted: makeSelfSigned(openssl, { names, days: 2 }),
    strange: makeSelfSigned(openssl, { names, days: 2 }),
  };
  const exchange = { random, keys, rotatedAt, faultShare, waitedMs, timeoutMs: TIMEOUT_MS };
  const plain = await startChaosGateway(exchange);
  const secure = await startChaosGateway({ ...exchange, tls: certificates.trusted });
  const proxy = await startChaosProxy(random, secure.port, () => faultShare() / 4);
  writeFileSync(join(folder, 'ca.pem'), certificates.trusted.cert);

  const rotateKeys = (account: string): void => {
    const text = (kind: string) => `${kind}${mark}${account}${drawInteger(random, 1e12, 9e12)}`;
    const pair = { apiKey: text('key'), secretKey: text('sec') };
    keys.set(pair.apiKey, { account, secretKey: pair.secretKey });
    rotatedAt.set(account, performance.now());
    mkdirSync(join(folder, account), { recursive: true });
    for (const [file, value] of [
      ['api_key', pair.apiKey],
      ['secret_key', pair.secretKey],
    ] as const) {
      writeFileSync(join(folder, account, `.${file}`), `${value}\n`, { mode: 0o600 });
      renameSync(join(folder, account, `.${file}`), join(folder, account, file));
    }
  };
  for (const account of ['default', ...ACCOUNTS]) rotateKeys(account);

  const urlOf = (account: string): string => {
    if (PROXY_ACCOUNTS.includes(account)) return 'https://gateway.test';
    return TLS_ACCOUNTS.includes(account) ? `https://127.0.0.1:${secure.port}` : `http://127.0.0.1:${plain.port}`;
  };
  const thresholds = new Thresholds();
  const configFile = join(folder, 'config.yml');
  const writeConfiguration: World['writeConfiguration'] = ({
    threshold = 1,
    extraAccounts = 0,
    broken = false,
  } = {}) => {
    const account = (name: string, of: string): string =>
      `  ${name}: {api_key_file: ${of}/api_key, secret_key_file: ${of}/secret_key, url: "${urlOf(of)}"}\n`;
    const extra = Array.from({ length: extraAccounts }, (_, index) => account(`extra${index}`, 'a0'));
    if (!broken) thresholds.noteWrite(threshold);
    const text = `accounts:\n${ACCOUNTS.map((name) => account(name, name)).join('')}${extra.join('')}thresholds: {C0_X: ${threshold}}\ncollectors: {rates: true}\n${broken ? 'nonsense: 1\n' : ''}`;
    writeFileSync(`${configFile}.next`, text);
    renameSync(`${configFile}.next`, configFile);
  };
  writeConfiguration();

  const program = spawn(
    executable,
    [
      ...args,
      `--config.file=${configFile}`,
      `--thedex.url=http://127.0.0.1:${plain.port}`,
      `--thedex.api-key-file=${join(folder, 'default/api_key')}`,
      `--thedex.secret-key-file=${join(folder, 'default/secret_key')}`,
      `--thedex.ca-file=${join(folder, 'ca.pem')}`,
      `--thedex.timeout=${TIMEOUT_MS}ms`,
      `--thedex.timeout-offset=${OFFSET_MS}ms`,
      '--web.listen-address=127.0.0.1:0',
      '--web.enable-lifecycle',
    ],
    {
      env: { ...env, PATH: process.env['PATH'], HTTPS_PROXY: `http://user:pass%25word@127.0.0.1:${proxy.port}` },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const killWithUs = (): void => void program.kill('SIGKILL');
  process.once('exit', killWithUs);
  let log = '';
  program.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exitCode = new Promise<number | null>((resolve) => program.once('exit', resolve));
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the program did not listen:\n${log}`)), START_WITHIN_MS);
    // The log grows to megabytes: it is searched until the line is there, and not with each line after it.
    const search = (): void => {
      const found = LISTENING.exec(log)?.[1];
      if (found === undefined) return;
      program.stderr?.off('data', search);
      clearTimeout(timer);
      resolve(Number(found));
    };
    program.stderr?.on('data', search);
    program.once('exit', (code) => reject(new Error(`the program ended with ${code}:\n${log}`)));
  });

  return {
    program,
    port,
    gateways: [plain, secure],
    proxy,
    certificates,
    tlsGateway: secure,
    secrets,
    log: () => log,
    thresholds,
    exitCode,
    rotateKeys,
    writeConfiguration,
    close: async () => {
      program.kill('SIGKILL');
      await exitCode;
      process.off('exit', killWithUs);
      await Promise.all([plain.close(), secure.close(), proxy.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Which thresholds a page may show: that of the last reload before the scrape, and what was written since. */
export class Thresholds {
  readonly #written: { readonly at: number; readonly value: number }[] = [];
  #inForce = 0;

  /** What is in force now, as a beginning for {@link since}. */
  get mark(): number {
    return this.#inForce;
  }

  noteWrite(value: number): void {
    this.#written.push({ at: performance.now(), value });
  }

  /** A reload that was asked for at that time has been answered, so that what was written before is in force. */
  noteReload(askedAt: number): void {
    this.#inForce = this.#written.findLastIndex(({ at }) => at <= askedAt);
  }

  /** What may be, or have been, in force since a mark was taken. */
  since(mark: number): readonly number[] {
    return this.#written.slice(mark).map(({ value }) => value);
  }
}

/** Resident memory of a process in MiB; 0 of one that has ended. */
export function residentMiB(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return (pages * PAGE_BYTES) / 2 ** 20;
  } catch {
    return 0;
  }
}

/** How many descriptors a process has open. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** How often the main thread of a process has gone to sleep so far: whatever it is woken by, it sleeps again. */
export function sleeps(pid: number): number {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1]);
}
