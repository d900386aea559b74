import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SCRIPT = fileURLToPath(new URL('../../scripts/count-scrape-path.ts', import.meta.url));

describe('the way of a scrape', function () {
  this.timeout(60_000);

  it('is what docs/development.md says, and no longer', () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ['--import=tsx', SCRIPT, '--check'], {
      encoding: 'utf8',
    });
    expect(status, stderr).to.equal(0);
    const [, files, functions] = /through (\d+) files and (\d+) functions/.exec(stdout) ?? [];
    expect(Number(files)).to.be.at.most(16);
    expect(Number(functions)).to.be.at.most(102);
  });
});
