import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { OwnMetrics } from '../../src/scrape/own-metrics.ts';
import { parsePage, valueOf } from '../support/exposition.ts';
import { requireTool } from '../support/tools.ts';

const BUILD = { version: '1.2.3', revision: 'abc' };

describe('OwnMetrics', () => {
  it('has every series of requests from the start, at zero', async () => {
    const page = await new OwnMetrics(BUILD).render('text');
    const requests = parsePage(page).filter(({ name }) => name === 'thedex_exporter_api_requests_total');
    expect(requests).to.have.length(3 * 11);
    expect(requests.map(({ labels }) => labels['outcome'])).to.include.members(['success', 'canceled', 'timeout']);
    expect(requests.every(({ value }) => value === 0)).to.equal(true);
  });

  it('counts and times requests, by endpoint', async () => {
    const own = new OwnMetrics(BUILD);
    await own.render('text');
    own.observeRequest('rates', 'tls', 0.3);
    own.observeRequest('rates', 'success', 20);
    const page = await own.render('text');
    const labels = { endpoint: 'rates' };
    expect(valueOf(page, 'thedex_exporter_api_requests_total', { ...labels, outcome: 'tls' })).to.equal(1);
    const duration = (suffix: string, more = {}) =>
      valueOf(page, `thedex_exporter_api_request_duration_seconds_${suffix}`, { ...labels, ...more });
    expect(duration('count')).to.equal(2);
    expect(duration('sum')).to.be.closeTo(20.3, 1e-9);
    const buckets = ['0.25', '0.5', '10', '+Inf'].map((le) => duration('bucket', { le }));
    expect(buckets).to.deep.equal([0, 1, 1, 2]);
  });

  it('tells the CPU time of the moment, the same in sum and parts', async () => {
    const own = new OwnMetrics(BUILD);
    await own.render('text');
    const spent = process.cpuUsage();
    const page = await own.render('text');
    const [user = 0, system = 0, total = 0] = ['user_', 'system_', ''].map((part) =>
      valueOf(page, `process_cpu_${part}seconds_total`),
    );
    expect(user + system).to.be.closeTo(total, 1e-9);
    expect(total).to.be.at.least((spent.user + spent.system) / 1e6);
  });

  it('tells memory, descriptors and start of this process', async function () {
    if (process.platform !== 'linux') this.skip();
    const page = await new OwnMetrics(BUILD).render('text');
    const resident = process.memoryUsage.rss();
    expect(valueOf(page, 'process_resident_memory_bytes')).to.be.within(resident * 0.8, resident * 1.2);
    expect(valueOf(page, 'process_start_time_seconds')).to.be.closeTo(Date.now() / 1000 - process.uptime(), 1);
    expect(valueOf(page, 'process_open_fds')).to.be.within(5, valueOf(page, 'process_max_fds') ?? 0);
    expect(valueOf(page, 'nodejs_heap_size_used_bytes')).to.be.greaterThan(1e6);
  });

  it('loses no page when there is no descriptor left to look with', function () {
    this.timeout(60_000);
    const shell = requireTool(this, 'sh');
    const program = `
      import { openSync } from 'node:fs';
      import { OwnMetrics } from ${JSON.stringify(fileURLToPath(new URL('../../src/scrape/own-metrics.ts', import.meta.url)))};
      const own = new OwnMetrics({ version: '1', revision: 'x' });
      try { for (;;) openSync('/dev/null'); } catch {}
      process.stdout.write(await own.render('text'));
    `;
    const { stdout, stderr } = spawnSync(
      shell,
      [
        '-c',
        'ulimit -n 60; exec "$@"',
        'sh',
        process.execPath,
        '--import=tsx',
        '--input-type=module',
        '--eval',
        program,
      ],
      { encoding: 'utf8' },
    );
    expect(valueOf(stdout, 'process_resident_memory_bytes'), stderr).to.be.greaterThan(1e6);
    expect(valueOf(stdout, 'process_max_fds')).to.equal(60);
  });
});
