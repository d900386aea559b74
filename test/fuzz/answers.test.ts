import { expect } from 'chai';
import type { Socket } from 'node:net';
import { BALANCES, PAYOUT_LIMITS, RATES } from '../../src/thedex/answers.ts';
import { openGateway, type Gateway } from '../../src/thedex/client.ts';
import { DeadlineError, InvalidResponseError, TheDexError } from '../../src/thedex/errors.ts';
import { Secret } from '../../src/lib/secret.ts';
import { startRawGateway } from '../support/gateway.ts';
import { fuzz } from './fuzz.ts';

const API_KEY = 'fuzzed-api-key-1234567890';
const KEYS = { apiKey: new Secret(API_KEY), secretKey: new Secret('fuzzed-secret-key') };
/** What every reader of numbers takes for one: see the exposition formats. */
const SAMPLE = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;
const WITHIN_MS = 3_000;

const DICTIONARY = [
  'totalBalance',
  'holdBalance',
  'availableBalance',
  'monetary',
  'rates',
  'fiatCurrency',
  'rate',
  'minimalLimit',
  '"0E-8"',
  '1E-8',
  '1e400',
  '-0',
  'NaN',
  'Infinity',
  'null',
  '""',
  '{}',
  '[]',
  '[[',
  '}}',
  '__proto__',
  'constructor',
  '\\u0000',
  '\\ud800',
  '\u2028',
  '\r\n',
  '\r\n\r\n',
  'HTTP/1.1 200 OK',
  'HTTP/1.1 101 Switching Protocols',
  'HTTP/1.1 429 No',
  'Content-Length: ',
  'Transfer-Encoding: chunked',
  'Content-Encoding: gzip',
  'Connection: close',
  'Retry-After: 1',
  API_KEY,
];

describe('Answers as bytes', function () {
  this.timeout(600_000);

  it('are balances, or a failure of the gateway, and nothing else', async () => {
    let bytes = Buffer.alloc(0);
    const raw = await startRawGateway((socket: Socket) => socket.end(bytes));
    const gateway: Gateway = openGateway({
      url: raw.url,
      proxy: undefined,
      secureContext: undefined,
      makeBody: () => '{}',
      userAgent: 'fuzz',
    });
    try {
      await fuzz({
        corpus: 'answers',
        dictionary: DICTIONARY,
        check: async (input) => {
          bytes = Buffer.from(input);
          const controller = new AbortController();
          const timer = setTimeout(() => controller.abort(new DeadlineError('no answer')), WITHIN_MS);
          try {
            const { valid, invalid } = await gateway.ask(BALANCES, KEYS, controller.signal);
            for (const balance of valid) {
              expect(balance.currency).not.to.contain(API_KEY);
              for (const amount of [balance.total, balance.hold, balance.available]) expect(amount).to.match(SAMPLE);
            }
            expect(invalid.join(' ')).not.to.contain(API_KEY);
          } catch (error) {
            if (!(error instanceof TheDexError)) throw error;
            expect(error.message).not.to.contain(API_KEY);
          } finally {
            clearTimeout(timer);
          }
        },
      });
    } finally {
      gateway.close();
      await raw.close();
    }
  });

  it('as JSON are entries, or no answer of the API', async () => {
    await fuzz({
      corpus: 'answers',
      dictionary: DICTIONARY,
      check: (input) => {
        const text = input.toString('utf8');
        const body = text.slice(text.indexOf('\r\n\r\n') + 4);
        let json: unknown;
        try {
          json = JSON.parse(body);
        } catch {
          return;
        }
        for (const endpoint of [BALANCES, RATES, PAYOUT_LIMITS]) {
          try {
            endpoint.parse(json, () => false);
          } catch (error) {
            if (!(error instanceof InvalidResponseError)) throw error;
          }
        }
      },
    });
  });
});
