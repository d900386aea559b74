import type { ActiveFault } from './scenarios.ts';
import { type Answer, errorAnswer, htmlAnswer } from './answer.ts';

/** Faults that answer something else than what was asked for. */
const REPLACED_ANSWERS = {
  'revoked-key': errorAnswer(401, 'api key is revoked'),
  forbidden: errorAnswer(403, 'access denied'),
  suspended: errorAnswer(403, 'the account is suspended'),
  'bot-wall': { ...htmlAnswer(403, 'Just a moment...'), headers: { 'cf-mitigated': 'challenge' } },
  'bad-nonce': errorAnswer(400, 'incorrect nonce'),
  'rate-limited': errorAnswer(429, 'too many requests'),
  maintenance: errorAnswer(503, 'the service is down for maintenance'),
  'server-error': errorAnswer(500, 'unexpected error'),
  'bad-gateway-html': htmlAnswer(502, 'Bad Gateway'),
  redirect: { ...htmlAnswer(302, 'Found'), headers: { Location: '/followed-a-redirect' } },
  html: htmlAnswer(200, 'Scheduled maintenance'),
  'error-object': errorAnswer(400, 'the service is not available for this merchant', 200),
  'refused-in-body': errorAnswer(401, 'incorrect signature, api key or payload header', 200),
  'not-json': { status: 200, contentType: 'application/json', body: '[{"BTC_BITCOIN": {"totalBalance": 0.84' },
} as const satisfies Record<string, Answer>;

/** Faults of the connection, of time, and of the gateway's own memory. */
const DELIVERY_FAULTS = ['wrong-secret', 'truncated', 'slow', 'hang', 'down'] as const;

type ReplacementFault = keyof typeof REPLACED_ANSWERS;
export type Fault = ReplacementFault | (typeof DELIVERY_FAULTS)[number];

export const FAULTS: readonly Fault[] = [...(Object.keys(REPLACED_ANSWERS) as ReplacementFault[]), ...DELIVERY_FAULTS];

/** The other answer that a fault gives, or `undefined` if it only changes how the right one is delivered. */
export function replacedAnswer({ name, delayMs }: Pick<ActiveFault, 'name' | 'delayMs'>): Answer | undefined {
  if (!isReplacement(name)) return undefined;
  const answer = REPLACED_ANSWERS[name];
  if (name !== 'rate-limited') return answer;
  return { ...answer, headers: { 'Retry-After': String(Math.ceil(delayMs / 1000)) } };
}

function isReplacement(fault: Fault): fault is ReplacementFault {
  return Object.hasOwn(REPLACED_ANSWERS, fault);
}
