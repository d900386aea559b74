import { expect } from 'chai';
import { FetchError, Response } from 'node-fetch';
import { Connections, ProxyError, UnexpectedUpgradeError } from '../../src/thedex/connection.ts';
import {
  ClientError,
  errorOfStatus,
  errorOfText,
  errorOfWire,
  findSaidWords,
  InvalidResponseError,
  isDecidedByStatus,
  NetworkError,
  parseRetryAfter,
  reasonOf,
  SAID_WORDS,
  saysCredentialsRefused,
} from '../../src/thedex/errors.ts';

const direct = new Connections({ url: new URL('https://gateway.example'), proxy: undefined, secureContext: undefined });

// All that Node's documentation of tls lists for certificates, and what failed handshakes are called.
const TLS_CODES = [
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CRL_HAS_EXPIRED',
  'CRL_NOT_YET_VALID',
  'CRL_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CRL_LAST_UPDATE_FIELD',
  'ERROR_IN_CRL_NEXT_UPDATE_FIELD',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'OUT_OF_MEM',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_HANDSHAKE_TIMEOUT',
];
const NETWORK_CODES =
  'ECONNREFUSED ECONNRESET EPIPE ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH ECONNABORTED EADDRNOTAVAIL EMFILE EACCES EINVAL ERR_STREAM_PREMATURE_CLOSE ERR_SOCKET_CLOSED'.split(
    ' ',
  );

describe('what went wrong on the wire', () => {
  const thrownWith = (code: string) => new FetchError('request failed', 'system', { code, errno: -1, syscall: 'x' });
  for (const [reason, codes] of [
    ['tls', TLS_CODES],
    ['network', NETWORK_CODES],
    ['invalid_response', ['HPE_INVALID_CONSTANT', 'HPE_INVALID_CHUNK_SIZE', 'HPE_HEADER_OVERFLOW']],
  ] as const) {
    for (const code of codes) {
      it(`${code} is ${reason}, and stands in the message`, () => {
        const error = errorOfWire(thrownWith(code), undefined, direct, 'POST x');
        expect(reasonOf(error)).to.equal(reason);
        expect((error as Error).message).to.include(`(${code})`);
      });
    }
  }
  it('is told by the socket rather than by what followed from it', () => {
    const first = Object.assign(new Error('first'), { code: 'HPE_INVALID_CHUNK_SIZE' });
    expect(reasonOf(errorOfWire(thrownWith('ECONNRESET'), first, direct, 'POST x'))).to.equal('invalid_response');
  });
  it('is no network error when it is a defect', () => {
    const defect = new TypeError('no such function');
    expect(errorOfWire(defect, undefined, direct, 'POST x')).to.equal(defect);
  });
  it('is network without any code', () =>
    expect(errorOfWire(new FetchError('?', 'system'), undefined, direct, 'POST x')).to.be.an.instanceOf(NetworkError));
});

describe('what went wrong on the wire is told in words', () => {
  const url = (scheme: string) => new URL(`${scheme}://gateway.example`);
  const proxied = (scheme: string) =>
    new Connections({
      url: url(scheme),
      proxy: new URL('http://user:word@proxy.example:3128'),
      secureContext: undefined,
    });
  const problem = (code: unknown, connections = direct) =>
    errorOfWire(new FetchError('?', 'system'), Object.assign(new Error('?'), { code }), connections, 'POST x') as Error;

  it('by what its code means', () => {
    expect(problem('ECONNREFUSED').message).to.equal('POST x: connection refused (ECONNREFUSED)');
    expect(problem('ESTRANGE').message).to.equal('POST x: the connection failed (ESTRANGE)');
  });
  it('without a code that is none, which may hold anything', () => {
    for (const code of [42, 'an api key', '']) {
      expect(problem(code).message, String(code)).to.equal('POST x: the connection failed (no code)');
    }
  });
  it('with the proxy that it came through, without its password', () => {
    expect(problem('ECONNRESET', proxied('https')).message).to.equal(
      'POST x: connection reset (ECONNRESET) through the proxy http://proxy.example:3128',
    );
    const tls = problem('CERT_HAS_EXPIRED', proxied('https'));
    expect(reasonOf(tls)).to.equal('tls');
    expect(tls.message).to.match(/ through the proxy http:\/\/proxy\.example:3128$/);
  });
  it('as a matter of the network, where a proxy answers for the gateway', () => {
    for (const code of ['HPE_INVALID_CONSTANT', 'CERT_HAS_EXPIRED', 'ECONNRESET']) {
      const error = problem(code, proxied('http'));
      expect(reasonOf(error)).to.equal('network');
      expect(error.message).to.match(/ through the proxy http:\/\/proxy\.example:3128$/);
    }
  });
  it('as the proxy told it', () => {
    const refused = new ProxyError('the proxy http://proxy.example:3128 refused');
    for (const error of [
      errorOfWire(refused, undefined, direct, 'POST x'),
      errorOfWire(new FetchError('?', 'system'), refused, direct, 'POST x'),
    ]) {
      expect(error).to.be.an.instanceOf(NetworkError);
      expect(error).to.include({ message: 'POST x: the proxy http://proxy.example:3128 refused', cause: refused });
    }
  });
  it('as an answer that is too large, or of another protocol', () => {
    const large = errorOfWire(new FetchError('?', 'max-size'), undefined, direct, 'POST x');
    expect(large).to.include({ reason: 'invalid_response', message: 'POST x: the answer is larger than 2 MiB' });
    const upgrade = errorOfWire(new FetchError('?', 'system'), new UnexpectedUpgradeError(), direct, 'POST x');
    expect(upgrade).to.include({
      reason: 'invalid_response',
      status: 101,
      message: 'POST x: status 101, which nobody asked for',
    });
  });
});

