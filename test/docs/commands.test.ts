import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseCommandLine } from '../../src/cli.ts';
import { requireTool } from '../support/tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'));

/** The command blocks of a page, with continued lines joined. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/```(?:sh|bash|shell)\n(.*?)```/gs)].map(([, block = '']) =>
    block.replaceAll(/\\\n\s*/g, ' '),
  );
}

/** The words after the program's name in each call of it, up to what ends a command in a shell. */
function callsIn(block: string): string[][] {
  return [
    ...block.matchAll(
      /(?:^|[\s;&|(])(?:npx )?(?:thedex-exporter|node dist\/main\.js)((?: +--(?:no-)?(?:\w+\.[\w.-]+|sandbox|help|version)(?:=[^\s;&|)]*)?)+)/g,
    ),
  ].map(([, words = '']) => words.trim().split(/ +/));
}

describe('the commands in the documentation', () => {
  for (const page of PAGES.filter((name) => commandsOf(name).length > 0)) {
    it(`${page}: are commands that a shell can read`, function () {
      const bash = requireTool(this, 'bash');
      for (const block of commandsOf(page)) execFileSync(bash, ['-n'], { input: block, stdio: 'pipe' });
    });
    it(`${page}: call the program with flags that it takes`, () => {
      for (const block of commandsOf(page)) {
        for (const words of callsIn(block)) {
          expect(() => parseCommandLine(words, { version: '', revision: '' }), words.join(' ')).not.to.throw();
        }
      }
    });
    it(`${page}: name files of the project that are there`, () => {
      for (const block of commandsOf(page)) {
        for (const [path] of block.matchAll(
          /(?<![\w./-])(?:alerts|grafana|charts|scripts|systemd|compose)\/[\w./-]*\w/g,
        )) {
          expect(existsSync(join(ROOT, path)), path).to.equal(true);
        }
      }
    });
  }
});
