import { expect } from 'chai';
import { BodyCheck, Refusal, type SignedRequest, verifyRequest } from '../../src/sandbox/verification.ts';

// Made with openssl: `printf %s e30= | openssl dgst -sha512 -hmac SECRET`.
const EMPTY_PAYLOAD = 'e30=';
const EMPTY_SIGNATURE =
  'ee35789aad86e4e6876c568d70f46905ed8e8b6f39d0543c1a00d123a84ece9bd8fbd019003cde4673fd136aa91a72ea0d1fe22be0d39139bb267c3c7b92f405';
const NON_ASCII_SECRET = 'ключ-ß';
const NON_ASCII_SIGNATURE =
  '018b6391427de5bd0c907cb83a9d7f6e0bf14a721ec77968b03cad39c4a4eed1d53c8678775ea9dfedefdbc662d4e0da5b7d521671ba391bb249a476652be51b';
const LEGACY_BODY = '{"request":"/api/v1/balances","nonce":"1700000000000"}';
const LEGACY_PAYLOAD = 'eyJyZXF1ZXN0IjoiL2FwaS92MS9iYWxhbmNlcyIsIm5vbmNlIjoiMTcwMDAwMDAwMDAwMCJ9';
const LEGACY_SIGNATURE =
  'bc65792a93675c267c4112ed5298acd208423533865b9b1d8a752f1d416fbd7a150d63838a2e195dcbe72dc93def12b005707a4b2c32b548fda1d42b1aa074f2';

const KEYS = { apiKey: 'key', secretKey: 'secret' };
const PATH = '/api/v1/balances';

function signed(changes: Partial<SignedRequest> = {}, headers: Record<string, string | undefined> = {}): SignedRequest {
  return {
    path: PATH,
    method: 'POST',
    body: Buffer.from('{}'),
    ...changes,
    headers: {
      'content-type': 'application/json',
      'x-ex-apikey': 'key',
      'x-ex-payload': EMPTY_PAYLOAD,
      'x-ex-signature': EMPTY_SIGNATURE,
      ...headers,
    },
  };
}

function refusalOf(action: () => void): Refusal {
  try {
    action();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the verification of requests', () => {
  it('accepts what openssl signs', () => {
    verifyRequest(signed(), KEYS);
  });

  it('keys the signature with the UTF-8 bytes of the secret', () => {
    verifyRequest(signed({}, { 'x-ex-signature': NON_ASCII_SIGNATURE }), { ...KEYS, secretKey: NON_ASCII_SECRET });
  });

  it('accepts the older body', () => {
    const headers = { 'x-ex-payload': LEGACY_PAYLOAD, 'x-ex-signature': LEGACY_SIGNATURE };
    verifyRequest(signed({ body: Buffer.from(LEGACY_BODY) }, headers), { ...KEYS, secretKey: NON_ASCII_SECRET });
  });

  it('accepts a content type with a charset', () => {
    verifyRequest(signed({}, { 'content-type': 'application/json; charset=utf-8' }), KEYS);
  });

  const forged: [string, SignedRequest][] = [
    ['another key', signed({}, { 'x-ex-apikey': 'other' })],
    ['a key that only begins right', signed({}, { 'x-ex-apikey': 'ke' })],
    ["another secret's signature", signed({}, { 'x-ex-signature': NON_ASCII_SIGNATURE })],
    ['an upper-case signature', signed({}, { 'x-ex-signature': EMPTY_SIGNATURE.toUpperCase() })],
    ['a signature cut short', signed({}, { 'x-ex-signature': EMPTY_SIGNATURE.slice(0, -1) })],
    ['a body that is not the payload', signed({ body: Buffer.from('{ }') })],
    ['a payload without padding', signed({}, { 'x-ex-payload': 'e30' })],
  ];
  for (const [what, request] of forged) {
    it(`refuses ${what} with 401`, () => {
      const refusal = refusalOf(() => verifyRequest(request, KEYS));
      expect(refusal.status).to.equal(401);
      expect(refusal.message).to.equal('incorrect signature, api key or payload header');
    });
  }

  for (const name of ['x-ex-apikey', 'x-ex-payload', 'x-ex-signature']) {
    it(`refuses a request without ${name} with 401`, () => {
      const refusal = refusalOf(() => verifyRequest(signed({}, { [name]: undefined }), KEYS));
      expect([refusal.status, refusal.message]).to.deep.equal([401, 'incorrect headers']);
    });
  }

  it('refuses other methods with 405 and other content types with 415', () => {
    expect(refusalOf(() => verifyRequest(signed({ method: 'GET' }), KEYS)).status).to.equal(405);
    for (const type of [undefined, 'text/plain', 'application/jsonp']) {
      expect(refusalOf(() => verifyRequest(signed({}, { 'content-type': type }), KEYS)).status).to.equal(415);
    }
  });
});

describe('the check of bodies', () => {
  const check = (bodies: BodyCheck, body: unknown, path = PATH) => {
    bodies.check(path, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
  };

  it('accepts an empty object as often as it comes', () => {
    const bodies = new BodyCheck();
    check(bodies, '{}');
    check(bodies, '{ }');
  });

  it('accepts growing nonces, as text and as numbers', () => {
    const bodies = new BodyCheck();
    check(bodies, { request: PATH, nonce: '999' });
    check(bodies, { request: PATH, nonce: 1000 });
    check(bodies, { nonce: '10000', request: PATH });
  });

  it('refuses a nonce that does not grow', () => {
    const bodies = new BodyCheck();
    check(bodies, { request: PATH, nonce: '1000' });
    for (const nonce of ['1000', '999', 1000]) {
      expect(refusalOf(() => check(bodies, { request: PATH, nonce })).message).to.equal(
        'incorrect nonce: it must grow',
      );
    }
  });

  it('keeps the nonces of different paths apart', () => {
    const bodies = new BodyCheck();
    check(bodies, { request: PATH, nonce: '1000' });
    check(bodies, { request: '/other', nonce: '999' }, '/other');
  });

  it("refuses another path's body", () => {
    const refusal = refusalOf(() => check(new BodyCheck(), { request: '/other', nonce: '1' }));
    expect([refusal.status, refusal.message]).to.deep.equal([400, 'incorrect body: request is not the path']);
  });

  for (const body of [
    '',
    'null',
    '[]',
    '"{}"',
    '{"a":1}',
    `{"request":"${PATH}"}`,
    `{"request":"${PATH}","nonce":"1","x":1}`,
  ]) {
    it(`refuses ${body === '' ? 'nothing' : body} with 400`, () => {
      expect(refusalOf(() => check(new BodyCheck(), body)).status).to.equal(400);
    });
  }

  for (const nonce of ['', '-1', '1.5', 'x', null, -1, 1e30, {}]) {
    it(`refuses the nonce ${JSON.stringify(nonce)} with 400`, () => {
      expect(refusalOf(() => check(new BodyCheck(), { request: PATH, nonce })).message).to.equal(
        'incorrect nonce: not a number',
      );
    });
  }
});
