import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import https, { type ServerOptions } from 'node:https';
import net, { type AddressInfo, type ListenOptions, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseCommandLine } from '../src/cli.ts';
import { checkHealth, type HealthTarget, runHealthcheck } from '../src/healthcheck.ts';
import { closedPort } from './support/gateway.ts';
import { requireIpv6, requireTool } from './support/tools.ts';

const healthy: RequestListener = (request, response) => {
  response.writeHead(request.url === '/-/healthy' ? 200 : 404).end();
};

describe('healthcheck', () => {
  const servers: Server[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'healthcheck-'));

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  after(() => rmSync(folder, { recursive: true }));

  async function listen(server: Server, options: ListenOptions = { host: '127.0.0.1', port: 0 }): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(options, resolve));
    const address = server.address() as AddressInfo | string;
    return typeof address === 'string' ? 0 : address.port;
  }

  function tcp(port: number, tls: HealthTarget['tls'] = 'off', host = ''): HealthTarget {
    return { address: { kind: 'tcp', host, port }, tls, routePrefix: '', timeoutMs: 2_000 };
  }

  it('is healthy where /-/healthy answers 200, and reaches an unspecified host by loopback', async () => {
    const port = await listen(http.createServer(healthy));
    for (const host of ['', '0.0.0.0', '127.0.0.1', 'localhost']) {
      const { healthy: isHealthy, line } = await checkHealth(tcp(port, 'off', host));
      expect(isHealthy, line).to.equal(true);
    }
  });

  it('reaches an exporter on IPv6 by its loopback', async function () {
    requireIpv6(this);
    const port = await listen(http.createServer(healthy), { host: '::1', port: 0 });
    expect(await checkHealth(tcp(port, 'off', '::'))).to.deep.equal({
      healthy: true,
      line: `healthy: http://[::1]:${port}/-/healthy`,
    });
  });

  it('reaches an exporter on a unix socket', async () => {
    const path = join(folder, 'exporter.sock');
    await listen(http.createServer(healthy), { path });
    expect(await checkHealth({ address: { kind: 'unix', path }, tls: 'off', routePrefix: '' })).to.deep.equal({
      healthy: true,
      line: `healthy: /-/healthy on ${path}`,
    });
  });

  it('asks below the route prefix', async () => {
    const prefixed: RequestListener = (request, response) => {
      response.writeHead(request.url === '/x/-/healthy' ? 200 : 404).end();
    };
    const address = `127.0.0.1:${await listen(http.createServer(prefixed))}`;
    const { code, output } = await run([`--web.listen-address=${address}`, '--web.route-prefix=/x']);
    expect([code, output]).to.deep.equal([0, `healthy: http://${address}/x/-/healthy\n`]);
  });

  it('is unhealthy with the status where another answers than 200', async () => {
    const port = await listen(http.createServer((_, response) => response.writeHead(503).end()));
    const { healthy: isHealthy, line } = await checkHealth(tcp(port));
    expect(isHealthy).to.equal(false);
    expect(line).to.match(/answered with status 503$/);
  });

  it('is unhealthy where nothing listens', async () => {
    const { healthy: isHealthy, line } = await checkHealth(tcp(await closedPort()));
    expect(isHealthy).to.equal(false);
    expect(line).to.match(/^unhealthy: .*ECONNREFUSED/);
  });

  it('is unhealthy where a connection is accepted and never answered', async () => {
    const silent = net.createServer((socket) => socket.unref().on('error', () => {}));
    const { healthy: isHealthy, line } = await checkHealth({ ...tcp(await listen(silent)), timeoutMs: 50 });
    expect(isHealthy).to.equal(false);
    expect(line).to.match(/no answer within 50 ms$/);
  });

  describe('with TLS', () => {
    let certificate: { key: Buffer; cert: Buffer };

    before(function () {
      const openssl = requireTool(this, 'openssl');
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const request =
        'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=elsewhere.example';
      execFileSync(openssl, [...request.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
      certificate = { key: readFileSync(key), cert: readFileSync(cert) };
    });

    const listenTls = (options: ServerOptions = {}) =>
      listen(https.createServer({ ...certificate, ...options }, healthy).on('tlsClientError', () => {}));

    it('is healthy whoever the certificate is made out for', async () => {
      const { healthy: isHealthy, line } = await checkHealth(tcp(await listenTls(), 'on'));
      expect(isHealthy, line).to.equal(true);
      expect(line).to.match(/^healthy: https:/);
    });

    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`is healthy where only the client's certificate is missing, in ${maxVersion}`, async () => {
        const port = await listenTls({ requestCert: true, rejectUnauthorized: true, ca: certificate.cert, maxVersion });
        const { healthy: isHealthy, line } = await checkHealth(tcp(port, 'client certificate required'));
        expect(isHealthy, line).to.equal(true);
        expect(line).to.match(/asks for a client certificate$/);
      });

      it(`is unhealthy where a certificate is demanded that the configuration does not demand, in ${maxVersion}`, async () => {
        const port = await listenTls({ requestCert: true, rejectUnauthorized: true, ca: certificate.cert, maxVersion });
        expect((await checkHealth(tcp(port, 'on'))).healthy).to.equal(false);
      });
    }

    it('is unhealthy where TLS is configured and plain HTTP answers, and the other way round', async () => {
      const plain = await listen(http.createServer(healthy));
      expect((await checkHealth(tcp(plain, 'on'))).healthy).to.equal(false);
      expect((await checkHealth(tcp(plain, 'client certificate required'))).healthy).to.equal(false);
      expect((await checkHealth(tcp(await listenTls()))).healthy).to.equal(false);
    });

    it('finds in the web configuration that TLS is on', async () => {
      const file = join(folder, 'web.yml');
      writeFileSync(file, 'tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n');
      const address = `127.0.0.1:${await listenTls()}`;
      const { code, output } = await run([`--web.listen-address=${address}`], { THEDEX_WEB_CONFIG_FILE: file });
      expect(output).to.equal(`healthy: https://${address}/-/healthy\n`);
      expect(code).to.equal(0);
    });
  });

  describe('on the command line', () => {
    it('takes the first listen address of the flags, else of the environment', async () => {
      const port = await listen(http.createServer(healthy));
      const there = `127.0.0.1:${port}`;
      const closed = `127.0.0.1:${await closedPort()}`;
      const results = [
        await run(['--web.listen-address', there, '--web.listen-address', closed]),
        await run([], { THEDEX_WEB_LISTEN_ADDRESS: `${there},${closed}` }),
        await run(['--web.listen-address', closed], { THEDEX_WEB_LISTEN_ADDRESS: there }),
      ];
      expect(results.map(({ code }) => code)).to.deep.equal([0, 0, 1]);
    });

    for (const [mistake, words, env, expected] of [
      ['an address that is none', ['--web.listen-address=nowhere'], {}, /expected host:port/],
      ['a port that is not known', ['--web.listen-address=:0'], {}, /port 0 does not tell/],
      ['a socket that systemd handed over', ['--web.systemd-socket'], {}, /say by --web\.listen-address/],
      ['a web configuration that is not there', [], { THEDEX_WEB_CONFIG_FILE: '/nowhere/web.yml' }, /there is no such/],
    ] as const) {
      it(`says in one line why ${mistake} is unhealthy`, async () => {
        const { code, output } = await run(words, env);
        expect(code).to.equal(1);
        expect(output)
          .to.match(expected)
          .and.to.match(/^[^\n]+\n$/);
      });
    }
  });
});

/** Runs the subcommand in this process and keeps what it prints. */
async function run(words: readonly string[], env: Record<string, string> = {}) {
  let output = '';
  const invocation = parseCommandLine(['healthcheck', ...words], { version: '1.2.3', revision: 'abc' });
  if (invocation.action !== 'healthcheck') throw new Error('expected a healthcheck');
  const code = await runHealthcheck({ flags: invocation.flags, env }, (text) => (output += text));
  return { code, output };
}
