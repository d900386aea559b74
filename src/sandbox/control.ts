import type { IncomingHttpHeaders } from 'node:http';
import { SHAPES, type Shape } from './wire-shapes.ts';
import { CURRENCY_CODES } from './currencies.ts';
import { type Endpoint, ENDPOINTS, isEndpoint } from './endpoints.ts';
import type { Answer } from './answer.ts';
import type { Gateway } from './gateway.ts';
import { isCurrencyEffect, isFault, isOmission, SCENARIOS } from './scenarios.ts';

/** The one path below which the sandbox is controlled. */
export const CONTROL_PATH = '/control';

/** A request of the control endpoint; it carries no body. */
export interface ControlRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

const DEFAULT_SLOW_SECONDS = 3;
const LONGEST_SLOW_SECONDS = 3600;
const DEFAULT_DRAIN_MINUTES = 5;
const LONGEST_DRAIN_MINUTES = 7 * 24 * 60;

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** A control request that is refused: the status and the line that says why. */
class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Whether a path belongs to the control endpoint. */
export function isControlPath(path: string): boolean {
  return path === CONTROL_PATH || path.startsWith(`${CONTROL_PATH}/`);
}

/** Shows or switches what is going on in the sandbox. Whatever is wrong with the request is one line of plain text. */
export function answerControl(request: ControlRequest, gateway: Gateway): Answer {
  try {
    refuseBrowsers(request.headers);
    if (request.path === CONTROL_PATH) {
      requireMethod(request, ['GET', 'HEAD']);
    } else {
      requireMethod(request, ['POST']);
      switchScenario(request, gateway);
    }
    return { status: 200, contentType: 'application/json', body: `${JSON.stringify(describe(gateway), null, 2)}\n` };
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    const { status, message, headers } = error;
    return { status, contentType: 'text/plain; charset=utf-8', body: `${message}\n`, headers };
  }
}

// A page in the operator's browser can send requests to loopback, and by DNS rebinding also read their answers. The
// first carry an Origin, the second the page's own host.
function refuseBrowsers(headers: IncomingHttpHeaders): void {
  if (headers.origin !== undefined) throw new ControlError(403, 'requests of web pages are refused');
  if (!LOOPBACK_HOST.test(headers.host ?? '')) throw new ControlError(403, 'the Host must be a loopback address');
}

function requireMethod({ method }: ControlRequest, allowed: readonly string[]): void {
  if (!allowed.includes(method)) {
    throw new ControlError(405, `use ${allowed.join(' or ')} here`, { Allow: allowed.join(', ') });
  }
}

function switchScenario({ path, query }: ControlRequest, gateway: Gateway): void {
  const [name = '', argument, ...rest] = path.slice(CONTROL_PATH.length + 1).split('/');
  if (!SCENARIOS.includes(name)) throw new ControlError(404, `no such scenario; known: ${SCENARIOS.join(', ')}`);
  if (rest.length > 0)
    throw new ControlError(404, `use POST ${CONTROL_PATH}/SCENARIO or ${CONTROL_PATH}/SCENARIO/CURRENCY`);
  const { scenarios } = gateway;
  if (isCurrencyEffect(name)) {
    const currency = requireOneOf(name, argument, CURRENCY_CODES);
    const durationMs = 60_000 * readNumber(query, 'minutes', DEFAULT_DRAIN_MINUTES, LONGEST_DRAIN_MINUTES);
    const startedWith = gateway.availableOf(currency);
    scenarios.begin({ name, currency, sinceMs: gateway.now(), durationMs, startedWith });
  } else if (name === 'shape') {
    scenarios.shape = requireOneOf(name, argument, SHAPES) as Shape;
  } else if (name === 'normal' && argument !== undefined) {
    scenarios.endCurrency(requireOneOf(name, argument, CURRENCY_CODES));
  } else if (argument !== undefined) {
    throw new ControlError(400, `${name} takes no currency`);
  } else if (isFault(name)) {
    const delayMs = 1000 * readNumber(query, 'seconds', DEFAULT_SLOW_SECONDS, LONGEST_SLOW_SECONDS);
    scenarios.fault = { name, delayMs, endpoint: readEndpoint(query) };
  } else if (isOmission(name)) {
    scenarios.leaveOut(name);
  } else if (name === 'no-fault') {
    scenarios.fault = undefined;
  } else {
    scenarios.endAll();
  }
}

function requireOneOf(scenario: string, argument: string | undefined, known: readonly string[]): string {
  if (argument === undefined || argument === '') {
    throw new ControlError(400, `${scenario} needs one of: ${known.join(', ')}`);
  }
  if (!known.includes(argument)) throw new ControlError(404, `not known to ${scenario}; known: ${known.join(', ')}`);
  return argument;
}

function readNumber(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw new ControlError(400, `${name} must be a number from 0 to ${most}`);
  return value;
}

function readEndpoint(query: URLSearchParams): Endpoint | undefined {
  const name = query.get('endpoint');
  if (name === null) return undefined;
  if (!isEndpoint(name)) throw new ControlError(400, `no such endpoint; known: ${ENDPOINTS.join(', ')}`);
  return name;
}

function describe(gateway: Gateway): unknown {
  const { scenarios, journal, seed, elapsedMs } = gateway;
  const { fault } = scenarios;
  return {
    scenarios: scenarios.names,
    fault:
      fault === undefined
        ? null
        : { name: fault.name, endpoint: fault.endpoint ?? 'all', seconds: fault.delayMs / 1000 },
    shape: scenarios.shape,
    seed,
    uptimeSeconds: Math.floor(elapsedMs / 1000),
    requests: journal.requests,
    lastBalances: journal.answers.at(-1) ?? null,
    answeredBalances: journal.answers,
    known: { scenarios: SCENARIOS, currencies: CURRENCY_CODES, shapes: SHAPES, endpoints: ENDPOINTS },
  };
}
