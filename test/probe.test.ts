import { expect } from 'chai';
import { ConfigurationError } from '../src/config/configuration-error.ts';
import type { AccountSettings, GatewaySettings, Settings } from '../src/config/settings.ts';
import type { ProbeFormat } from '../src/cli.ts';
import { runProbe } from '../src/probe.ts';
import { accountSettings, API_KEY, configurationOf, gatewaySettings, SECRET_KEY } from './support/account.ts';
import { balance, json, respond, startGateway, startRawGateway, type TestGateway } from './support/gateway.ts';

const BALANCES = json(
  JSON.stringify([
    { USDT_TRON: balance('600.50', '0E-8', '600.50') },
    { BTC_BITCOIN: balance('0.5', '0.49', '0.01') },
    { 'EVIL\u001b[2J\u202e': balance('1', '0', '1') },
    { BROKEN: balance(null, '0', '1') },
  ]),
);

function settingsOf(accounts: readonly AccountSettings[], gateway: Partial<GatewaySettings> = {}): Settings {
  // The probe looks at nothing else.
  return configurationOf(accounts, gatewaySettings(gateway)) as Settings;
}

async function probe(
  settings: Settings,
  { account, format = 'table' }: { account?: string; format?: ProbeFormat } = {},
): Promise<{ status: number; output: string }> {
  let output = '';
  const write = (text: string) => (output += text);
  const status = await runProbe({ settings, account, format, write, writeError: write, version: '1.2.3' });
  for (const secret of [API_KEY, SECRET_KEY]) expect(output).not.to.include(secret);
  return { status, output };
}

async function mistakeOf(settings: Settings, account?: string): Promise<string> {
  const thrown: unknown = await probe(settings, account === undefined ? {} : { account }).catch(
    (error: unknown) => error,
  );
  expect(thrown).to.be.an.instanceOf(ConfigurationError);
  return (thrown as ConfigurationError).problems.join('\n');
}

describe('thedex-exporter probe', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startGateway({ answer: BALANCES });
  });
  afterEach(() => gateway.close());

  const thresholds = [
    { currency: 'BTC_BITCOIN', kind: 'available', severity: 'critical', value: '0.05' },
    { currency: 'USDT_TRON', kind: 'total', severity: 'warning', value: '500' },
    { currency: 'LTC_LITECOIN', kind: 'available', severity: 'warning', value: '1' },
  ] as const;

  it('prints a table of what is there, beside its thresholds', async () => {
    const { status, output } = await probe(settingsOf([accountSettings(gateway.url, { name: 'main', thresholds })]));
    expect(status).to.equal(0);
    expect(output.replace(/Took {5}\d\.\d{3} s/, 'Took     X')).to.equal(
      [
        'Account  main',
        `Gateway  ${gateway.url.href}`,
        'Took     X',
        '',
        'Currency               Total  Hold  Available  Thresholds',
        'BTC_BITCOIN            0.5    0.49  0.01       available BELOW 0.05 (critical)',
        'EVIL\\u{1b}[2J\\u{202e}  1      0     1',
        'USDT_TRON              600.5  0     600.5      total above 500 (warning)',
        '',
        'Not held, although a threshold is set: LTC_LITECOIN',
        'Not understood and left out: BROKEN',
        '',
      ].join('\n'),
    );
    expect(gateway.requests).to.have.length(1);
    expect(gateway.requests[0]?.headers['user-agent']).to.equal('thedex-exporter/1.2.3');
  });
  it('says that an account holds nothing', async () => {
    gateway.answer = json('[]');
    const { status, output } = await probe(settingsOf([accountSettings(gateway.url)]));
    expect(status).to.equal(0);
    expect(output).to.include('default').and.include('The account holds no currencies.');
  });
  it('prints the metrics of a scrape', async () => {
    const { status, output } = await probe(settingsOf([accountSettings(gateway.url)]), { format: 'metrics' });
    expect(status).to.equal(0);
    expect(output)
      .to.match(/^thedex_up 1$/m)
      .and.include('thedex_balance{currency="USDT_TRON",kind="hold"} 0\n');
  });
  it('prints JSON with amounts as text', async () => {
    const { output } = await probe(settingsOf([accountSettings(gateway.url, { thresholds })]), { format: 'json' });
    const answer = JSON.parse(output) as Record<string, unknown>;
    expect(answer)
      .to.include({ account: 'default', success: true })
      .and.deep.include({ invalid: ['BROKEN'], failures: [] });
    expect((answer['balances'] as unknown[])[0]).to.include({
      currency: 'USDT_TRON',
      total: '600.50',
      discrepancy: '0',
    });
  });

  it('says why it failed and what to do', async () => {
    gateway.answer = respond(401, `{"message":"nonce of ${API_KEY} is too small"}`);
    const settings = settingsOf([accountSettings(gateway.url)]);
    const { status, output } = await probe(settings);
    expect(status).to.equal(1);
    expect(output)
      .to.match(/^Failed +balances: auth, status 401$/m)
      .and.match(/^Answer says +nonce$/m);
    expect(output).to.match(/^What to do +.*--thedex\.legacy-nonce/m);
    expect((await probe(settings, { format: 'metrics' })).output).to.include('thedex_scrape_error{reason="auth"} 1');
    const answer = JSON.parse((await probe(settings, { format: 'json' })).output) as { failures: unknown[] };
    expect(answer).to.include({ success: false }).and.not.have.property('balances');
    expect(answer.failures[0]).to.deep.include({ reason: 'auth', status: 401, said: ['nonce'] });
  });
  it('gives up after --thedex.timeout', async () => {
    const raw = await startRawGateway(() => {});
    const { status, output } = await probe(settingsOf([accountSettings(raw.url)], { timeoutMs: 150 }));
    await raw.close();
    expect(status).to.equal(1);
    expect(output).to.include('balances: timeout');
  });
  it('tells of a collector that failed beside the balances', async () => {
    gateway.answer = (request, response, body) =>
      (request.url?.includes('balances') === true ? BALANCES : respond(503, 'maintenance'))(request, response, body);
    const collectors = { rates: true, payoutLimits: false };
    const { status, output } = await probe(settingsOf([accountSettings(gateway.url)], { collectors }));
    expect(status).to.equal(0);
    expect(output).to.include('USDT_TRON').and.include('rates: server_error, status 503');
  });

  describe('chooses the account', () => {
    const named = (name?: string) => accountSettings(gateway.url, { name });
    it('of the name', async () => {
      expect((await probe(settingsOf([named('a'), named('b')]), { account: 'b' })).output).to.include('Account  b');
    });
    it('without a name, or default, beside others', async () => {
      for (const chosen of [{}, { account: 'default' }]) {
        expect((await probe(settingsOf([named(), named('a')]), chosen)).output).to.include('Account  default');
      }
    });
    it('and refuses to guess', async () => {
      expect(await mistakeOf(settingsOf([named('a'), named('b')])))
        .to.include('needs the name')
        .and.include('a, b');
      expect(await mistakeOf(settingsOf([named('a')]), 'secret'))
        .to.include('no account')
        .and.not.include('secret');
      expect(gateway.requests).to.have.length(0);
    });
  });
});
