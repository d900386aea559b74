import { expect } from 'chai';
import { Findings } from '../../src/config/configuration-error.ts';
import {
  parseGatewayUrl,
  parseListenAddresses,
  parseRoutePrefix,
  parseTelemetryPath,
} from '../../src/config/addresses.ts';
import type { ListenAddress } from '../../src/config/settings.ts';
import { problemsIn } from '../support/problems.ts';

const raw = (text: string) => ({ text, where: 'HERE' });

describe('parseListenAddresses', () => {
  const parse = (...texts: string[]) => {
    const findings = new Findings();
    const addresses = parseListenAddresses(texts.map(raw), findings);
    return { addresses, problems: problemsIn(findings) };
  };

  it('reads hosts, ports and sockets', () => {
    const good: readonly (readonly [text: string, address: ListenAddress])[] = [
      [':10055', { kind: 'tcp', host: '', port: 10_055 }],
      [':0', { kind: 'tcp', host: '', port: 0 }],
      ['127.0.0.1:65535', { kind: 'tcp', host: '127.0.0.1', port: 65_535 }],
      ['[::1]:10055', { kind: 'tcp', host: '::1', port: 10_055 }],
      ['[fe80::1%eth0]:1', { kind: 'tcp', host: 'fe80::1%eth0', port: 1 }],
      ['LocalHost:80', { kind: 'tcp', host: 'localhost', port: 80 }],
      ['a-b.example.com:80', { kind: 'tcp', host: 'a-b.example.com', port: 80 }],
      ['unix:///run/Exporter.sock', { kind: 'unix', path: '/run/Exporter.sock' }],
    ];
    const { addresses, problems } = parse(...good.map(([text]) => text));
    expect(addresses).to.deep.equal(good.map(([, address]) => address));
    expect(problems).to.deep.equal([]);
  });

  it('refuses everything else', () => {
    const form = 'expected host:port, :port, [IPv6]:port or unix:///path';
    const socket = 'expected an absolute path to a socket, as in unix:///run/thedex-exporter.sock';
    const bad: readonly (readonly [text: string, expected: string])[] = [
      ['', form],
      ['10055', form],
      ['localhost', form],
      ['localhost:http', form],
      ['a b:80', form],
      ['-a:80', form],
      ['256.0.0.1:80', form],
      ['http://localhost:80', form],
      ['[127.0.0.1]:80', form],
      ['[::1]', form],
      [':-1', form],
      ['::1:80', 'expected an IPv6 address to stand in brackets, as in [::1]:10055'],
      [':65536', 'expected a port from 0 to 65535'],
      ['unix://run/a.sock', socket],
      ['unix:///', socket],
      ['unix:///a\0b', socket],
      [`unix:///${'a'.repeat(107)}`, 'expected a socket path of at most 107 bytes'],
    ];
    for (const [text, expected] of bad) {
      const [problem, ...others] = parse(text).problems;
      expect(problem, text).to.match(/^HERE: .*, got "/s);
      expect([problem?.slice('HERE: '.length).split(', got "')[0], ...others], text).to.deep.equal([expected]);
    }
  });

  it('refuses the same address twice', () => {
    expect(parse(':80', '[::1]:80', '[::1]:80').problems).to.deep.equal(['HERE: "[::1]:80" is given twice']);
    expect(parse('LOCALHOST:80', 'localhost:80').problems).to.deep.equal(['HERE: "localhost:80" is given twice']);
  });
});

describe('parseGatewayUrl', () => {
  const parse = (text: string, insecureHttp = false) => {
    const findings = new Findings();
    const url = parseGatewayUrl(raw(text), { insecureHttp }, findings);
    return url === undefined ? problemsIn(findings)[0] : url.href;
  };

  it('keeps host, port and base path', () => {
    expect(parse('https://gateway.example')).to.equal('https://gateway.example/');
    expect(parse('https://gateway.example:8443/base/path')).to.equal('https://gateway.example:8443/base/path');
  });

  it('allows http: to loopback alone', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.9.1', '[::1]']) {
      expect(parse(`http://${host}:8080`), host).to.equal(`http://${host}:8080/`);
    }
    for (const host of [
      'gateway.example',
      '10.0.0.1',
      '[::2]',
      'localhost.example',
      '128.0.0.1',
      '126.0.0.1',
      '0.0.0.0',
    ]) {
      expect(parse(`http://${host}`), host).to.match(/^HERE: http: to another host would show the keys/);
    }
  });

  it('allows http: to any host with --thedex.insecure-http', () => {
    expect(parse('http://gateway.example', true)).to.equal('http://gateway.example/');
  });

  it('refuses what cannot be a base', () => {
    for (const text of [
      '',
      'app.thedex.cloud',
      'ftp://a.example',
      'https:a.example',
      'https://',
      ' https://a.example',
    ]) {
      expect(parse(text), text).to.equal('HERE: expected an https or http URL such as https://app.thedex.cloud');
    }
    for (const text of ['https://a.example/?', 'https://a.example/?a=b', 'https://a.example/#c']) {
      expect(parse(text), text).to.equal('HERE: a URL must not hold a query or fragment');
    }
  });

  it('refuses the path of the API, and says the right form', () => {
    const expected = "HERE: expected the URL without the API's path: ";
    for (const path of ['/api', '/api/', '/api/v1', '/api/v1/balances']) {
      expect(parse(`https://a.example${path}`), path).to.equal(`${expected}https://a.example`);
    }
    expect(parse('https://a.example:8443/base/api/v1/')).to.equal(`${expected}https://a.example:8443/base`);
    for (const path of ['/apis', '/my-api', '/rapid']) {
      expect(parse(`https://a.example${path}`)).to.equal(`https://a.example${path}`);
    }
  });

  it('does not show what may be a password', () => {
    const texts = [
      'https://u:PASS@a.example',
      'https://PASS@a.example',
      'https://:PASS@a.example',
      'https://a.example/?PASS',
      'http:PASS@a',
      'PASS',
    ];
    for (const text of texts)
      expect(parse(text), text)
        .to.match(/^HERE: /)
        .and.not.to.contain('PASS');
    expect(parse('https://u:PASS@a.example')).to.equal('HERE: a URL must not hold a user name or password');
  });
});

