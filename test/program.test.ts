import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import fetch from 'node-fetch';
import { startExporter, type RunningExporter } from './support/bin.ts';
import { valueOf } from './support/exposition.ts';
import { balance, json, respond, startGateway, type Answer, type TestGateway } from './support/gateway.ts';
import { until } from './support/poll.ts';

const API_KEY = 'AKEY-2c9d41f0';
const SECRET_KEY = 'SKEY-77ab03e9-ключ';
const ONE = JSON.stringify([{ BTC: balance('1.5', '0.5', '1.0') }]);

/** Everything that must never be printed. */
const LEAKS = [
  API_KEY,
  SECRET_KEY,
  Buffer.from(API_KEY).toString('base64'),
  Buffer.from(SECRET_KEY).toString('base64'),
  createHmac('sha512', SECRET_KEY).update('e30=').digest('hex'),
];

describe('the program', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let exporter: RunningExporter | undefined;
  beforeEach(async () => {
    gateway = await startGateway({ answer: json(ONE) });
  });
  afterEach(async () => {
    await exporter?.stop('SIGKILL');
    exporter = undefined;
    await gateway.close();
  });

  async function start(args: readonly string[] = [], env: Record<string, string> = {}): Promise<RunningExporter> {
    exporter = await startExporter({
      args: [`--thedex.url=${gateway.url.origin}`, '--thedex.timeout=2s', ...args],
      env: { THEDEX_API_KEY: API_KEY, THEDEX_SECRET_KEY: SECRET_KEY, ...env },
    });
    return exporter;
  }
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${exporter?.url}${path}`, { headers });
    return { status: response.status, text: await response.text() };
  };

  it('prints no key, secret or signature, whatever the gateway does', async () => {
    const echo: Answer = (request, response) => {
      const [key = '', signature = '', payload = ''] = ['apikey', 'signature', 'payload'].map((name) =>
        String(request.headers[`x-ex-${name}`]),
      );
      const text = JSON.stringify({
        error: `invalid key ${key}`,
        message: `${signature} ${payload}`,
        [key]: SECRET_KEY,
      });
      response.writeHead(400, { 'X-Echo': key });
      response.end(text);
    };
    const faults: Answer[] = [
      ...[301, 400, 401, 403, 404, 429, 500, 503].map((status) =>
        respond(status, `${API_KEY} ${SECRET_KEY}`, { Location: `http://${API_KEY}/` }),
      ),
      respond(200, `<html>${API_KEY}`),
      respond(200, `{"${API_KEY}": "${SECRET_KEY}"}`),
      respond(200, `{"BTC": {"totalBalance": "${SECRET_KEY}", "holdBalance": "0", "availableBalance": "0"}}`),
      echo,
      (request) => request.socket.resetAndDestroy(),
      (_request, response) => response.socket?.end(`HTTP/1.1 200 ${API_KEY}\r\nContent-Length: 10\r\n\r\nx`),
      (_request, response) => response.socket?.end(`${API_KEY} ${SECRET_KEY}\r\n`),
      () => {},
    ];
    const running = await start(['--log.level=debug', '--collector.rates']);
    const pages: string[] = [];
    for (const fault of faults) {
      gateway.answer = fault;
      for (const path of ['/metrics', '/'])
        pages.push((await get(path, { 'X-Prometheus-Scrape-Timeout-Seconds': '0.8' })).text);
    }
    for (const path of ['/sd', '/probe?target=x', '/nothing']) pages.push((await get(path)).text);
    expect(await running.stop()).to.equal(0);
    const everything = `${running.output()}\n${pages.join('\n')}`;
    for (const leak of LEAKS) expect(everything).not.to.include(leak);
    expect(running.output())
      .to.match(/reason=auth/)
      .and.match(/reason=timeout/)
      .and.match(/reason=network/);
  });

  it('reads secrets from files, and drops one newline at their end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thedex-keys-'));
    await writeFile(join(folder, 'key'), `${API_KEY}\n`, { mode: 0o600 });
    await writeFile(join(folder, 'secret'), `${SECRET_KEY}\r\n`, { mode: 0o600 });
    exporter = await startExporter({
      args: [`--thedex.url=${gateway.url.origin}`, '--thedex.api-key-file=key', '--thedex.secret-key-file=secret'],
      cwd: folder,
    });
    expect(valueOf((await get('/metrics')).text, 'thedex_up')).to.equal(1);
    expect(gateway.requests[0]?.headers['x-ex-apikey']).to.equal(API_KEY);
    expect(gateway.requests[0]?.headers['x-ex-signature']).to.equal(LEAKS.at(-1));
    await rm(folder, { recursive: true });
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`lets a scrape in flight end on ${signal}, is not ready meanwhile, and exits with 0`, async () => {
      const release: (() => void)[] = [];
      gateway.answer = (request, response, body) => release.push(() => json(ONE)(request, response, body));
      const running = await start();
      expect((await get('/-/ready')).status).to.equal(200);
      const scrape = get('/metrics');
      await until('the read', () => release.length === 1);
      const exited = running.stop(signal);
      await until('not ready', async () => (await get('/-/ready')).status === 503);
      release[0]?.();
      expect(valueOf((await scrape).text, 'thedex_up')).to.equal(1);
      expect(await exited).to.equal(0);
    });
  }
  it('exits with 0 within its grace when a client holds a connection open', async () => {
    const running = await start();
    await get('/-/healthy', { Connection: 'keep-alive' });
    expect(await running.stop()).to.equal(0);
  });

  it('says nothing to the gateway until it is scraped', async () => {
    await start();
    await get('/');
    await get('/-/ready');
    expect(gateway.sockets).to.have.length(0);
    await get('/metrics');
    expect(gateway.requests).to.have.length(1);
  });

  it('reloads changed secrets on SIGHUP, and keeps the old ones while the new are missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thedex-reload-'));
    await writeFile(join(folder, 'key'), 'first', { mode: 0o600 });
    await writeFile(join(folder, 'secret'), SECRET_KEY, { mode: 0o600 });
    exporter = await startExporter({
      args: [`--thedex.url=${gateway.url.origin}`, '--thedex.api-key-file=key', '--thedex.secret-key-file=secret'],
      cwd: folder,
    });
    const running = exporter;
    const lastKey = async () => {
      await get('/metrics');
      return gateway.requests.at(-1)?.headers['x-ex-apikey'];
    };
    await writeFile(join(folder, 'key'), '');
    running.signal('SIGHUP');
    await until('the refusal', () => running.output().includes('was not reloaded'));
    expect(await lastKey()).to.equal('first');
    expect(valueOf((await get('/metrics')).text, 'thedex_exporter_config_last_reload_successful')).to.equal(0);
    await writeFile(join(folder, 'key'), 'second');
    running.signal('SIGHUP');
    await until('the reload', () => running.output().includes('The configuration was reloaded'));
    expect(await lastKey()).to.equal('second');
    await rm(folder, { recursive: true });
  });

  it('ends with a stack and status 1 on a defect that nothing caught, without a secret', async () => {
    const running = await start([], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => { throw Object.assign(new Error('a defect'), { request: { key: process.env.THEDEX_API_KEY } }); })")}`,
    });
    running.signal('SIGUSR2');
    expect(await running.exited).to.equal(1);
    expect(running.output()).to.match(/level=error .*stack="Error: a defect\\n +at /);
    for (const leak of LEAKS) expect(running.output()).not.to.include(leak);
  });
});
