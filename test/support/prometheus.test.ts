import { expect } from 'chai';
import { startPrometheus } from './prometheus.ts';
import { requireTool } from './tools.ts';

describe('startPrometheus', function () {
  this.timeout(90_000);
  let binary: string;

  before(function () {
    binary = requireTool(this, 'prometheus');
  });

  it('answers queries, with the rules of its files, and goes when it is told to', async () => {
    const server = await startPrometheus({
      binary,
      configText: 'rule_files: [rules/one.yml]\n',
      files: { 'rules/one.yml': 'groups: [{name: one, rules: [{record: one, expr: vector(1)}]}]\n' },
    });
    try {
      expect((await server.query('vector(2)'))[0]?.samples[0]?.[1]).to.equal(2);
      expect((await server.query('1 + 1'))[0]?.samples[0]?.[1]).to.equal(2);
      const range = await server.queryRange('vector(3)', { start: 0, end: 60, step: 30 });
      expect(range).to.deep.equal([
        {
          labels: {},
          samples: [
            [0, 3],
            [30, 3],
            [60, 3],
          ],
        },
      ]);
      expect(JSON.stringify(await server.get('/api/v1/rules'))).to.contain('"name":"one"');
    } finally {
      await server.stop();
    }
    expect(await fetch(server.url).catch(() => 'gone')).to.equal('gone');
  });

  it("passes on the server's own words when it refuses a query", async () => {
    const server = await startPrometheus({ binary });
    try {
      const error = await server.query('sum(').catch((caught: unknown) => caught);
      expect(String(error)).to.contain('parse error');
    } finally {
      await server.stop();
    }
  });

  it('says why the server did not start', async () => {
    const error = await startPrometheus({ binary, configText: 'nonsense: true\n' }).catch((caught: unknown) => caught);
    expect(String(error)).to.contain('field nonsense not found');
  });

  it('says so when there is no such program', async () => {
    const missing = startPrometheus({ binary: '/no/such/prometheus' }).catch((caught: unknown) => caught);
    expect(String(await missing)).to.contain('ENOENT');
  });
});
