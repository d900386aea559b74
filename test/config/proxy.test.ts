import { expect } from 'chai';
import { Findings } from '../../src/config/configuration-error.ts';
import { describeProxy, readProxies } from '../../src/config/proxy.ts';
import { readSettings } from '../../src/config/read.ts';
import { problemsIn, problemsOf } from '../support/problems.ts';

const GATEWAY = 'https://app.thedex.cloud';
const PROXY = 'http://proxy.example:3128';
const KEYS = { THEDEX_API_KEY: 'k', THEDEX_SECRET_KEY: 's' };

describe('the proxy of a gateway', () => {
  const proxyOf = (env: Record<string, string>, url = GATEWAY) => {
    const findings = new Findings();
    const proxy = readProxies(env, findings)(new URL(url));
    return problemsIn(findings)[0] ?? proxy?.href;
  };

  it('is that of the scheme, else that of all, each in lower case first', () => {
    const from = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `http://${name}:1`]));
    expect(proxyOf(from('HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'all_proxy'))).to.equal('http://https_proxy:1/');
    expect(proxyOf(from('HTTPS_PROXY', 'https_proxy'))).to.equal('http://https_proxy:1/');
    expect(proxyOf(from('HTTP_PROXY', 'ALL_PROXY'))).to.equal('http://all_proxy:1/');
    expect(proxyOf({ HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' })).to.equal('http://lower:1/');
    expect(proxyOf({ HTTPS_PROXY: 'http://upper:1', https_proxy: '' })).to.equal('http://upper:1/');
    expect(proxyOf(from('HTTP_PROXY'), 'http://a.example')).to.equal('http://http_proxy:1/');
    expect(proxyOf(from('http_proxy'), 'http://a.example')).to.equal('http://http_proxy:1/');
    expect(proxyOf(from('HTTPS_PROXY'), 'http://a.example')).to.equal(undefined);
    expect(proxyOf({})).to.equal(undefined);
  });

  it('speaks http where no scheme is given, and has the ports of curl', () => {
    expect(proxyOf({ HTTPS_PROXY: 'proxy.example:3128' })).to.equal(`${PROXY}/`);
    expect(proxyOf({ HTTPS_PROXY: 'user:word@proxy.example:3128' })).to.equal('http://user:word@proxy.example:3128/');
    expect(proxyOf({ HTTPS_PROXY: 'proxy.example' })).to.equal('http://proxy.example:1080/');
    expect(proxyOf({ HTTPS_PROXY: 'http://proxy.example:80' })).to.equal('http://proxy.example/');
    expect(proxyOf({ HTTPS_PROXY: 'http://user:1@proxy.example/' })).to.equal('http://user:1@proxy.example:1080/');
    expect(proxyOf({ HTTPS_PROXY: 'http://[::1]' })).to.equal('http://[::1]:1080/');
    expect(proxyOf({ HTTPS_PROXY: 'https://proxy.example' })).to.equal('https://proxy.example/');
  });

  it('takes a percent sign in a password as it stands', () => {
    expect(proxyOf({ HTTPS_PROXY: 'http://u:50%@proxy.example:1' })).to.equal('http://u:50%25@proxy.example:1/');
    expect(proxyOf({ HTTPS_PROXY: 'http://u:a%40b@proxy.example:1' })).to.equal('http://u:a%40b@proxy.example:1/');
  });

  it('is not shown with its password', () => {
    expect(describeProxy(new URL('http://user:hunter2@proxy.example:3128'))).to.equal(PROXY);
  });

  for (const bad of [
    'http://',
    'socks5://user:hunter2@proxy.example',
    'http://user:hunter2@:x',
    'nonsense:hunter2',
    'http://user:hun#ter2@proxy.example',
    'http://user@proxy.example/hunter2',
    'http://user:hunter2%ff@proxy.example',
    'http://proxy.example?hunter2',
  ]) {
    it(`is refused by the name of its variable, without being repeated: ${bad}`, async () => {
      for (const variable of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']) {
        const [problem = '', ...others] = await problemsOf({ flags: {}, env: { ...KEYS, [variable]: bad } });
        expect(problem).to.match(new RegExp(`^${variable}: expected the URL of a proxy`));
        expect([problem.includes('hunter2'), problem.includes('ter2'), others]).to.deep.equal([false, false, []]);
      }
    });
  }

  it('is refused only where a gateway needs it', async () => {
    const env = { ...KEYS, HTTP_PROXY: 'socks5://a', HTTPS_PROXY: 'socks5://b', NO_PROXY: 'thedex.cloud' };
    const { gateway } = await readSettings({ flags: {}, env });
    expect(gateway.proxyFor(new URL(GATEWAY))).to.equal(undefined);
  });

  describe('is left out for', () => {
    const isProxied = (NO_PROXY: string, url = GATEWAY) => proxyOf({ HTTPS_PROXY: PROXY, NO_PROXY }, url) !== undefined;

    for (const url of ['https://localhost:1', 'https://127.0.0.1', 'https://127.9.9.9', 'https://[::1]:8443']) {
      it(`loopback: ${url}`, () => expect(isProxied('', url)).to.equal(false));
    }

    const left: readonly (readonly [entry: string, url: string])[] = [
      ['*', GATEWAY],
      ['app.thedex.cloud', GATEWAY],
      ['APP.TheDex.cloud', GATEWAY],
      ['thedex.cloud', GATEWAY],
      ['.thedex.cloud', GATEWAY],
      ['.app.thedex.cloud', GATEWAY],
      ['*.thedex.cloud', GATEWAY],
      ['cloud.', 'https://app.thedex.cloud./'],
      ['thedex.cloud:443', GATEWAY],
      ['a.example, thedex.cloud', GATEWAY],
      ['a.example thedex.cloud', GATEWAY],
      ['10.1.2.3', 'https://10.1.2.3'],
      ['10.1.2.3:8443', 'https://10.1.2.3:8443'],
      ['10.0.0.0/8', 'https://10.255.0.1'],
      ['0.0.0.0/0', 'https://192.0.2.1'],
      ['fd00::/8', 'https://[fd12::1]'],
      ['fd12::1', 'https://[fd12::1]'],
      ['[fd12::1]', 'https://[fd12::1]'],
      ['[fd12::1]:8443', 'https://[fd12::1]:8443'],
    ];
    for (const [entry, url] of left) it(`${entry}: ${url}`, () => expect(isProxied(entry, url)).to.equal(false));

    const kept: readonly (readonly [entry: string, url: string])[] = [
      ['thedex.clou', GATEWAY],
      ['edex.cloud', GATEWAY],
      ['thedex.cloud:8443', GATEWAY],
      ['10.1.2.3', 'https://10.1.2.30'],
      ['10.0.0.0/9', 'https://10.255.0.1'],
      ['10.0.0.0/33', 'https://10.255.0.1'],
      ['10.0.0.0/x', 'https://10.0.0.0'],
      ['::/0', 'https://10.0.0.1'],
      [',', GATEWAY],
    ];
    for (const [entry, url] of kept) it(`not ${entry}: ${url}`, () => expect(isProxied(entry, url)).to.equal(true));
  });
});
