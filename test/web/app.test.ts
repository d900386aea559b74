import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import fetch from 'node-fetch';
import type { AccountSet } from '../../src/scrape/accounts.ts';
import { setSecurityHeaders } from '../../src/web/security-headers.ts';
import { ScrapeGate } from '../../src/web/scrape-gate.ts';
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
    const named = names.map((name) => accountSettings(gateway.url, { name }));
    app = await startApp(
      configurationOf([accountSettings(gateway.url), ...named], gatewaySettings({ timeoutMs: 1000 })),
    );
    app.readiness.serve();
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
    it('counts its own read before it is rendered', async () => {
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
    it('aborts the read when the client hangs up', async () => {
      gateway.answer = () => {};
      const request = http.get(`${app.url}/metrics`).on('error', () => {});
      await until('the read', () => gateway.requests.length === 1);
      request.destroy();
      await until('its end', () => gateway.sockets[0]?.destroyed === true, 500);
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
    for (const query of [
      '',
      '?target=',
      '?target=nobody',
      '?target=constructor',
      '?target=toString',
      '?target=default',
      '?target=main&target=main',
      '?target=http://127.0.0.1/',
      '?target=%00',
      '?Target=main',
    ]) {
      it(`is 400 for ${query || 'no query'}`, async () => {
        const { status, headers, text } = await get(`${app.url}/probe${query}`);
        expect(status).to.equal(400);
        expect(headers.get('content-type')).to.match(/^text\/plain/);
        expect(text).to.match(/^The .*target .*expected.*\n$/);
        expect(gateway.requests).to.have.length(0);
      });
    }
  });

  it('/sd lists the named accounts', async () => {
    const { headers, text } = await get(`${app.url}/sd`);
    expect(headers.get('content-type')).to.match(/^application\/json/);
    expect(JSON.parse(text)).to.deep.equal(
      names.map((name) => ({ targets: [name], labels: { __meta_thedex_account: name } })),
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
      expect((await get(`${starting.url}/-/ready`)).status).to.equal(503);
      expect((await get(`${starting.url}/-/healthy`)).status).to.equal(200);
      await starting.close();
    });
    it('tell a process that drains', async () => {
      app.readiness.drain();
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
    for (const path of ['/nothing', '/metrics/', '/METRICS', '/-/', '/-/reload', '/metrics/x', '/%']) {
      it(`GET ${path} is 404`, async () => expect((await get(`${app.url}${path}`)).status).to.equal(404));
    }
    it('a telemetry path of / leaves no landing page', async () => {
      const web = { telemetryPath: '/', enableLifecycle: false };
      const bare = await startApp(configurationOf([]), { web });
      const { text } = await get(`${bare.url}/`);
      await bare.close();
      expect(text).to.include('thedex_exporter_build_info');
    });
  });

  describe('POST /-/reload', () => {
    const web = { telemetryPath: '/metrics', enableLifecycle: true };
    it('is 200 when the configuration was taken, and takes no other method', async () => {
      const bare = await startApp(configurationOf([]), { web });
      expect((await get(`${bare.url}/-/reload`, {}, 'POST')).status).to.equal(200);
      const { status, headers } = await get(`${bare.url}/-/reload`);
      expect([status, headers.get('allow')]).to.deep.equal([405, 'POST']);
      await bare.close();
    });
    it('is 500 with the reason when it was not', async () => {
      const reload = () => Promise.reject(new Error('accounts.yml:3: key: expected a map'));
      const bare = await startApp(configurationOf([]), { web, reload });
      const { status, text } = await get(`${bare.url}/-/reload`, {}, 'POST');
      await bare.close();
      expect([status, text]).to.deep.equal([
        500,
        'The configuration was not reloaded, the old one stays in force: accounts.yml:3: key: expected a map\n',
      ]);
    });
  });

  it('is 500 with its protecting headers, and a stack in the log, on a defect of a page', async () => {
    const guards = [setSecurityHeaders({})];
    const broken = {
      get accounts(): never {
        throw new Error('a defect');
      },
    };
    const bare = await startApp(configurationOf([]), { guards, accountSet: () => broken as unknown as AccountSet });
    const { status, headers, text } = await get(`${bare.url}/metrics`);
    await bare.close();
    expect([status, text, headers.get('x-content-type-options')]).to.deep.equal([
      500,
      'Internal Server Error\n',
      'nosniff',
    ]);
    expect(bare.factory.lines.join('')).to.match(/level=error .*stack="Error: a defect\\n +at /);
  });

  it('turns scrapes away beyond the limit, and nothing else', async () => {
    gateway.answer = () => {};
    const gate = new ScrapeGate(2);
    const small = await startApp(configurationOf([accountSettings(gateway.url)], gatewaySettings({ timeoutMs: 400 })), {
      gate,
    });
    const waiting = [get(`${small.url}/metrics`), get(`${small.url}/metrics`)];
    await until('two waiting', async () => (await get(`${small.url}/metrics`)).status === 503, 300);
    const { headers } = await get(`${small.url}/metrics`);
    expect(Number(headers.get('retry-after'))).to.be.greaterThan(0);
    expect((await get(`${small.url}/-/healthy`)).status).to.equal(200);
    for (const { status } of await Promise.all(waiting)) expect(status).to.equal(200);
    await gate.idle();
    gateway.answer = json(ONE);
    expect((await get(`${small.url}/metrics`)).status).to.equal(200);
    await small.close();
  });
});