describe('a status', () => {
  for (const [status, reason, isDecided] of [
    [100, 'invalid_response', true],
    [199, 'invalid_response', true],
    [200, undefined, false],
    [299, undefined, false],
    [300, 'client_error', true],
    [399, 'client_error', true],
    [400, 'client_error', false],
    [401, 'auth', true],
    [402, 'client_error', false],
    [403, 'auth', true],
    [404, 'client_error', false],
    [428, 'client_error', false],
    [429, 'rate_limited', true],
    [430, 'client_error', false],
    [499, 'client_error', false],
    [500, 'server_error', true],
    [599, 'server_error', true],
    [600, 'invalid_response', true],
  ] as const) {
    it(`of ${status} is ${reason ?? 'none of a failure'}, ${isDecided ? 'whatever' : 'unless'} its body says`, () => {
      const response = new Response('', { status });
      const error = errorOfStatus(response, '', 'POST x');
      expect(error?.reason).to.equal(reason);
      expect(isDecidedByStatus(status)).to.equal(isDecided);
      if (error === undefined) return;
      expect(error.status).to.equal(status);
      expect(error.message.includes('redirect')).to.equal(status >= 300 && status < 400);
      const notUnderstood = new InvalidResponseError('the answer is not UTF-8 text');
      expect(errorOfText(notUnderstood, response, '', 'POST x').reason).to.equal(reason);
    });
  }
  it('of 200 leaves it to the text', () => {
    const error = new InvalidResponseError('no entry', { invalidEntries: 3 });
    const given = errorOfText(error, new Response(''), 'maintenance', 'POST x');
    expect(given).to.include({ reason: 'invalid_response', status: 200, invalidEntries: 3, cause: error });
    expect(given).to.include({ message: 'POST x: status 200: no entry' });
    expect(given.said).to.deep.equal(['maintenance']);
    expect(errorOfText(error, new Response(''), 'invalid api key', 'POST x').reason).to.equal('auth');
  });
});

describe('an error', () => {
  it('keeps its cause, where it has one', () => {
    const cause = new Error('?');
    expect(new NetworkError('x', { cause }).cause).to.equal(cause);
    expect(new NetworkError('x')).not.to.have.property('cause');
  });
  it('is of no bot wall unless it says so', () => expect(new ClientError('x').botWall).to.equal(false));
});

describe('a text of an answer', () => {
  for (const text of [
    'incorrect signature, api key or payload header',
    'incorrect headers',
    'Invalid API-key',
    '{"error":"invalid_api_key"}',
    '{"code":"SIGNATURE_MISMATCH"}',
    "signature doesn't match",
    'The api key was not found',
    'bad signature',
    'Unauthorized',
    '{"statusCode": 403}',
    'invalid api key'.padEnd(4096),
  ]) {
    it(`refuses the key: ${text.slice(0, 60)}`, () => expect(saysCredentialsRefused(text)).to.equal(true));
  }
  for (const text of [
    '',
    '{"status":400,"error":"Bad Request","message":"nope"}',
    '{"status":4010}',
    'Invalid amount. Use your API key.',
    'badge of the api key',
    'invalid api key'.padEnd(4097),
  ]) {
    it(`does not refuse the key: ${text.slice(0, 60)}`, () => expect(saysCredentialsRefused(text)).to.equal(false));
  }
  it('says each word of the list, and only of the list', () => {
    const text = 'NONCE_TOO_LOW, time-stamp, no permissions, RATE_LIMIT, in maintenance, Suspended, secret';
    expect(findSaidWords(text)).to.deep.equal([...SAID_WORDS]);
    expect(findSaidWords('{"nonce":"1","timestamp" : 2,"announce":"all is well"}')).to.deep.equal([]);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('Fri, 27 Nov 2026 02:00:00 GMT');
  for (const [header, seconds] of [
    ['Fri, 27 Nov 2026 02:00:30 GMT', 30],
    ['Fri, 27 Nov 2026 04:00:00 GMT', 3600],
    ['Fri, 27 Nov 2026 01:00:00 GMT', 0],
    ['Someday, 99 Nov 2026 GMT', undefined],
    ['2026', 2026],
    [' 5 ', 5],
    ['', undefined],
    [null, undefined],
  ] as const) {
    it(`of ${header} is ${seconds ?? 'nothing'}`, () => expect(parseRetryAfter(header, now)).to.equal(seconds));
  }
});
