import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The keys that requests must be signed with. */
export interface KeyPair {
  readonly apiKey: string;
  readonly secretKey: string;
}

/** A request of the API as it came in. */
export interface SignedRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request that the gateway refuses, with what it answers: the status, and a message for the error object. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const NOT_AUTHENTIC = 'incorrect signature, api key or payload header';

/** Checks the method, the content type and the three headers that authenticate; throws a {@link Refusal}. */
export function verifyRequest({ method, headers, body }: SignedRequest, keys: KeyPair): void {
  if (method !== 'POST') throw new Refusal(405, `Request method '${method}' is not supported`);
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) {
    throw new Refusal(415, 'Content-Type must be application/json');
  }
  const apiKey = headers['x-ex-apikey'];
  const payload = headers['x-ex-payload'];
  const signature = headers['x-ex-signature'];
  if (typeof apiKey !== 'string' || typeof payload !== 'string' || typeof signature !== 'string') {
    throw new Refusal(401, 'incorrect headers');
  }
  // The payload is the Base64 text of the exact bytes; the signature is made over that text, not over the body.
  const expected = createHmac('sha512', Buffer.from(keys.secretKey, 'utf8')).update(payload, 'latin1').digest('hex');
  const isAuthentic = [
    isSame(apiKey, keys.apiKey),
    isSame(payload, body.toString('base64')),
    isSame(signature, expected),
  ].every(Boolean);
  if (!isAuthentic) throw new Refusal(401, NOT_AUTHENTIC);
}

// Digests have one length, so the comparison takes the same time whatever differs.
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Accepts `{}` and the older body with the path and a nonce. Nonces are kept per path, because reads of several
 * paths are under way at the same time and may overtake each other on the wire.
 */
export class BodyCheck {
  readonly #lastNonces = new Map<string, bigint>();

  /** Throws a {@link Refusal} for any other body, another path's, and a nonce that is not above the last one. */
  check(path: string, body: Buffer): void {
    const fields = parseObject(body);
    const names = Object.keys(fields).toSorted();
    if (names.length === 0) return;
    if (names.join() !== 'nonce,request') throw new Refusal(400, 'incorrect body: {} or {"request","nonce"} expected');
    if (fields['request'] !== path) throw new Refusal(400, 'incorrect body: request is not the path');
    const nonce = parseNonce(fields['nonce']);
    const last = this.#lastNonces.get(path);
    if (last !== undefined && nonce <= last) throw new Refusal(400, 'incorrect nonce: it must grow');
    this.#lastNonces.set(path, nonce);
  }
}

function parseObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal(400, 'incorrect body: not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(400, 'incorrect body: not an object');
  }
  return value as Record<string, unknown>;
}

function parseNonce(value: unknown): bigint {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,30}$/.test(text)) throw new Refusal(400, 'incorrect nonce: not a number');
  return BigInt(text);
}
