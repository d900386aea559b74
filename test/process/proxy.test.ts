import { expect } from 'chai';
import { ConfigurationError } from '../../src/config/configuration-error.ts';
import { proxyFor } from '../../src/process/proxy.ts';

const VARIABLES = [
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'https_proxy',
  'http_proxy',
  'no_proxy',
  'all_proxy',
];

describe('proxyFor', () => {
  const saved = new Map<string, string | undefined>();
  beforeEach(() => {
    for (const name of VARIABLES) {
      saved.set(name, process.env[name]);
      delete process.env[name];
    }
    process.env['HTTPS_PROXY'] = 'http://proxy.example:3128';
  });
  afterEach(() => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  const proxyOf = (url: string) => proxyFor(new URL(url))?.href;

  it('takes the variable of the scheme', () => {
    expect(proxyOf('https://app.thedex.cloud')).to.equal('http://proxy.example:3128/');
    expect(proxyOf('http://app.thedex.cloud')).to.equal(undefined);
    process.env['HTTP_PROXY'] = 'http://other.example';
    expect(proxyOf('http://app.thedex.cloud')).to.equal('http://other.example/');
  });
  it('leaves out the hosts of NO_PROXY', () => {
    process.env['NO_PROXY'] = 'app.thedex.cloud,.internal.example';
    expect(proxyOf('https://app.thedex.cloud')).to.equal(undefined);
    expect(proxyOf('https://pay.internal.example')).to.equal(undefined);
    expect(proxyOf('https://elsewhere.example')).not.to.equal(undefined);
  });
  for (const url of ['https://localhost:1', 'https://127.0.0.1', 'https://127.9.9.9', 'https://[::1]:8443']) {
    it(`never proxies loopback: ${url}`, () => expect(proxyOf(url)).to.equal(undefined));
  }
  for (const bad of ['http://', 'socks5://user:hunter2@proxy.example', 'http://user:hunter2@:x']) {
    it(`refuses ${bad} without repeating it`, () => {
      process.env['HTTPS_PROXY'] = bad;
      expect(() => proxyOf('https://app.thedex.cloud'))
        .to.throw(ConfigurationError, /^HTTPS_PROXY: expected the URL of a proxy/)
        .with.property('message')
        .that.does.not.include('hunter2');
    });
  }
});
