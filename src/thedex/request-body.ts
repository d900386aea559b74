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
