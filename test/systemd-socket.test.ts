import { spawn } from 'node:child_process';
import { expect } from 'chai';
import fetch from 'node-fetch';
import { BIN } from './support/bin.ts';
import { valueOf } from './support/exposition.ts';
import { closedPort } from './support/gateway.ts';
import { until } from './support/poll.ts';
import { requireTool } from './support/tools.ts';

describe('the program, started by a socket of systemd', function () {
  this.timeout(60_000);

  it('serves on the socket that it was handed, ends with 0, and leaves the address to systemd', async function () {
    const activate = requireTool(this, 'systemd-socket-activate');
    const address = `127.0.0.1:${await closedPort()}`;
    // The listen address would fail, if it were used.
    const flags = ['--sandbox', '--web.systemd-socket', '--web.listen-address=192.0.2.1:1'];
    const child = spawn(activate, [`--listen=${address}`, process.execPath, BIN, ...flags], {
      env: { PATH: process.env['PATH'] },
    });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      await until('the socket', () => output.includes('Listening on'), 20_000);
      const page = await (await fetch(`http://${address}/metrics`)).text();
      expect(valueOf(page, 'thedex_up')).to.equal(1);
      expect(output).to.match(new RegExp(`msg=Listening address=http://${address}\\b`));
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exited).to.equal(0);
  });
});
