import { expect } from 'chai';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startExporter, type RunningExporter } from '../support/bin.ts';
import { balance, json, respond, startGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/poll.ts';
import type { RunningPrometheus, Series } from '../support/prometheus.ts';
import { requireTool } from '../support/tools.ts';
import { startBundledPrometheus } from './bundled-prometheus.ts';

const WITHIN_MS = 30_000;

/** Three users of the gateway; the names hold every character that is no letter and may stand in one. */
const ACCOUNTS = [
  { name: 'shop', apiKey: 'key-of-shop', secretKey: 'secret-of-shop', total: '100.5' },
  { name: 'games.eu', apiKey: 'key-of-games', secretKey: 'secret-of-games', total: '200.25' },
  { name: 'donations_2-b', apiKey: 'key-of-donations', secretKey: 'secret-of-donations', total: '0E-8' },
];

describe('three accounts in a real Prometheus, by the bundled configuration', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'thedex-accounts-'));
  let gateway: TestGateway;
  let exporter: RunningExporter;
  let prometheus: RunningPrometheus;
  let instance: string;

  before(async function () {
    const binary = requireTool(this, 'prometheus');
    gateway = await startGateway({ answer: answerEachItsOwn });
    exporter = await startExporter({ args: [`--config.file=${writeConfig()}`, `--thedex.url=${gateway.url.href}`] });
    instance = new URL(exporter.url).host;
    prometheus = await startBundledPrometheus(binary, instance);
    await until('all accounts scraped', async () => (await prometheus.query('thedex_up')).length === 3, WITHIN_MS);
    await until(
      'the exporter scraped',
      async () => (await prometheus.query('up{job="thedex"} == 1')).length === 1,
      WITHIN_MS,
    );
  });

  after(async () => {
    await prometheus?.stop();
    await exporter?.stop();
    await gateway?.close();
    rmSync(folder, { recursive: true });
  });

  it('finds a healthy target for each account, and the exporter itself', async () => {
    const up = await prometheus.query('up');
    expect(labelsOf(up)).to.have.deep.members([
      { __name__: 'up', job: 'thedex', instance },
      ...ACCOUNTS.map(({ name }) => ({ __name__: 'up', job: 'thedex-accounts', instance, account: name })),
    ]);
    expect(up.map(({ samples }) => samples[0]?.[1])).to.deep.equal([1, 1, 1, 1]);
  });

  it("stores each account's balances under its own name, at the exporter's address", async () => {
    const totals = await prometheus.query('thedex_balance{kind="total"}');
    const expected = ACCOUNTS.map(({ name, total }) => ({
      labels: {
        __name__: 'thedex_balance',
        job: 'thedex-accounts',
        instance,
        account: name,
        currency: 'USDT_TRON',
        kind: 'total',
      },
      value: Number(total),
    }));
    expect(totals.map(({ labels, samples }) => ({ labels, value: samples[0]?.[1] }))).to.have.deep.members(expected);
  });

  it('stores thresholds and the outcome of each scrape likewise', async () => {
    const perAccount = async (expression: string) => {
      const series = await prometheus.query(expression);
      return Object.fromEntries(series.map(({ labels, samples }) => [labels['account'], samples[0]?.[1]]));
    };
    expect(await perAccount('thedex_up')).to.deep.equal({ shop: 1, 'games.eu': 1, 'donations_2-b': 1 });
    expect(await perAccount('thedex_balance_threshold{currency="USDT_TRON",kind="available"}')).to.deep.equal({
      shop: 500,
      'games.eu': 50,
      'donations_2-b': 50,
    });
  });

  it("stores the exporter's own metrics once, without an account", async () => {
    const requests = await prometheus.query(
      'thedex_exporter_api_requests_total{endpoint="balances",outcome="success"}',
    );
    expect(labelsOf(requests)).to.deep.equal([
      {
        __name__: 'thedex_exporter_api_requests_total',
        job: 'thedex',
        instance,
        endpoint: 'balances',
        outcome: 'success',
      },
    ]);
  });

  it('renames no label of a sample', async () => {
    expect(await prometheus.query('{__name__=~".+",exported_account!=""}')).to.deep.equal([]);
    expect(await prometheus.query('{__name__=~".+",exported_instance!=""}')).to.deep.equal([]);
  });

  function writeConfig(): string {
    const lines = ['thresholds: {USDT_TRON: 50}', 'accounts:'];
    for (const { name, apiKey, secretKey } of ACCOUNTS) {
      writeFileSync(join(folder, `${name}.key`), `${apiKey}\n`);
      writeFileSync(join(folder, `${name}.secret`), `${secretKey}\n`);
      lines.push(`  ${name}:`, `    api_key_file: ${name}.key`, `    secret_key_file: ${name}.secret`);
      if (name === 'shop') lines.push('    thresholds: {USDT_TRON: 500}');
    }
    const file = join(folder, 'accounts.yml');
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }
});

/** Refuses whoever signs with another account's secret, and shows each its own balances. */
const answerEachItsOwn: TestGateway['answer'] = (request, response, body) => {
  const { 'x-ex-apikey': apiKey, 'x-ex-payload': payload, 'x-ex-signature': signature } = request.headers;
  const account = ACCOUNTS.find((each) => each.apiKey === apiKey);
  const expected = Buffer.from(body).toString('base64');
  const isSigned =
    account !== undefined &&
    payload === expected &&
    signature === createHmac('sha512', account.secretKey).update(expected).digest('hex');
  const answer = isSigned
    ? json(JSON.stringify([{ USDT_TRON: balance(account.total, '0', account.total) }]))
    : respond(401, '{"message":"incorrect signature"}');
  answer(request, response, body);
};

function labelsOf(series: readonly Series[]): Series['labels'][] {
  return series.map(({ labels }) => labels);
}
