import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name))]
  .concat(['CONTRIBUTING.md', 'SECURITY.md'])
  .filter((name) => name.endsWith('.md') && existsSync(join(ROOT, name)));

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replaceAll(/```.*?```/gs, '');
}

/** The anchors that a page's headings have, made as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}

describe('the documentation', () => {
  for (const page of PAGES) {
    it(`${page} links to what is there`, () => {
      for (const [, target = ''] of textOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
        expect(existsSync(join(ROOT, file)), `${page} links to ${target}`).to.equal(true);
        if (anchor !== undefined) expect(anchorsOf(file), `${page} links to ${target}`).to.include(anchor);
      }
    });
  }
  it('has an index that names every page', () => {
    const index = textOf('docs/README.md');
    for (const name of readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md') && file !== 'README.md')) {
      expect(index, name).to.include(`](${name})`);
    }
  });
});
