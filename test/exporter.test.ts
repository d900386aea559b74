import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { ConfigurationError } from '../src/config/configuration-error.ts';
import { readSettings } from '../src/config/read.ts';
import type { SettingsSources } from '../src/config/settings.ts';
import { Exporter } from '../src/exporter.ts';
import { lookAtFile } from '../src/lib/text-file.ts';
import type { WebConfigInForce } from '../src/web/web-config.ts';
import { keepLog, reasonOf, scrapeFor } from './support/account.ts';
import { valueOf } from './support/exposition.ts';
import { balance, json, startGateway, type TestGateway } from './support/gateway.ts';
import { until } from './support/poll.ts';
import { useScratch } from './support/scratch.ts';

const ONE = JSON.stringify([{ BTC: balance('1.5', '0.5', '1.0') }]);
const RELOADED = 'The configuration was reloaded';
const REFUSED = 'was not reloaded';

describe('Exporter', () => {
  const scratch = useScratch();
  let gateway: TestGateway;
  let exporter: Exporter | undefined;
  beforeEach(async () => {
    gateway = await startGateway({ answer: json(ONE) });
    scratch.write('key', 'test-api-key');
    scratch.write('secret', 'test-secret-key');
    configure('');
  });
  afterEach(async () => {
    await exporter?.close();
    exporter = undefined;
    await gateway.close();
  });

  /** At once, as a good editor does: of a file that is written in place, whoever looks may see the half. */
  const configure = (more: string, name = 'main') => {
    const account = `{api_key_file: key, secret_key_file: secret, url: "${gateway.url.origin}"}`;
    scratch.write('config.yml.next', `accounts:\n  ${name}: ${account}\n${more}`);
    renameSync(join(scratch.path, 'config.yml.next'), join(scratch.path, 'config.yml'));
  };

  async function open({ flags = {}, ...web }: Partial<WebConfigInForce> & { flags?: SettingsSources['flags'] } = {}) {
    const sources = { flags: { 'config.file': join(scratch.path, 'config.yml'), ...flags }, env: {} };
    const settings = await readSettings(sources);
    const plain: WebConfigInForce = {
      guards: [],
      tls: undefined,
      summary: { password_users: 0 },
      refresh: () => Promise.resolve(),
      prepareReload: () => Promise.resolve(() => {}),
      close: () => {},
    };
    const { log, lines } = keepLog();
    const build = { version: '1.2.3', revision: 'abc' };
    const opened = new Exporter({ settings, sources, web: { ...plain, ...web }, build, log }, settings);
    exporter = opened;
    const count = (words: string) => lines.filter((line) => line.includes(words)).length;
    const own = async (name: string, labels: Record<string, string> = {}) =>
      valueOf(await opened.metrics.render('text'), `thedex_exporter_${name}`, labels);
    const scrape = async (name = 'main') => opened.accounts.named.get(name)?.scrape(scrapeFor(5_000));
    return { exporter: opened, lines, count, own, scrape };
  }

  const refusalOf = (reload: Promise<void>): Promise<unknown> =>
    reload.then(
      () => 'it was taken',
      (error: unknown) => error,
    );

  it('asks the gateway by its name and version, in the form that is set', async () => {
    const documented = await open();
    expect(reasonOf(await documented.scrape())).to.equal(undefined);
    expect(gateway.requests[0]?.headers['user-agent']).to.equal('thedex-exporter/1.2.3');
    expect(gateway.requests[0]?.body).to.equal('{}');
    await documented.exporter.close();
    const older = await open({ flags: { 'thedex.legacy-nonce': 'true' } });
    await older.scrape();
    expect(JSON.parse(gateway.requests[1]?.body ?? '')).to.have.keys('request', 'nonce');
  });

  it('has loaded its configuration when it begins', async () => {
    const { exporter: begun, own } = await open();
    expect(await own('config_last_reload_successful')).to.equal(1);
    expect(await own('config_last_reload_success_timestamp_seconds')).to.be.closeTo(Date.now() / 1000, 60);
    expect(begun.deadline.timeoutMs).to.equal(10_000);
    expect(begun.state).to.equal('starting');
    expect(begun.info.listenAddress).to.equal(':10055');
    await begun.close();
    const { exporter: elsewhere } = await open({ flags: { 'web.listen-address': ['127.0.0.1:9000'] } });
    expect(elsewhere.info.listenAddress).to.equal('127.0.0.1:9000');
  });

  it('ends what is open, and the web configuration with it', async () => {
    let closed = 0;
    const { exporter: open_, scrape } = await open({ close: () => void (closed += 1) });
    await scrape();
    await open_.close();
    exporter = undefined;
    expect(closed).to.equal(1);
    await until('the end of the connection', () => gateway.sockets[0]?.destroyed === true);
  });

  describe('reload', () => {
    it('puts everything of the file in force: accounts, thresholds, limits, labels and collectors', async () => {
      const { exporter: running, scrape, count, lines } = await open();
      await scrape();
      const before = running.info;
      expect(running.info).to.equal(before);
      scratch.write(
        'config.yml',
        `accounts:
  main:
    api_key_file: key
    secret_key_file: secret
    url: "${gateway.url.origin}"
    labels: {team: payments}
    thresholds: {BTC: 5}
    value_thresholds: {USD: 7}
    alert_limits: {BTC: {hold: 80%}}
  other: {api_key_file: key, secret_key_file: secret}
collectors: {rates: true}
`,
      );
      await running.reload();
      expect([...running.accounts.named.keys()]).to.deep.equal(['main', 'other']);
      expect(running.accounts.named.get('main')?.settings).to.deep.include({
        labels: { team: 'payments' },
        thresholds: [{ currency: 'BTC', kind: 'available', severity: 'warning', value: '5' }],
        valueThresholds: [{ fiat: 'USD', severity: 'warning', value: '7' }],
        alertLimits: [{ currency: 'BTC', limit: 'hold_ratio', value: '0.8' }],
      });
      expect((await scrape())?.outcomes).to.have.keys('balances', 'rates');
      expect(running.info.configuration).to.include({ accounts: 2, thresholds: 1, collectors: 'balances, rates' });
      expect(count(RELOADED)).to.equal(1);
      expect(lines.join('')).to.match(/was reloaded" accounts=2 added=1 removed=0/);
    });

    it('loses nothing that was counted', async () => {
      const { exporter: running, own, scrape } = await open();
      await Promise.all([scrape(), scrape()]);
      const counted = () =>
        Promise.all([
          own('api_requests_total', { endpoint: 'balances', outcome: 'success' }),
          own('api_request_duration_seconds_count', { endpoint: 'balances' }),
          own('coalesced_scrapes_total'),
        ]);
      expect(await counted()).to.deep.equal([1, 1, 1]);
      configure('thresholds: {BTC: 5}\n');
      await running.reload();
      expect(await counted()).to.deep.equal([1, 1, 1]);
    });

    it('tells what works and is probably not what was meant', async () => {
      const { exporter: running, lines } = await open();
      configure('value_thresholds: {USD: 7}\n');
      await running.reload();
      expect(lines.join('')).to.match(/level=warn msg="value_thresholds: [^"]+ rates is off"/);
    });

    it('changes nothing when the file has a mistake, says so, and stamps no success', async () => {
      const { exporter: running, own, count, scrape } = await open();
      const began = await own('config_last_reload_success_timestamp_seconds');
      const { accounts, deadline, info } = running;
      configure('colour: red\n', 'other');
      const error = await refusalOf(running.reload());
      expect(error).to.be.an.instanceOf(ConfigurationError);
      expect(String(error)).to.match(/config\.yml:3: colour/);
      expect(running).to.include({ accounts, deadline, info });
      expect(reasonOf(await scrape())).to.equal(undefined);
      expect([count(REFUSED), count(RELOADED)]).to.deep.equal([1, 0]);
      expect(await own('config_last_reload_successful')).to.equal(0);
      expect(await own('config_last_reload_success_timestamp_seconds')).to.equal(began);
      configure('', 'other');
      await running.reload();
      expect(await own('config_last_reload_successful')).to.equal(1);
      expect(await own('config_last_reload_success_timestamp_seconds')).to.be.above(began ?? 0);
    });

    it('puts neither file in force when the other one has a mistake, and tells the mistakes of both', async () => {
      let isWebGood = false;
      let taken = 0;
      const prepareReload = () =>
        isWebGood
          ? Promise.resolve(() => void (taken += 1))
          : Promise.reject(new ConfigurationError(['web.yml:1: nonsense']));
      const { exporter: running, count } = await open({ prepareReload });
      configure('', 'other');
      expect(await refusalOf(running.reload())).to.have.property('message', 'web.yml:1: nonsense');
      configure('colour: red\n', 'other');
      expect(await refusalOf(running.reload()))
        .to.have.property('problems')
        .that.satisfies(
          ([own, web]: string[]) => /config\.yml:3: colour/.test(own ?? '') && web === 'web.yml:1: nonsense',
        );
      // One line for the first, two for the second.
      expect(count(REFUSED)).to.equal(3);
      isWebGood = true;
      expect(await refusalOf(running.reload())).to.be.an.instanceOf(ConfigurationError);
      expect([taken, [...running.accounts.named.keys()].join()]).to.deep.equal([0, 'main']);
      configure('', 'other');
      await running.reload();
      expect([taken, [...running.accounts.named.keys()].join()]).to.deep.equal([1, 'other']);
    });

    it('throws a defect as it is, beside a mistake or alone, and tells it', async () => {
      const defect = new TypeError('a defect');
      const { exporter: running, lines } = await open({ prepareReload: () => Promise.reject(defect) });
      expect(await refusalOf(running.reload())).to.equal(defect);
      expect(lines.join('')).to.include('TypeError: a defect');
      configure('colour: red\n');
      expect(await refusalOf(running.reload())).to.be.an.instanceOf(ConfigurationError);
    });

    it('is shared by all that ask while one is under way, which may have read what has changed since', async () => {
      const { exporter: running, count } = await open();
      const [first, second, third] = [running.reload(), running.reload(), running.reload()];
      expect(second).to.equal(third);
      expect(second).not.to.equal(first);
      configure('', 'other');
      await Promise.all([first, second]);
      expect(count(RELOADED)).to.equal(2);
      expect([...running.accounts.named.keys()]).to.deep.equal(['other']);
      // None is under way any more: what asks next begins its own.
      const [next, afterNext] = [running.reload(), running.reload()];
      expect(next).not.to.equal(afterNext);
      await Promise.all([next, afterNext]);
      expect(count(RELOADED)).to.equal(4);
    });

    it('is made for those that wait also when the one before was refused', async () => {
      const { exporter: running, count } = await open();
      configure('colour: red\n');
      const refused = refusalOf(running.reload());
      const waiting = running.reload();
      expect(await refused).to.be.an.instanceOf(ConfigurationError);
      configure('');
      await waiting;
      expect([count(REFUSED), count(RELOADED)]).to.deep.equal([1, 1]);
    });
  });

  describe('watch', () => {
    const EVERY_MS = 5;

    /** Watches, and has looked for the first time when it is fulfilled: looks that began later have ended. */
    async function watch(running: Exporter): Promise<void> {
      void running.watch(EVERY_MS);
      for (let look = 0; look < 20; look += 1) await lookAtFile(join(scratch.path, 'config.yml'));
    }

    it('reloads once for each change of the file, good or bad, and goes on', async () => {
      const { exporter: running, count } = await open();
      await watch(running);
      configure('thresholds: {BTC: 5}\n');
      await until('the reload', () => count(RELOADED) === 1);
      configure('colour: red\n');
      await until('the refusal', () => count(REFUSED) === 1);
      configure('', 'other');
      await until('the next reload', () => count(RELOADED) === 2);
      expect([...running.accounts.named.keys()]).to.deep.equal(['other']);
      // Whoever reloaded without a change would have done so by now; however busy the machine is, nobody else does.
      await delay(20 * EVERY_MS);
      expect([count(RELOADED), count(REFUSED)]).to.deep.equal([2, 1]);
    });

    it('keeps no process alive', async () => {
      const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
      const { exporter: running } = await open();
      const before = timers();
      await watch(running);
      expect(timers()).to.equal(before);
    });

    it('looks where the configuration in force was read from: into a folder that it names since', async () => {
      const { exporter: running, count } = await open();
      const add = (name: string) => {
        mkdirSync(join(scratch.path, 'accounts', name), { recursive: true });
        for (const file of ['api_key', 'secret_key']) scratch.write(`accounts/${name}/${file}`, `${file}-of-${name}`);
      };
      add('east');
      await watch(running);
      scratch.write('config.yml', 'accounts_dir: accounts\n');
      await until('the folder', () => count(RELOADED) > 0);
      for (const name of ['north', 'south', 'west']) {
        add(name);
        await until(name, () => running.accounts.named.has(name));
      }
      expect([...running.accounts.named.keys()]).to.deep.equal(['east', 'north', 'south', 'west']);
    });
  });
});
