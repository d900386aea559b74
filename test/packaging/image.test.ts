import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { requireTool, skipLoudly } from '../support/tools.ts';

const SCRIPT = 'scripts/check-image.sh';
/** Half a minute alone on a machine; several times that beside other work. */
const BUILD_AND_RUN_MS = 300_000;

describe('the container image', () => {
  let output = '';

  before(async function () {
    this.timeout(BUILD_AND_RUN_MS);
    for (const tool of ['buildah', 'podman', 'crun', 'newuidmap', 'unshare', 'curl']) requireTool(this, tool);
    if (process.getuid?.() !== 0) skipLoudly(this, 'root user, which building the image needs');
    output = (await promisify(execFile)(SCRIPT, { timeout: BUILD_AND_RUN_MS })).stdout;
  });

  const promises = [
    'the image builds',
    'user: 65532:65532',
    'stop signal: SIGTERM',
    'application folder: .env LICENSE alerts compose compose.yaml dist examples grafana package.json prometheus.yml systemd',
    'files that the user may write: \n',
    'it becomes ready on a read-only root, without capabilities',
    'the sandbox is scraped from outside',
    'its metrics say which version and revision it is',
    'it is healthy while it serves',
    'it is unhealthy where nothing serves',
    'exit code after SIGTERM: 0',
    'it writes what it carries',
    'a version that disagrees with package.json ends the build',
  ];
  for (const promise of promises) {
    it(promise.trim(), () => {
      expect(output).to.include(`holds: ${promise}`);
    });
  }
});
