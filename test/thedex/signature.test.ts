import { expect } from 'chai';
import { Secret } from '../../src/lib/secret.ts';
import { createNonceBody, emptyBody } from '../../src/thedex/signature.ts';
import { encodePayload, signPayload } from '../../src/thedex/signature.ts';

// Each made with openssl: printf %s PAYLOAD | openssl dgst -sha512 -hmac SECRET
const VECTORS = [
  {
    secret: 'secret',
    body: '{}',
    payload: 'e30=',
    signature:
      'ee35789aad86e4e6876c568d70f46905ed8e8b6f39d0543c1a00d123a84ece9bd8fbd019003cde4673fd136aa91a72ea0d1fe22be0d39139bb267c3c7b92f405',
  },
  {
    secret: 'sécret-ключ-鍵',
    body: '{}',
    payload: 'e30=',
    signature:
      '2eabe88258b3d4ef62214e2b2979de6b1ee5ec31c92a0482579e66f2e911448ed94983792d0d0c2469c5fbe160fa8c2a6018f9912f71d8d7adc24b354cd8e93d',
  },
  {
    secret: 'with space',
    body: '{}',
    payload: 'e30=',
    signature:
      '150e63ea0928450e6ce7ceb5a9fba4733c1502c160275bf63c47907667963f9358226a075a8e27ad2dd46f03f56c03dab782d7f98aecbf7898cba0dcd6d9a3d4',
  },
  {
    secret: 'secret',
    body: '{"request":"/api/v1/balances","nonce":"1700000000000"}',
    payload: 'eyJyZXF1ZXN0IjoiL2FwaS92MS9iYWxhbmNlcyIsIm5vbmNlIjoiMTcwMDAwMDAwMDAwMCJ9',
    signature:
      'e4ca8b71c6bb819ecf5465fb58f09c976071a31cb80edc7f09d9bc1ca8121f42904ec81542e21a42afd20cfac746a4e55aa75d7e04588a2ab84ed27a45303630',
  },
];

describe('signPayload and encodePayload', () => {
  for (const { secret, body, payload, signature } of VECTORS) {
    it(`agree with openssl for ${body} and the secret ${secret}`, () => {
      expect(encodePayload(body)).to.equal(payload);
      expect(signPayload(payload, new Secret(secret))).to.equal(signature);
    });
  }
  it('see a space in the body', () => expect(encodePayload('{ }')).to.equal('eyB9'));
  it('encode the bytes of UTF-8, padded', () => expect(encodePayload('é')).to.equal('w6k='));
});

describe('request bodies', () => {
  it('are empty objects by default', () => expect(emptyBody('/api/v1/balances')).to.equal('{}'));
  it('hold path and nonce in the older form', () =>
    expect(createNonceBody(() => 1_700_000_000_000)('/api/v1/balances')).to.equal(
      '{"request":"/api/v1/balances","nonce":"1700000000000"}',
    ));
  it('have a nonce that grows within a millisecond and when the clock steps back', () => {
    const times = [1000, 1000, 500, 2000];
    const make = createNonceBody(() => times.shift() ?? 0);
    const nonces = [1, 2, 3, 4].map(() => Number((JSON.parse(make('/')) as { nonce: string }).nonce));
    expect(nonces).to.deep.equal([1000, 1001, 1002, 2000]);
  });
});