describe('parseTelemetryPath', () => {
  const parse = (text: string) => {
    const findings = new Findings();
    const path = parseTelemetryPath(raw(text), findings);
    return problemsIn(findings)[0] ?? path;
  };

  it('takes plain paths', () => {
    for (const path of ['/', '/metrics', '/a/b-c/d_e.f~1', '/metrics/', '/probes', '/-x']) {
      expect(parse(path)).to.equal(path);
    }
  });

  it('refuses paths that a router or a browser would read differently', () => {
    for (const path of ['', 'metrics', '//', '/a//b', '/a b', '/:name', '/a*', '/a?b', '/%2e', '/ä', '/..', '/a/./b']) {
      expect(parse(path), path).to.equal(
        `HERE: expected a path such as /metrics, of letters, digits and _ . ~ / -, got ${JSON.stringify(path)}`,
      );
    }
  });

  it("refuses the exporter's other paths", () => {
    for (const path of ['/probe', '/PROBE', '/probe/', '/sd', '/-', '/-/', '/-/healthy', '/-/anything']) {
      expect(parse(path), path).to.equal(
        `HERE: ${path} is taken: /probe, /sd and everything under /-/ are the exporter's own`,
      );
    }
  });
});

describe('parseRoutePrefix', () => {
  const parse = (text: string) => {
    const findings = new Findings();
    const prefix = parseRoutePrefix(raw(text), findings);
    return problemsIn(findings)[0] ?? prefix;
  };

  it('takes plain paths, and drops the slash at their end', () => {
    const good = { '': '', '/': '', '/x': '/x', '/x/': '/x', '/a/b-c': '/a/b-c' };
    for (const [text, prefix] of Object.entries(good)) expect(parse(text), text).to.equal(prefix);
  });

  it('refuses everything else', () => {
    for (const text of ['x', '/a b', '//', '/..', '/:name', `/${'a'.repeat(1024)}`]) {
      expect(parse(text), text).to.match(
        /^HERE: expected a path such as \/thedex, of letters, digits and _ \. ~ \/ -, got /,
      );
    }
  });
});
