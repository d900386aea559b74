import { expect } from 'chai';
import { FetchError } from 'node-fetch';
import { Connections } from '../../src/thedex/connection.ts';
import {
  adviceFor,
  errorOfWire,
  findSaidWords,
  NetworkError,
  parseRetryAfter,
  REASONS,
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
  ]) {
    it(`refuses the key: ${text}`, () => expect(saysCredentialsRefused(text)).to.equal(true));
  }
  for (const text of [
    '',
    '{"status":400,"error":"Bad Request","message":"nope"}',
    '{"status":4010}',
    'Invalid amount. Use your API key.',
    'badge of the api key',
    `invalid api key ${' '.repeat(5000)}`,
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

describe('advice', () => {
  it('is one sentence for each reason, and each its own', () => {
    const all = REASONS.map((reason) => adviceFor({ reason }));
    expect(new Set(all).size).to.equal(REASONS.length);
    for (const each of all) expect(each).to.match(/^[A-Z][^\n]{20,200}\.$/);
  });
  it('follows what the answer said', () => {
    for (const word of SAID_WORDS) expect(adviceFor({ reason: 'auth', said: [word] })).to.match(new RegExp(word, 'i'));
  });
  it('tells a bot wall and a redirect from other statuses', () => {
    const failure = { reason: 'client_error', said: ['permission'] } as const;
    expect(adviceFor({ ...failure, status: 403, botWall: true })).to.include('allow-list');
    expect(adviceFor({ reason: 'client_error', status: 308 })).to.include('redirects');
    expect(adviceFor({ reason: 'client_error', status: 404 })).to.include('without the path');
  });
});
