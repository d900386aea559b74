import { expect } from 'chai';
import { Secret } from '../../src/lib/secret.ts';
import { BALANCES, RATES, type Endpoint, type Entries } from '../../src/thedex/answers.ts';
import { MAX_ANSWER_BYTES, openGateway } from '../../src/thedex/client.ts';
import { InvalidResponseError } from '../../src/thedex/errors.ts';
import { emptyBody } from '../../src/thedex/signature.ts';
import { json, startGateway } from '../support/gateway.ts';

const KEYS = { apiKey: new Secret('test-api-key-1f7d'), secretKey: new Secret('test-secret-key-9b2e') };

// A tenth of a second on a quiet machine. Processor time counts here, because machines that test are busy; threads that
// collect garbage count too.
const LONGEST_HOLD_MS = 700;

/** As many items as 2 MiB hold. */
function fill(open: string, item: (index: number) => string, close: string): string {
  const items: string[] = [];
  let length = open.length + close.length;
  for (let index = 0; ; index += 1) {
    const text = item(index);
    length += text.length + 1;
    if (length > MAX_ANSWER_BYTES) return open + items.join(',') + close;
    items.push(text);
  }
}

const name = (index: number) => index.toString(36);
const fields = (total: string, hold: string, available: string) =>
  `{"totalBalance":${total},"holdBalance":${hold},"availableBalance":${available}}`;
const half = MAX_ANSWER_BYTES / 2;
const digits = '9'.repeat(100);

const ANSWERS: Record<string, [string, Endpoint<Entries<unknown>>?]> = {
  'numbers instead of maps': [fill('[', () => '1', ']')],
  'empty maps': [fill('[', () => '{}', ']')],
  'one map of invalid entries': [fill('{', (i) => `"${name(i)}":1`, '}')],
  'maps of one invalid entry': [fill('[', (i) => `{"${name(i)}":1}`, ']')],
  'maps of two invalid entries': [fill('[', (i) => `{"${name(i)}":1,"a":2}`, ']')],
  'just fewer maps of one entry than are refused': [
    `[${Array.from({ length: 59_000 }, (_, i) => `{"currency${name(i)}":1}`).join(',')}]`,
  ],
  'lists in lists': ['['.repeat(half) + ']'.repeat(half)],
  'lists without an end': ['['.repeat(MAX_ANSWER_BYTES)],
  'maps in maps': ['{"a":'.repeat(half / 3) + '1' + '}'.repeat(half / 3)],
  'text without an end': [`["${'\\'.repeat(MAX_ANSWER_BYTES - 2)}`],
  'the smallest and the greatest exponents': [fill('[', (i) => `{"${name(i)}":${fields('1E99', '1E-99', '1')}}`, ']')],
  'one currency with ever other values': [fill('[', (i) => `{"A":${fields(`"${i}"`, '"1E-99"', '1')}}`, ']')],
  'a hundred digits each': [
    fill('{', (i) => `"${name(i)}":${fields(`"${digits}"`, `"-${digits}"`, `"0.${digits.slice(1)}"`)}`, '}'),
  ],
  'numbers of 40,000 digits and a letter': [
    fill('{', (i) => `"${name(i)}":${fields(`"${'9'.repeat(40_000)}x"`, '1', '1')}`, '}'),
  ],
  'a number of 2 MiB': [`{"A":${fields('9'.repeat(MAX_ANSWER_BYTES - 100), '1', '1')}}`],
  'rates of one currency': [
    fill('[{"monetary":"X","rates":[', (i) => `{"fiatCurrency":"${name(i)}","rate":1}`, ']}]'),
    RATES,
  ],
};

describe('an answer of 2 MiB that means ill', () => {
  for (const [what, [body, endpoint = BALANCES]] of Object.entries(ANSWERS)) {
    it(`of ${what} holds nobody up for long`, async () => {
      const gateway = await startGateway({ answer: json(body) });
      const options = {
        url: gateway.url,
        proxy: undefined,
        secureContext: undefined,
        makeBody: emptyBody,
        userAgent: 'test',
      };
      const client = openGateway(options);
      const watch = watchEventLoop();
      try {
        await client.ask(endpoint, KEYS, AbortSignal.timeout(20_000));
      } catch (error) {
        expect(error).to.be.an.instanceOf(InvalidResponseError);
      } finally {
        watch.stop();
        client.close();
        await gateway.close();
      }
      expect(watch.longestHoldMs()).to.be.lessThan(LONGEST_HOLD_MS);
    }).timeout(30_000);
  }
});

/** How much processor time the event loop spent without a turn. */
function watchEventLoop() {
  const cpuMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  let longest = 0;
  let last = cpuMs();
  let isRunning = true;
  const turn = () => {
    const now = cpuMs();
    longest = Math.max(longest, now - last);
    last = now;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  return { stop: () => (isRunning = false), longestHoldMs: () => longest };
}
