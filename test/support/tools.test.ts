import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Context } from 'mocha';
import { findTool, requireTool } from './tools.ts';

/** Stands for a running test: `skip` throws, as mocha's does. */
function pretendContext(): Context {
  const context = {
    skip(): never {
      throw new Error('skipped');
    },
  };
  return context as unknown as Context;
}

describe('requireTool', () => {
  const ci = process.env['CI'];

  afterEach(() => {
    if (ci === undefined) {
      delete process.env['CI'];
    } else {
      process.env['CI'] = ci;
    }
  });

  it('finds a program in PATH', () => {
    expect(requireTool(pretendContext(), 'node')).to.match(/\/node$/);
  });

  it('skips the test where a program is missing', () => {
    delete process.env['CI'];
    expect(() => requireTool(pretendContext(), 'no-such-program-anywhere')).to.throw('skipped');
  });

  it('fails on CI where a program is missing', () => {
    process.env['CI'] = 'true';
    expect(() => requireTool(pretendContext(), 'no-such-program-anywhere')).to.throw(
      'install no-such-program-anywhere',
    );
  });

  it('does not take a file that cannot be executed for a program', () => {
    expect(findTool('no-such-program-anywhere')).to.equal(undefined);
  });
});

describe('A test', () => {
  // What every machine has that can run the tests; npm runs its scripts by sh.
  const EVERYWHERE = new Set(['node', 'npm', 'git', 'sh']);

  it('starts no program by its mere name that a machine may lack', () => {
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const started = files.flatMap((file) =>
      [...readFileSync(join('test', file), 'utf8').matchAll(/\b(?:execFile|spawn)(?:Sync)?\(\s*'([^']+)'/g)].map(
        ([, program = '']) => ({ file, program }),
      ),
    );
    expect(started.length).to.be.greaterThan(0);
    expect(started.filter(({ program }) => !EVERYWHERE.has(program))).to.deep.equal([]);
  });
});
