import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { requireTool } from '../support/tools.ts';

const UNITS = ['thedex-exporter.service', 'thedex-exporter.socket'];
/** On the scale of `systemd-analyze security`, where 10 is a service without any restriction. */
const MAX_EXPOSURE = 1.5;

describe('the systemd units', () => {
  let analyze = '';
  let folder = '';

  before(function () {
    analyze = requireTool(this, 'systemd-analyze');
    folder = mkdtempSync(join(tmpdir(), 'units-'));
    cpSync('systemd', folder, { recursive: true });
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  function verify() {
    const units = UNITS.map((unit) => join(folder, unit));
    const { status, stdout, stderr } = spawnSync(analyze, ['verify', '--man=no', ...units], { encoding: 'utf8' });
    return { status, printed: stdout + stderr };
  }

  it('pass systemd-analyze verify, which prints nothing', () => {
    expect(verify()).to.deep.equal({ status: 0, printed: '' });
  });

  it(`leave the service an exposure of at most ${MAX_EXPOSURE}`, () => {
    const args = ['security', '--offline=true', '--no-pager', join(folder, 'thedex-exporter.service')];
    const { stdout } = spawnSync(analyze, args, { encoding: 'utf8' });
    const exposure = /Overall exposure level for thedex-exporter\.service: (\d+\.\d)/.exec(stdout)?.[1];
    expect(Number(exposure), stdout).to.be.at.most(MAX_EXPOSURE);
  });

  it('allow what V8 needs: memory that is written, then executed', () => {
    expect(service()).not.to.match(/^MemoryDenyWriteExecute=(?:yes|true|on|1)/im);
  });

  it('hand over both keys as credentials, never as values', () => {
    expect(service())
      .to.match(/^LoadCredential=api_key:/m)
      .and.to.match(/^LoadCredential=secret_key:/m);
    expect(service()).not.to.match(/THEDEX_(?:API|SECRET)_KEY=/);
  });

  it('accept the drop-in of the documentation', () => {
    const dropIn = /```ini\n(\[Service\]\n[\s\S]*?)```/.exec(readFileSync('docs/systemd.md', 'utf8'))?.[1];
    expect(dropIn).to.be.a('string');
    mkdirSync(join(folder, 'thedex-exporter.service.d'));
    writeFileSync(join(folder, 'thedex-exporter.service.d', 'override.conf'), dropIn ?? '');
    expect(verify()).to.deep.equal({ status: 0, printed: '' });
  });

  function service(): string {
    return readFileSync(join(folder, 'thedex-exporter.service'), 'utf8');
  }
});
