import { createHmac } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';

/** Makes the body of a request for a path of the API; the body is signed byte for byte as returned. */
export type BodyMaker = (path: string) => string;

/** The documented body, an empty JSON object. */
export const emptyBody: BodyMaker = () => '{}';

/**
 * The body of older documentation, with the path and a nonce in milliseconds since the epoch. The nonce grows strictly
 * from call to call, also within one millisecond and when the clock steps back, so one maker serves a whole process.
 */
export function createNonceBody(now: () => number = Date.now): BodyMaker {
  let last = 0;
  return (path) => {
    last = Math.max(now(), last + 1);
    return JSON.stringify({ request: path, nonce: String(last) });
  };
}

/**
 * The value of `X-EX-PAYLOAD`: Base64 (standard alphabet, padded) of the exact bytes of the body.
 * Source: the gateway's API overview.
 */
export function encodePayload(body: string): string {
  return Buffer.from(body, 'utf8').toString('base64');
}

/**
 * The value of `X-EX-SIGNATURE`: lower-case hex of HMAC-SHA512 over the Base64 text, not over the body, keyed with the
 * UTF-8 bytes of the secret key. Source: the gateway's API overview.
 */
export function signPayload(payload: string, secretKey: Secret): string {
  return createHmac('sha512', Buffer.from(secretKey.reveal(), 'utf8')).update(payload, 'latin1').digest('hex');
}
