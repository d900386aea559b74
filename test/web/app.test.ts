import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import fetch from 'node-fetch';
import { accountSettings, configurationOf, gatewaySettings } from '../support/account.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { parsePage, valueOf } from '../support/exposition.ts';
import { balance, json, respond, startGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/poll.ts';

const ONE = JSON.stringify([{ BTC: balance('1.5', '0.5', '1.0') }]);
const OPENMETRICS = { Accept: 'application/openmetrics-text;version=1.0.0' };

async function get(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(url, { headers, method, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('the pages', () => {
  let gateway: TestGateway;
  let app: TestApp;
  const names = ['main', '__proto__', 'a.b-c_1'];
  beforeEach(async () => {
    gateway = await startGateway({ answer: json(ONE) });
    const named = names.map((name) => accountSettings(gateway.url, { name, labels: { team: `team ${name}` } }));
    app = await startApp(
      configurationOf([accountSettings(gateway.url), ...named], gatewaySettings({ timeoutMs: 1000 })),
    );
  });
  afterEach(async () => {
    await app.close();
    await gateway.close();
  });

  describe('/metrics', () => {
    it("holds the exporter's metrics and the default account's", async () => {
      const { status, headers, text } = await get(`${app.url}/metrics`);
      expect(status).to.equal(200);
      expect(headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
      expect(valueOf(text, 'thedex_balance', { currency: 'BTC', kind: 'hold' })).to.equal(0.5);
      expect(valueOf(text, 'thedex_exporter_build_info', { version: '1.2.3' })).to.equal(1);
    });
    it('counts its own request before it is rendered', async () => {
      const { text } = await get(`${app.url}/metrics`);
      const labels = { endpoint: 'balances', outcome: 'success' };
      expect(valueOf(text, 'thedex_exporter_api_requests_total', labels)).to.equal(1);
    });
    it('speaks OpenMetrics to who asks, and text to the next', async () => {
      const open = await get(`${app.url}/metrics`, OPENMETRICS);
      expect(open.headers.get('content-type')).to.equal('application/openmetrics-text; version=1.0.0; charset=utf-8');
      expect(open.text.endsWith('# EOF\n')).to.equal(true);
      const plain = await get(`${app.url}/metrics`);
      expect(plain.text).to.include('# TYPE thedex_exporter_api_requests_total counter').and.not.include('# EOF');
      // A cache between must not give the one who asks for the other.
      expect(plain.headers.get('vary')).to.equal('Accept, Accept-Encoding');
    });
    it('is gzipped for who accepts it', async () => {
      const answer = await new Promise<{ headers: http.IncomingHttpHeaders; body: Buffer }>((resolve) => {
        http.get(`${app.url}/metrics`, { headers: { 'Accept-Encoding': 'gzip' } }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
        });
      });
      expect(answer.headers['content-encoding']).to.equal('gzip');
      expect(answer.headers.vary)
        .to.match(/accept-encoding/i)
        .and.match(/accept(,|$)/i);
      expect(gunzipSync(answer.body).toString()).to.include('thedex_up 1');
    });
    it('is not gzipped for who prefers it as it is', async () => {
      const { headers } = await get(`${app.url}/metrics`, { 'Accept-Encoding': 'gzip;q=0.5, identity' });
      expect(headers.get('content-encoding')).to.equal(null);
    });
    it('answers HEAD as GET without a body', async () => {
      const { status, headers, text } = await get(`${app.url}/metrics`, {}, 'HEAD');
      expect([status, text]).to.deep.equal([200, '']);
      expect(Number(headers.get('content-length'))).to.be.greaterThan(1000);
    });
    it('is 200 with thedex_up 0 when the gateway fails', async () => {
      gateway.answer = respond(500, 'x');
      const { status, text } = await get(`${app.url}/metrics`);
      expect(status).to.equal(200);
      expect(valueOf(text, 'thedex_up')).to.equal(0);
      expect(text).not.to.include('thedex_balance{');
    });
    it('ends at the deadline that Prometheus names', async () => {
      gateway.answer = () => {};
      const { text } = await get(`${app.url}/metrics`, { 'X-Prometheus-Scrape-Timeout-Seconds': '0.6' });
      expect(valueOf(text, 'thedex_scrape_error', { reason: 'timeout' })).to.equal(1);
      expect(valueOf(text, 'thedex_scrape_timeout_seconds')).to.be.closeTo(0.1, 1e-9);
      expect(valueOf(text, 'thedex_scrape_duration_seconds')).to.be.within(0.09, 0.9);
    });
    it('counts the time that a scrape waits behind another on its connection', async () => {
      gateway.answer = () => {};
      const { hostname: host, port } = new URL(app.url);
      // A deadline of one second, the longest that the gateway is given here.
      const request = 'GET /metrics HTTP/1.1\r\nHost: x\r\nX-Prometheus-Scrape-Timeout-Seconds: 1.5\r\n';
      const socket = connect({ host, port: Number(port) });
      socket.write(`${request}\r\n${request}Connection: close\r\n\r\n`);
      const chunks = (await socket.toArray()) as Buffer[];
      const durations = parsePage(
        Buffer.concat(chunks)
          .toString()
          .split('\n')
          .filter((line) => line.startsWith('thedex_scrape_duration_seconds'))
          .join('\n'),
      ).map(({ value }) => value);
      expect(durations).to.have.length(2);
      expect(durations[0]).to.be.above(0.9);
      expect(durations[1]).to.be.below(0.7);
    });
    it('is sent to its last byte as it was rendered, whatever is rendered while its client reads slowly', async function () {
      this.timeout(60_000);
      // Far more than the kernel keeps of it.
      const currencies = Array.from({ length: 5_000 }, (_, index) => `C${index}`.padEnd(160, '_'));
      const walletOf = (amount: number) =>
        JSON.stringify(Object.fromEntries(currencies.map((name) => [name, balance(amount, 0, amount)])));
      const patient = await startApp(
        configurationOf([accountSettings(gateway.url)], gatewaySettings({ timeoutMs: 30_000 })),
      );
      const { hostname: host, port } = new URL(patient.url);
      gateway.answer = json(walletOf(1));
      const socket = connect({ host, port: Number(port) });
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      const chunks = (await once(socket, 'data')) as Buffer[];
      socket.pause();
      gateway.answer = json(walletOf(2));
      const { text } = await get(`${patient.url}/metrics`);
      expect(valueOf(text, 'thedex_balance', { currency: currencies.at(-1) ?? '', kind: 'total' })).to.equal(2);
      chunks.push(...((await socket.toArray()) as Buffer[]));
      await patient.close();
      const balances = Buffer.concat(chunks)
        .toString()
        .match(/^thedex_balance\{.*kind="total"\} \d$/gm);
      expect(balances).to.have.length(currencies.length);
      expect(new Set(balances?.map((line) => line.at(-1)))).to.deep.equal(new Set(['1']));
    });
    it('never mixes two reads, however scrapes overlap', async () => {
      let read = 0;
      gateway.answer = (request, response, body) => {
        read += 1;
        const wallet = ['A', 'B', 'C', 'D'].map((name) => ({ [name]: balance(read, 0, read) }));
        json(JSON.stringify(wallet))(request, response, body);
      };
      const scraper = async () => {
        for (let scrape = 0; scrape < 20; scrape += 1) {
          const { text } = await get(`${app.url}/metrics`);
          const values = parsePage(text).filter(
            (sample) => sample.name === 'thedex_balance' && sample.labels['kind'] !== 'hold',
          );
          expect(values).to.have.length(8);
          expect(new Set(values.map(({ value }) => value)).size).to.equal(1);
        }
      };
      await Promise.all(Array.from({ length: 10 }, scraper));
      expect(read).to.be.within(20, 199);
    });
    it('aborts the request when the client hangs up', async () => {
      gateway.answer = () => {};
      const request = http.get(`${app.url}/metrics`).on('error', () => {});
      await until('the request', () => gateway.requests.length === 1);
      request.destroy();
      await until('its end', () => gateway.sockets[0]?.destroyed === true, 500);
    });
    it('takes a client that breaks its connection off for no defect', async () => {
      gateway.answer = () => {};
      const { hostname: host, port } = new URL(app.url);
      const socket = connect({ host, port: Number(port) });
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
      await until('the request', () => gateway.requests.length === 1);
      socket.resetAndDestroy();
      await until('its end', () => gateway.sockets[0]?.destroyed === true);
      expect(app.lines.join('')).not.to.include('level=error');
    });
  });

  it('/metrics without a default account is the exporter alone', async () => {
    const bare = await startApp(configurationOf([]));
    const { status, text } = await get(`${bare.url}/metrics`);
    await bare.close();
    expect(status).to.equal(200);
    expect(text).to.include('thedex_exporter_build_info').and.not.include('thedex_up');
  });

  describe('/probe', () => {
    for (const name of names) {
      it(`holds the metrics of ${name} alone`, async () => {
        const { status, text } = await get(`${app.url}/probe?target=${name}`);
        expect(status).to.equal(200);
        expect(valueOf(text, 'thedex_balance', { currency: 'BTC', kind: 'total' })).to.equal(1.5);
        expect(text).not.to.match(/thedex_exporter_|process_|nodejs_/);
      });
    }
    const missing = /^The parameter target is missing: expected .*NAME.*\n$/;
    const unknown = /^The target is not known: expected .*\/sd.*\n$/;
    for (const [query, words] of [
      ['', missing],
      ['?target=', missing],
      ['?Target=main', missing],
      ['?target=nobody', unknown],
      ['?target=constructor', unknown],
      ['?target=toString', unknown],
      ['?target=default', unknown],
      ['?target=main&target=main', unknown],
      ['?target=http://127.0.0.1/', unknown],
      ['?target=%00', unknown],
    ] as const) {
      it(`is 400 for ${query || 'no query'}`, async () => {
        const { status, headers, text } = await get(`${app.url}/probe${query}`);
        expect(status).to.equal(400);
        expect(headers.get('content-type')).to.match(/^text\/plain/);
        expect(text).to.match(words);
        expect(gateway.requests).to.have.length(0);
      });
    }
  });

  it('/sd lists the named accounts with their labels', async () => {
    const { headers, text } = await get(`${app.url}/sd`);
    expect(headers.get('content-type')).to.match(/^application\/json/);
    expect(JSON.parse(text)).to.deep.equal(
      names.map((name) => ({
        targets: [name],
        labels: { __meta_thedex_account: name, __meta_thedex_label_team: `team ${name}` },
      })),
    );
  });
  it('/sd is an empty list when there is none', async () => {
    const bare = await startApp(configurationOf([accountSettings(gateway.url)]));
    const { text } = await get(`${bare.url}/sd`);
    await bare.close();
    expect(text).to.equal('[]');
  });

  describe('/-/healthy and /-/ready', () => {
    it('are 200 while the gateway is down', async () => {
      gateway.answer = respond(500, 'x');
      await get(`${app.url}/metrics`);
      expect((await get(`${app.url}/-/healthy`)).status).to.equal(200);
      expect((await get(`${app.url}/-/ready`)).status).to.equal(200);
    });
    it('tell a process that has not started', async () => {
      const starting = await startApp(configurationOf([]));
      starting.serving.state = 'starting';
      expect((await get(`${starting.url}/-/ready`)).status).to.equal(503);
      expect((await get(`${starting.url}/-/healthy`)).status).to.equal(200);
      await starting.close();
    });
    it('tell a process that drains', async () => {
      app.serving.state = 'draining';
      const { status, headers } = await get(`${app.url}/-/ready`);
      expect(status).to.equal(503);
      expect(headers.get('connection')).to.equal('close');
      expect((await get(`${app.url}/-/healthy`)).status).to.equal(200);
    });
  });

  describe('methods and paths', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']) {
      for (const path of ['/metrics', '/', '/probe', '/sd', '/-/healthy']) {
        it(`${method} ${path} is 405`, async () => {
          const { status, headers } = await get(`${app.url}${path}`, {}, method);
          expect(status).to.equal(405);
          expect(headers.get('allow')).to.equal('GET, HEAD');
          expect(gateway.requests).to.have.length(0);
        });
      }
    }
    for (const path of ['/nothing', '/metrics/', '/METRICS', '/-/', '/-/reload/', '/metrics/x', '/%']) {
      it(`GET ${path} is 404`, async () => expect((await get(`${app.url}${path}`)).status).to.equal(404));
    }
    for (const target of ['http://[::1', '//[', 'http://x:port/']) {
      it(`GET ${target} is 400 in one line, and no defect`, async () => {
        const { hostname: host, port } = new URL(app.url);
        const [response] = (await once(http.get({ host, port, path: target }), 'response')) as [http.IncomingMessage];
        response.resume();
        expect(response.statusCode).to.equal(400);
        expect(response.headers['x-content-type-options']).to.equal('nosniff');
        expect(app.lines.join('')).not.to.contain('level=error');
      });
    }
    it('a telemetry path of / leaves no landing page', async () => {
      const bare = await startApp(configurationOf([]), { telemetryPath: '/' });
      const { text } = await get(`${bare.url}/`);
      await bare.close();
      expect(text).to.include('thedex_exporter_build_info');
    });
  });

  it('--web.route-prefix puts everything below it, and nothing beside', async () => {
    const below = await startApp(configurationOf([accountSettings(gateway.url, { name: 'main' })]), {
      routePrefix: '/x',
    });
    const statuses: Record<string, number> = {};
    for (const path of ['/metrics', '/probe?target=main', '/sd', '/', '/-/healthy', '/-/ready']) {
      statuses[`/x${path}`] = (await get(`${below.url}/x${path}`)).status;
      statuses[path] = (await get(below.url + path)).status;
    }
    const bare = await get(`${below.url}/x`);
    await below.close();
    expect(statuses).to.deep.equal({
      '/x/metrics': 200,
      '/metrics': 404,
      '/x/probe?target=main': 200,
      '/probe?target=main': 404,
      '/x/sd': 200,
      '/sd': 404,
      '/x/': 200,
      '/': 404,
      '/x/-/healthy': 200,
      '/-/healthy': 404,
      '/x/-/ready': 200,
      '/-/ready': 404,
    });
    expect([bare.status, new URL(bare.headers.get('location') ?? '', below.url).pathname]).to.deep.equal([302, '/x/']);
  });

  it('the landing page never asks the gateway, and is 404 for an account that is not there', async () => {
    const { status, headers, text } = await get(`${app.url}/`);
    expect(status).to.equal(200);
    expect(headers.get('content-security-policy')).to.match(/default-src 'none'.*style-src 'sha256-/);
    expect(text).to.include('a.b-c_1');
    expect((await get(`${app.url}/?account=nobody`)).status).to.equal(404);
    expect(gateway.sockets).to.have.length(0);
  });

  describe('POST /-/reload', () => {
    let reloads: number;
    let served: TestApp;
    beforeEach(async () => {
      reloads = 0;
      served = await startApp(configurationOf([]), { enableLifecycle: true });
      served.serving.reload = () => {
        reloads += 1;
        return Promise.resolve();
      };
    });
    afterEach(() => served.close());
    const post = (headers: Record<string, string> = {}) => get(`${served.url}/-/reload`, headers, 'POST');

    it('is 200 when the configuration was taken, and takes no other method', async () => {
      expect((await post()).status).to.equal(200);
      const { status, headers } = await get(`${served.url}/-/reload`);
      expect([status, headers.get('allow'), reloads]).to.deep.equal([405, 'POST', 1]);
    });
    it('is 500 with the reason when it was not', async () => {
      served.serving.reload = () => Promise.reject(new Error('accounts.yml:3: key: expected a map'));
      const { status, text } = await post();
      expect([status, text]).to.deep.equal([
        500,
        'The configuration was not reloaded, the old one stays in force: accounts.yml:3: key: expected a map\n',
      ]);
    });
    it('is 403 for a page of another origin, and open to its own', async () => {
      for (const origin of ['https://elsewhere.example', 'null', 'nonsense', `${served.url}.example`]) {
        const { status, text } = await post({ Origin: origin });
        expect(status, origin).to.equal(403);
        expect(text).to.match(/^[^\n]+\n$/);
      }
      expect(reloads).to.equal(0);
      expect((await post({ Origin: served.url })).status).to.equal(200);
    });
    it('is 403 without --web.enable-lifecycle, in one line that names it', async () => {
      const { status, text } = await get(`${app.url}/-/reload`, {}, 'POST');
      expect(status).to.equal(403);
      expect(text).to.match(/^[^\n]*--web\.enable-lifecycle[^\n]*\n$/);
      expect((await get(`${app.url}/-/reload`)).status).to.equal(405);
    });
  });

  it('is 500 with its protecting headers, and a stack in the log, on a defect of a page', async () => {
    Object.defineProperty(app.serving, 'accounts', {
      get: () => {
        throw new Error('a defect');
      },
    });
    const { status, headers, text } = await get(`${app.url}/metrics`);
    expect([status, text, headers.get('x-content-type-options')]).to.deep.equal([
      500,
      'Internal Server Error\n',
      'nosniff',
    ]);
    expect(app.lines.join('')).to.match(/level=error .*stack="Error: a defect\\n +at /);
  });

  it('counts a scrape that ended with a defect no more', async () => {
    const small = await startApp(configurationOf([accountSettings(gateway.url)]), { maxRequests: 1 });
    small.metrics.render = () => Promise.reject(new Error('a defect'));
    for (let scrape = 0; scrape < 2; scrape += 1) expect((await get(`${small.url}/metrics`)).status).to.equal(500);
    await small.idle();
    small.metrics.render = () => Promise.resolve('');
    expect((await get(`${small.url}/metrics`)).status).to.equal(200);
    await small.close();
  });

  it('turns scrapes away beyond --web.max-requests, and nothing else', async () => {
    gateway.answer = () => {};
    const small = await startApp(
      configurationOf([accountSettings(gateway.url)], gatewaySettings({ timeoutMs: 5_000 })),
      { maxRequests: 2 },
    );
    const clients = [1, 2].map(() => http.get(`${small.url}/metrics`).on('error', () => {}));
    await until('two in flight', async () => (await get(`${small.url}/metrics`)).status === 503);
    const { headers } = await get(`${small.url}/metrics`);
    expect(headers.get('retry-after')).to.equal('5');
    expect((await get(`${small.url}/-/healthy`)).status).to.equal(200);
    let isIdle = false;
    const idle = small.idle().then(() => (isIdle = true));
    clients[0]?.destroy();
    const join = () => get(`${small.url}/metrics`, { 'X-Prometheus-Scrape-Timeout-Seconds': '0.2' });
    await until('a free place', async () => (await join()).status === 200);
    expect(isIdle).to.equal(false);
    clients[1]?.destroy();
    // Those who have gone count no more.
    await idle;
    gateway.answer = json(ONE);
    expect((await get(`${small.url}/metrics`)).status).to.equal(200);
    await small.close();
  });
});
