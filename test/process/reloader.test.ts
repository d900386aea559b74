import { expect } from 'chai';
import { ConfigurationError } from '../../src/config/configuration-error.ts';
import type { Configuration } from '../../src/config/settings.ts';
import { Secret } from '../../src/lib/secret.ts';
import { Reloader } from '../../src/process/reloader.ts';
import { failureOf } from '../../src/scrape/snapshot.ts';
import { accountSettings, configurationOf, createFactory, patient } from '../support/account.ts';
import { startGateway, json, type TestGateway } from '../support/gateway.ts';
import { valueOf } from '../support/exposition.ts';
import { until } from '../support/poll.ts';

describe('Reloader', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startGateway({ answer: json('[]') });
  });
  afterEach(() => gateway.close());

  function reloaderOf(first: Configuration, reads: (() => Promise<Configuration>)[]) {
    const factory = createFactory();
    const read = () => (reads.shift() ?? (() => Promise.resolve(first)))();
    return { factory, reloader: new Reloader(first, { factory, read, log: factory.log }) };
  }
  const named = (name: string, key = 'k') => accountSettings(gateway.url, { name, apiKey: new Secret(key) });

  it('replaces what changed, adds what is new, drops what is gone, and keeps the rest', async () => {
    const first = configurationOf([named('same'), named('changed', 'a'), named('gone')]);
    const second = configurationOf([named('same'), named('changed', 'b'), named('new')]);
    const { reloader } = reloaderOf(first, [() => Promise.resolve(second)]);
    const before = reloader.current.accounts.named;
    await reloader.reload();
    const after = reloader.current.accounts.named;
    expect([...after.keys()]).to.deep.equal(['same', 'changed', 'new']);
    expect(after.get('same')).to.equal(before.get('same'));
    expect(after.get('changed')).not.to.equal(before.get('changed'));
  });

  it('keeps the old accounts when the configuration has a mistake, and says so', async () => {
    const first = configurationOf([named('main')]);
    const refuse = () => Promise.reject(new ConfigurationError(['a.yml:1: x: expected y']));
    const { factory, reloader } = reloaderOf(first, [refuse]);
    const before = reloader.current;
    const refused = await reloader.reload().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).to.be.an.instanceOf(ConfigurationError);
    expect(reloader.current).to.equal(before);
    expect(factory.lines.join('')).to.include('a.yml:1: x: expected y');
    const page = () => factory.registry.metrics();
    expect(valueOf(await page(), 'thedex_exporter_config_last_reload_successful')).to.equal(0);
    const time = valueOf(await page(), 'thedex_exporter_config_last_reload_success_timestamp_seconds') ?? 0;
    expect(time).to.be.closeTo(Date.now() / 1000, 60);
    await reloader.reload();
    expect(valueOf(await page(), 'thedex_exporter_config_last_reload_successful')).to.equal(1);
  });

  it('lets a scrape in flight end on the account that it began with, and then closes its connections', async () => {
    const release: (() => void)[] = [];
    gateway.answer = (request, response, body) => release.push(() => json('[]')(request, response, body));
    const { reloader } = reloaderOf(configurationOf([named('main')]), [() => Promise.resolve(configurationOf([]))]);
    const scrape = reloader.current.accounts.named.get('main')?.scrape(5000, patient());
    await until('the read', () => release.length === 1);
    await reloader.reload();
    expect(reloader.current.accounts.named.size).to.equal(0);
    release[0]?.();
    const snapshot = await scrape;
    expect(snapshot && failureOf(snapshot)).to.equal(undefined);
    await until('the end of its connection', () => gateway.sockets[0]?.destroyed === true);
  });

  it('carries out reloads one after the other', async () => {
    const order: string[] = [];
    const step = (name: string) => async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
      return configurationOf([]);
    };
    const { reloader } = reloaderOf(configurationOf([]), [step('a'), step('b')]);
    await Promise.all([reloader.reload(), reloader.reload()]);
    expect(order).to.deep.equal(['a begins', 'a ends', 'b begins', 'b ends']);
  });
});
