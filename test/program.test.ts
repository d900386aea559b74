import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { rootCertificates } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import fetch from 'node-fetch';
import { BIN, runBin, startExporter, type RunningExporter } from './support/bin.ts';
import { valueOf } from './support/exposition.ts';
import { balance, closedPort, json, respond, startGateway, type Answer, type TestGateway } from './support/gateway.ts';
import { until } from './support/poll.ts';
import { requireTool } from './support/tools.ts';

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
      await until('the request', () => release.length === 1);
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

  describe('reloading', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'thedex-reload-'));
      await writeFile(join(folder, 'key'), 'first-key', { mode: 0o600 });
      await writeFile(join(folder, 'secret'), SECRET_KEY, { mode: 0o600 });
      await configure('');
    });
    afterEach(() => rm(folder, { recursive: true }));

    const configure = (more: string) =>
      writeFile(
        join(folder, 'config.yml'),
        `accounts:\n  main: {api_key_file: key, secret_key_file: secret, url: "${gateway.url.origin}"}\n${more}`,
      );
    const startWithFile = async (...args: string[]) => {
      exporter = await startExporter({
        args: ['--config.file=config.yml', '--web.enable-lifecycle', ...args],
        cwd: folder,
      });
      return exporter;
    };
    const probe = async () => (await get('/probe?target=main')).text;
    const reload = () => fetch(`${exporter?.url}/-/reload`, { method: 'POST' });
    const lastKey = async () => {
      await probe();
      return gateway.requests.at(-1)?.headers['x-ex-apikey'];
    };
    const own = async (name: string) => valueOf((await get('/metrics')).text, `thedex_exporter_config_last_${name}`);

    it('takes changed secrets on SIGHUP, and keeps the old ones while the new are missing', async () => {
      const running = await startWithFile();
      await writeFile(join(folder, 'key'), '');
      running.signal('SIGHUP');
      await until('the refusal', () => running.output().includes('was not reloaded'));
      expect(await lastKey()).to.equal('first-key');
      expect(await own('reload_successful')).to.equal(0);
      await writeFile(join(folder, 'key'), 'second-key');
      running.signal('SIGHUP');
      await until('the reload', () => running.output().includes('The configuration was reloaded'));
      expect(await lastKey()).to.equal('second-key');
      expect(await own('reload_successful')).to.equal(1);
      expect(await own('reload_success_timestamp_seconds')).to.be.closeTo(Date.now() / 1000, 60);
    });

    it('puts a changed threshold on the page, and leaves history and the request in flight alone', async () => {
      await startWithFile();
      await probe();
      const release: (() => void)[] = [];
      gateway.answer = (request, response, body) => release.push(() => json(ONE)(request, response, body));
      const scrape = probe();
      await until('the request', () => release.length === 1);
      await configure('thresholds: {BTC: 5}\n');
      expect((await reload()).status).to.equal(200);
      release[0]?.();
      const labels = { currency: 'BTC', kind: 'available', severity: 'warning' };
      expect(valueOf(await scrape, 'thedex_balance_threshold', labels)).to.equal(5);
      expect(gateway.requests).to.have.length(2);
      expect(gateway.sockets).to.have.length(1);
    });

    it('changes nothing when either file has a mistake, and tells of both', async () => {
      await writeFile(join(folder, 'web.yml'), 'http_server_config: {headers: {X-Frame-Options: deny}}\n');
      await startWithFile('--web.config.file=web.yml');
      await configure('thresholds: {BTC: 5}\n');
      await writeFile(join(folder, 'web.yml'), 'nonsense: 1\n');
      const refused = await reload();
      expect([refused.status, await refused.text()])
        .to.have.nested.property('[1]')
        .which.matches(/web\.yml:1: nonsense/);
      expect(refused.status).to.equal(500);
      expect(await probe()).not.to.include('thedex_balance_threshold');
      await configure('colour: red\n');
      expect(await (await reload()).text()).to.match(/config\.yml:3: colour.*\n.*web\.yml:1: nonsense/);
      await configure('thresholds: {BTC: 5}\n');
      await writeFile(join(folder, 'web.yml'), '');
      expect((await reload()).status).to.equal(200);
      expect(await probe()).to.include('thedex_balance_threshold');
    });

    it('makes one reload of all that wait behind one under way', async () => {
      const running = await startWithFile();
      const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await reload()).status));
      expect(statuses.every((status) => status === 200)).to.equal(true);
      expect(running.output().match(/The configuration was reloaded/g)?.length).to.be.within(1, 20);
    });

    it('looks itself whether the file has changed with --config.auto-reload-interval', async () => {
      const running = await startWithFile('--config.auto-reload-interval=50ms');
      await configure('colour: red\n');
      await until('the refusal', () => running.output().includes('config.yml:3: colour'));
      await configure('thresholds: {BTC: 5}\n');
      await until('the reload', () => running.output().includes('The configuration was reloaded'));
      expect(await probe()).to.include('thedex_balance_threshold');
      expect(running.output().match(/config\.yml:3: colour/g)).to.have.length(1);
    });

    it('sees accounts that come and go in accounts_dir, and a new bundle of certificates, in the same way', async () => {
      const [first = '', second = ''] = rootCertificates;
      const add = async (name: string) => {
        await mkdir(join(folder, 'accounts', name), { recursive: true });
        await writeFile(join(folder, 'accounts', name, 'api_key'), `key-of-${name}`, { mode: 0o600 });
        await writeFile(join(folder, 'accounts', name, 'secret_key'), SECRET_KEY, { mode: 0o600 });
      };
      await add('east');
      await writeFile(join(folder, 'config.yml'), 'accounts_dir: accounts\n');
      await writeFile(join(folder, 'ca.pem'), first);
      const running = await startWithFile('--config.auto-reload-interval=50ms', '--thedex.ca-file=ca.pem');
      const names = async () => {
        const groups = JSON.parse((await get('/sd')).text) as { targets: string[] }[];
        return groups.flatMap(({ targets }) => targets).join();
      };
      const reloads = () => running.output().match(/The configuration was reloaded/g)?.length ?? 0;
      expect(await names()).to.equal('east');
      await add('north');
      await until('the second account', async () => (await names()) === 'east,north');
      await rm(join(folder, 'accounts', 'east'), { recursive: true });
      await until('the end of the first', async () => (await names()) === 'north');
      const before = reloads();
      await writeFile(join(folder, 'ca.pem'), `${first}\n${second}`);
      await until('the certificates', () => reloads() > before);
    });
  });

  it('probes the sandbox, which lives for that one question', async () => {
    const { code, stdout, stderr } = await runBin({ args: ['probe', '--sandbox', '--sandbox.seed=7'] });
    expect(code).to.equal(0);
    expect(stderr).to.match(/^\S+ level=warn msg="SANDBOX: [^\n]*\n$/);
    expect(stdout)
      .to.match(/^Account +default\nGateway +http:\/\/127\.0\.0\.1:\d+\//)
      .and.match(/^USDT_TRON +[\d.]+ +/m);
    expect((await runBin({ args: ['probe', 'nobody', '--sandbox'] })).code).to.equal(1);
  });

  describe('signals while it starts', () => {
    /** Sends a signal as soon as the program has asked for it: before anything of it is loaded. */
    const signalEarly = (name: NodeJS.Signals) => ({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
        `process.on('newListener', (event) => event === 'SIGINT' && setImmediate(() => process.kill(process.pid, '${name}')))`,
      )}`,
    });

    it('SIGHUP is a reload once it has started', async () => {
      const running = await start([], signalEarly('SIGHUP'));
      await until('the reload', () => running.output().includes('The configuration was reloaded'));
      expect(valueOf((await get('/metrics')).text, 'thedex_up')).to.equal(1);
    });
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      it(`${name} ends it with 0`, async () => {
        const { code, stderr } = await runBin({ args: ['--sandbox'], env: signalEarly(name) });
        expect([code, stderr]).to.deep.equal([0, '']);
      });
    }
  });

  it('serves with its log gone, and with a full disk under it', async function () {
    const shell = requireTool(this, 'sh');
    for (const redirection of ['2>&-', '2>/dev/full', '2>/dev/null']) {
      const port = await closedPort();
      const command = `exec "$@" ${redirection}`;
      const flags = [BIN, '--sandbox', `--web.listen-address=127.0.0.1:${port}`, '--log.level=debug'];
      const child = spawn(shell, ['-c', command, 'sh', process.execPath, ...flags], { stdio: 'ignore' });
      const exited = new Promise((resolve) => child.once('exit', resolve));
      const scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      await until(
        `an answer with ${redirection}`,
        () =>
          scrape().then(
            (page) => valueOf(page, 'thedex_up') === 1,
            () => false,
          ),
        20_000,
      );
      child.kill('SIGTERM');
      expect(await exited, redirection).to.equal(0);
    }
  });

  it('serves metrics and the landing page when descriptors run out', async function () {
    const shell = requireTool(this, 'sh');
    const port = await closedPort();
    const flags = [BIN, '--sandbox', `--web.listen-address=127.0.0.1:${port}`];
    const child = spawn(shell, ['-c', 'ulimit -n 40; exec "$@"', 'sh', process.execPath, ...flags], {
      stdio: 'ignore',
    });
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    await until(
      'an answer',
      () =>
        ask('/-/ready').then(
          (status) => status === 200,
          () => false,
        ),
      20_000,
    );
    // They keep what descriptors there are; some of them are closed by the exporter.
    const hogs = Array.from({ length: 60 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    const statuses: number[] = [];
    for (const path of ['/metrics', '/', '/metrics', '/']) {
      await ask(path).then(
        (status) => statuses.push(status),
        () => {},
      );
    }
    expect(statuses.filter((status) => status !== 200)).to.deep.equal([]);
    for (const hog of hogs) hog.destroy();
    await until('a good page', () =>
      ask('/metrics').then(
        (status) => status === 200,
        () => false,
      ),
    );
    expect(await ask('/')).to.equal(200);
    child.kill('SIGKILL');
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
