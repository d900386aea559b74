import { createHmac } from 'node:crypto';
import type { Secret } from '../lib/secret.ts';

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
