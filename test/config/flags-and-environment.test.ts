import { expect } from 'chai';
import { FLAGS, type FlagValues, variableOf } from '../../src/config/flags.ts';
import { readConfiguration, readSettings } from '../../src/config/read.ts';
import type { Settings } from '../../src/config/settings.ts';
import { Secret } from '../../src/lib/secret.ts';
import { problemsOf } from '../support/problems.ts';

const KEYS = { THEDEX_API_KEY: 'k', THEDEX_SECRET_KEY: 's' };

const read = (flags: FlagValues, env: Record<string, string> = {}) => readSettings({ flags, env: { ...KEYS, ...env } });
// What finds proxies is made anew each time.
const comparable = async (settings: Promise<Settings>) => {
  const { gateway, accounts, ...others } = await settings;
  return { ...others, gateway: { ...gateway, proxyFor: undefined }, url: accounts.default?.url.href };
};
const problems = (flags: FlagValues, env: Record<string, string> = {}) =>
  problemsOf({ flags, env: { ...KEYS, ...env } });

describe('flags and environment', () => {
  it('have the defaults of the contract', async () => {
    const { gateway, web, log, sandbox, accounts, warnings } = await read({});
    const { proxyFor, ...others } = gateway;
    expect(proxyFor(new URL('https://app.thedex.cloud'))).to.equal(undefined);
    expect(others).to.deep.equal({
      timeoutMs: 10_000,
      timeoutOffsetMs: 500,
      legacyNonce: false,
      ca: undefined,
      collectors: { rates: false, payoutLimits: false },
    });
    expect(web).to.deep.equal({
      listenAddresses: [{ kind: 'tcp', host: '', port: 10_055 }],
      telemetryPath: '/metrics',
      routePrefix: '',
      configFile: undefined,
      maxRequests: 100,
      systemdSocket: false,
      enableLifecycle: false,
    });
    expect(log).to.deep.equal({ level: 'info', format: 'logfmt' });
    expect([sandbox, accounts.default?.url.href, warnings]).to.deep.equal([undefined, 'https://app.thedex.cloud/', []]);
  });

  it('say the same in both ways, and a flag wins', async () => {
    const env = {
      THEDEX_URL: 'https://env.example',
      THEDEX_TIMEOUT: '3s',
      THEDEX_TIMEOUT_OFFSET: '0',
      THEDEX_LEGACY_NONCE: 'on',
      THEDEX_COLLECTOR_RATES: '1',
      THEDEX_COLLECTOR_PAYOUT_LIMITS: 'yes',
      THEDEX_WEB_LISTEN_ADDRESS: ':1, [::1]:2,unix:///run/a.sock',
      THEDEX_WEB_TELEMETRY_PATH: '/env',
      THEDEX_WEB_ROUTE_PREFIX: '/env-prefix/',
      THEDEX_CONFIG_AUTO_RELOAD_INTERVAL: '30s',
      THEDEX_WEB_CONFIG_FILE: 'env.yml',
      THEDEX_WEB_MAX_REQUESTS: '7',
      THEDEX_WEB_SYSTEMD_SOCKET: 'TRUE',
      THEDEX_WEB_ENABLE_LIFECYCLE: 'true',
      THEDEX_LOG_LEVEL: 'warn',
      THEDEX_LOG_FORMAT: 'json',
    };
    const fromEnv = await read({}, env);
    expect(fromEnv.accounts.default?.url.href).to.equal('https://env.example/');
    expect(fromEnv.gateway).to.deep.include({ timeoutMs: 3000, timeoutOffsetMs: 0, legacyNonce: true });
    expect(fromEnv.gateway.collectors).to.deep.equal({ rates: true, payoutLimits: true });
    expect(fromEnv.log).to.deep.equal({ level: 'warn', format: 'json' });
    expect(fromEnv.web).to.deep.equal({
      listenAddresses: [
        { kind: 'tcp', host: '', port: 1 },
        { kind: 'tcp', host: '::1', port: 2 },
        { kind: 'unix', path: '/run/a.sock' },
      ],
      telemetryPath: '/env',
      routePrefix: '/env-prefix',
      configFile: 'env.yml',
      maxRequests: 7,
      systemdSocket: true,
      enableLifecycle: true,
    });
    const flags: FlagValues = {
      'thedex.url': 'https://flag.example',
      'thedex.timeout': '4s',
      'thedex.timeout-offset': '1s',
      'thedex.legacy-nonce': 'false',
      'collector.rates': 'false',
      'collector.payout-limits': 'false',
      'web.listen-address': [':9'],
      'web.telemetry-path': '/flag',
      'web.route-prefix': '/flag',
      'config.auto-reload-interval': '1m',
      'web.config.file': 'flag.yml',
      'web.max-requests': '9',
      'web.systemd-socket': 'false',
      'web.enable-lifecycle': 'false',
      'log.level': 'error',
      'log.format': 'logfmt',
    };
    const fromFlags = await comparable(read(flags, env));
    expect(fromFlags).to.deep.equal(await comparable(read(flags)));
    expect(fromFlags.autoReloadIntervalMs).to.equal(60_000);
    expect(fromEnv.autoReloadIntervalMs).to.equal(30_000);
    for (const key of ['web', 'log', 'gateway', 'url'] as const) {
      expect(fromFlags[key], key).to.not.deep.equal((await comparable(read({}, env)))[key]);
    }
  });

  it('count an empty variable as unset', async () => {
    const empty = Object.fromEntries(
      FLAGS.flatMap(({ name }) => (variableOf(name) === undefined ? [] : [[variableOf(name), '']])),
    );
    expect(await comparable(read({}, empty))).to.deep.equal(await comparable(read({})));
  });

  it('name each mistake, whoever made it', async () => {
    const mistakes: readonly (readonly [env: Record<string, string>, problem: string])[] = [
      [
        { THEDEX_TIMEOUT: '10' },
        'THEDEX_TIMEOUT: expected a duration such as 10s or 500ms, longer than zero and of at most 1h, got "10"',
      ],
      [
        { THEDEX_TIMEOUT: '0s' },
        'THEDEX_TIMEOUT: expected a duration such as 10s or 500ms, longer than zero and of at most 1h, got "0s"',
      ],
      [
        { THEDEX_TIMEOUT_OFFSET: '-1s' },
        'THEDEX_TIMEOUT_OFFSET: expected a duration such as 10s or 500ms, of at most 1h, got "-1s"',
      ],
      [
        { THEDEX_LEGACY_NONCE: 'maybe' },
        'THEDEX_LEGACY_NONCE: expected true or false (or 1, 0, yes, no, on, off), got "maybe"',
      ],
      [{ THEDEX_LOG_LEVEL: 'loud' }, 'THEDEX_LOG_LEVEL: expected one of debug, info, warn, error, got "loud"'],
      [{ THEDEX_LOG_FORMAT: 'xml' }, 'THEDEX_LOG_FORMAT: expected one of logfmt, json, got "xml"'],
      [{ THEDEX_WEB_MAX_REQUESTS: '0' }, 'THEDEX_WEB_MAX_REQUESTS: expected a whole number from 1 to 100000, got "0"'],
      [
        { THEDEX_WEB_MAX_REQUESTS: '1e3' },
        'THEDEX_WEB_MAX_REQUESTS: expected a whole number from 1 to 100000, got "1e3"',
      ],
    ];
    for (const [env, problem] of mistakes) expect(await problems({}, env)).to.deep.equal([problem]);
    expect(await problems({ 'web.max-requests': '100001' })).to.deep.equal([
      '--web.max-requests: expected a whole number from 1 to 100000, got "100001"',
    ]);
  });

  it('tell all mistakes at once', async () => {
    const env = { THEDEX_TIMEOUT: 'x', THEDEX_LOG_LEVEL: 'x', THEDEX_URL: 'x', THEDEX_WEB_LISTEN_ADDRESS: 'x' };
    const places = (await problems({}, env)).map((problem) => problem.split(':')[0]);
    expect(places).to.have.members(Object.keys(env));
  });

  it('need an account or the sandbox', async () => {
    const [problem, ...others] = await problemsOf({ flags: {}, env: {} });
    expect(problem).to.match(/^no account: .*THEDEX_API_KEY.*--config\.file.*thedex-exporter --sandbox$/);
    expect(others).to.deep.equal([]);
  });

  it('warn of variables that nothing reads, with what was probably meant, and show no value', async () => {
    const { warnings } = await read(
      {},
      {
        THEDEX_KEY: '9f8e7d6c',
        THEDEX_TIMEOUTS: '3s',
        THEDEX_LISTEN_ADDRESS: ':1',
        THEDEX_SANDBOX: '1',
        THEDEX_CONFIG_CHECK: '1',
        THEDEX_NONSENSE_ALTOGETHER: 'x',
        THEDEX_EXPORTER_SERVICE_HOST: '10.0.0.1',
        THEDEX_EXPORTER_SERVICE_PORT_METRICS: '10055',
        THEDEX_EXPORTER_PORT_10055_TCP_ADDR: '10.0.0.1',
        OTHER_THEDEX: 'x',
      },
    );
    const unknown = 'this variable is not known and has no effect';
    expect(warnings).to.deep.equal([
      `THEDEX_CONFIG_CHECK: ${unknown}: did you mean the flag --config.check?`,
      `THEDEX_KEY: ${unknown}: did you mean THEDEX_API_KEY?`,
      `THEDEX_LISTEN_ADDRESS: ${unknown}: did you mean THEDEX_WEB_LISTEN_ADDRESS?`,
      `THEDEX_NONSENSE_ALTOGETHER: ${unknown}`,
      `THEDEX_SANDBOX: ${unknown}: did you mean the flag --sandbox?`,
      `THEDEX_TIMEOUTS: ${unknown}: did you mean THEDEX_TIMEOUT?`,
    ]);
  });

  it('tell of misspelt variables beside what is missing', async () => {
    const [first = '', second, ...others] = await problemsOf({ flags: {}, env: { THEDEX_APIKEY: '9f8e7d6c' } });
    expect(first).to.match(/^no account: /);
    expect(second).to.equal(
      'THEDEX_APIKEY: this variable is not known and has no effect: did you mean THEDEX_API_KEY?',
    );
    expect(others).to.deep.equal([]);
  });

  it('start the sandbox without keys, and say that given ones are not used', async () => {
    const flags = { sandbox: 'true', 'sandbox.port': '7070', 'sandbox.seed': '42' };
    const plain = await readSettings({ flags, env: {} });
    expect([plain.sandbox, plain.accounts.default, plain.warnings]).to.deep.equal([
      { port: 7070, seed: 42, showKeys: false, allAddresses: false },
      undefined,
      [],
    ]);
    expect((await read({ sandbox: 'true' })).warnings).to.deep.equal([
      '--sandbox: the keys of THEDEX_API_KEY and THEDEX_SECRET_KEY are not used',
    ]);
  });

  it('make the sandbox the default account once it runs', async () => {
    const account = { url: new URL('http://127.0.0.1:7070'), apiKey: new Secret('a'), secretKey: new Secret('b') };
    const sources = { flags: { sandbox: 'true' }, env: KEYS, sandboxAccount: account };
    const { accounts } = await readConfiguration(sources);
    expect(accounts.default).to.deep.include({ name: undefined, url: account.url });
    expect(accounts.default?.keys.pair).to.equal(account);
  });

  it('refuse settings of a sandbox that is off', async () => {
    expect(await problems({ 'sandbox.port': '70000', 'sandbox.seed': '1' })).to.deep.equal([
      '--sandbox.port: expected a whole number from 0 to 65535, got "70000"',
      '--sandbox.port: has a meaning only together with --sandbox',
      '--sandbox.seed: has a meaning only together with --sandbox',
    ]);
  });
});
