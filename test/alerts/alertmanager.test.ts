import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { requireNewerPrometheus } from '../support/newer-prometheus.ts';
import { until } from '../support/poll.ts';
import { findTool, requireTool } from '../support/tools.ts';
import { configPath, Rehearsal, type Labels, type Message } from './rehearsal.ts';
import { isAlert, readRuleGroups, type AlertRule } from './rule-file.ts';

/** How long Alertmanager remembers what it has told, in hours, if nobody says otherwise. */
const RETENTION_HOURS = 120;
const ALERTMANAGER_WITHIN_MS = 60_000;
/** Packages of some 50 MB have to be fetched first. */
const FETCH_WITHIN_MS = 120_000;

const text = readFileSync(configPath, 'utf8');
const bundled = readRuleGroups().flatMap(({ rules }) => rules.filter(isAlert));
const bundledNames = bundled.map(({ alert }) => alert);

/** Who hears of an alert: of each severity it may have. */
const receivers: Readonly<Record<string, readonly string[]>> = {
  pagerduty: [
    'TheDexExporterAbsent critical',
    'TheDexExporterDown critical',
    'TheDexNoFreshBalances critical',
    'TheDexAuthRejected critical',
    'TheDexBalanceBelowThreshold critical',
    'TheDexValueBelowThreshold critical',
  ],
  slack: [
    'TheDexApiFailing warning',
    'TheDexApiSlow warning',
    'TheDexInvalidBalances warning',
    'TheDexBalanceBelowThreshold warning',
    'TheDexValueBelowThreshold warning',
    'TheDexBalanceSuddenDrop warning',
    'TheDexBalanceDraining warning',
    'TheDexBalanceProjectedEmpty warning',
    'TheDexHoldStuck warning',
    'TheDexBalanceMismatch warning',
    'TheDexCurrencyDisappeared warning',
  ],
  email: [
    'TheDexAccountGone warning',
    'TheDexReloadFailed warning',
    'TheDexCollectorFailing warning',
    'TheDexThresholdUnused warning',
    'TheDexRateMissing warning',
    'DiskFull critical',
  ],
  webhook: ['TheDexBalanceBelowPayoutMinimum info', 'TheDexRateMissing info'],
};

function of(alertname: string, account: string, more: Labels = {}): Labels {
  return { alertname, job: 'thedex', account, ...more };
}

/** Each alert that holds back another, by the matchers of its name. */
function inhibitedPairs(): readonly { readonly source: AlertRule; readonly target: AlertRule }[] {
  const { inhibit_rules: inhibitions } = parse(text) as { inhibit_rules: Inhibition[] };
  return inhibitions.flatMap(({ source_matchers: sources, target_matchers: targets }) =>
    alertsNamedBy(sources).flatMap((source) => alertsNamedBy(targets).map((target) => ({ source, target }))),
  );
}

interface Inhibition {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
}

function alertsNamedBy(matchers: readonly string[]): readonly AlertRule[] {
  const names = matchers.flatMap((matcher) => /^alertname =~? "?([^"]+)"?$/.exec(matcher)?.[1] ?? []);
  const found = bundled.filter(({ alert }) => names.some((name) => new RegExp(`^(?:${name})$`).test(alert)));
  if (found.length === 0) throw new Error(`no alert is named by ${matchers.join(', ')}`);
  return found;
}

function minutesOf(duration = '0m'): number {
  const [, count = '', unit = ''] = /^(\d+)([mh])$/.exec(duration) ?? [];
  return Number(count) * (unit === 'h' ? 60 : 1);
}

describe('alerts/alertmanager.yml', () => {
  it('is what amtool accepts', function () {
    execFileSync(requireTool(this, 'amtool'), ['check-config', configPath], { stdio: 'pipe' });
  });

  it('is what a later amtool accepts', function () {
    this.timeout(FETCH_WITHIN_MS);
    const amtool = join(requireNewerPrometheus(this), 'amtool');
    execFileSync(amtool, ['check-config', configPath], { stdio: 'pipe' });
  });

  it('keeps every secret in a file', () => {
    expect(text).to.not.match(/^\s*(smtp_auth_password|slack_api_url|api_url|routing_key|service_key|password):/m);
    expect(text.match(/_file: \/etc\/alertmanager\/secrets\//g)).to.have.lengthOf(3);
  });

  it('repeats nothing later than Alertmanager remembers it', () => {
    const hours = [...text.matchAll(/repeat_interval: (\d+)([hd])/g)].map(
      ([, count, unit]) => Number(count) * (unit === 'd' ? 24 : 1),
    );
    expect(hours).to.not.have.lengthOf(0);
    expect(Math.max(...hours)).to.be.below(RETENTION_HOURS);
  });

  for (const { source, target } of inhibitedPairs()) {
    it(`lets ${source.alert} go on at least as long as ${target.alert}, which it holds back`, () => {
      expect(minutesOf(source.keep_firing_for)).to.be.at.least(minutesOf(target.keep_firing_for));
    });
  }

  it('has a receiver for every alert', () => {
    const told = Object.values(receivers).flatMap((alerts) => alerts.map((alert) => alert.split(' ')[0]));
    expect(told).to.include.members(bundledNames);
  });

  for (const [receiver, alerts] of Object.entries(receivers)) {
    for (const alert of alerts) {
      it(`tells ${alert} to ${receiver}`, function () {
        const [alertname = '', severity = ''] = alert.split(' ');
        const flags = ['config', 'routes', 'test', `--config.file=${configPath}`, `--verify.receivers=${receiver}`];
        const labels = [`alertname=${alertname}`, `severity=${severity}`, 'job=thedex', 'account=main'];
        execFileSync(requireTool(this, 'amtool'), [...flags, ...labels], { stdio: 'pipe' });
      });
    }
  }

  describe('in an Alertmanager', function () {
    this.timeout(ALERTMANAGER_WITHIN_MS);
    let rehearsal: Rehearsal;

    beforeEach(async function () {
      const program = findTool('alertmanager') ?? requireTool(this, 'prometheus-alertmanager');
      rehearsal = new Rehearsal();
      await rehearsal.start(program, { isAlwaysNight: this.currentTest?.title.includes('by night') ?? false });
    });

    afterEach(async () => {
      await rehearsal?.stop();
    });

    const accounts = Array.from({ length: 200 }, (_, index) => `shop-${index}`);
    const titles = (messages: readonly Message[]): readonly string[] => messages.map(({ title }) => title);

    it('one dead exporter is one message, however many accounts and jobs it has', async () => {
      const down = { severity: 'critical', instance: 'exporter:10055' };
      await rehearsal.report([
        ...accounts.map((account) => of('TheDexExporterDown', account, down)),
        { alertname: 'TheDexExporterDown', job: 'other', ...down },
      ]);
      const { title, text: page } = await rehearsal.hears('trigger: TheDexExporterDown');
      expect(title).to.match(/^trigger: TheDexExporterDown of .* is 10\. \(201 alerts\)$/);
      expect(page).to.include('https://runbooks.example.org/#thedexexporterdown');
      await rehearsal.report(accounts.map((account) => of('TheDexNoFreshBalances', account, { severity: 'critical' })));
      await rehearsal.inhibited(accounts.length);
      expect(rehearsal.messages).to.have.lengthOf(1);
    });

    it('one outage of the gateway is one message, also when it hangs', async () => {
      await rehearsal.report(
        accounts.flatMap((account) => [
          of('TheDexApiFailing', account, { severity: 'warning' }),
          of('TheDexApiSlow', account, { severity: 'warning' }),
        ]),
      );
      const { receiver, title, text: message } = await rehearsal.hears('FIRING: TheDexApiFailing');
      expect([receiver, title]).to.deep.equal(['slack', 'FIRING: TheDexApiFailing of shop-0 is 10. (200 alerts)']);
      expect(message).to.include('The first 10 of 200.');
      await rehearsal.report(
        accounts.map((account) => of('TheDexApiFailing', account, { severity: 'warning' })),
        'resolved',
      );
      await rehearsal.report(
        accounts.map((account) => of('TheDexApiSlow', account, { severity: 'warning' })),
        'resolved',
      );
      await rehearsal.hears('RESOLVED: TheDexApiFailing');
      expect(titles(rehearsal.messages)).to.have.lengthOf(2);
    });

    it('names account, currency and amount, and lists what is resolved as resolved', async () => {
      const drops = ['USDT_TRON', 'BTC_BITCOIN'].map((currency) =>
        of('TheDexBalanceSuddenDrop', 'main', { severity: 'warning', currency }),
      );
      await rehearsal.report(drops.slice(0, 1));
      expect(await rehearsal.hears('FIRING')).to.deep.equal({
        receiver: 'slack',
        title: 'FIRING: TheDexBalanceSuddenDrop of main: USDT_TRON is 10.',
        text:
          'The alert TheDexBalanceSuddenDrop is about main: USDT_TRON.\n' +
          '<https://runbooks.example.org/#thedexbalancesuddendrop|What to do>',
      });
      await rehearsal.report(drops.slice(1));
      await rehearsal.report(drops.slice(0, 1), 'resolved');
      const mixed = await rehearsal.hears('FIRING: TheDexBalanceSuddenDrop of main: BTC_BITCOIN');
      expect(mixed.text).to.include('Resolved: TheDexBalanceSuddenDrop of main: USDT_TRON is 10.');
      await rehearsal.report(drops, 'resolved');
      const { title, text: message } = await rehearsal.hears('RESOLVED');
      expect(title).to.include('TheDexBalanceSuddenDrop of main: ');
      expect(message).to.include('Resolved: TheDexBalanceSuddenDrop of main: BTC_BITCOIN is 10.');
    });

    it('writes mail in the same words', async () => {
      await rehearsal.report([of('TheDexThresholdUnused', 'main', { severity: 'warning', currency: 'USDT_TRN' })]);
      const { receiver, title, text: mail } = await rehearsal.hears('FIRING');
      expect([receiver, title]).to.deep.equal(['email', 'FIRING: TheDexThresholdUnused of main: USDT_TRN is 10.']);
      expect(mail).to.include('The alert TheDexThresholdUnused is about main: USDT_TRN.');
      expect(mail).to.include('What to do: https://runbooks.example.org/#thedexthresholdunused');
    });

    it('mutes the account that is swept by night, and no other', async () => {
      const drop = (account: string): Labels =>
        of('TheDexBalanceSuddenDrop', account, { severity: 'warning', currency: 'USDT_TRON' });
      await rehearsal.report([drop('example-sweeper')]);
      await rehearsal.report([drop('main')]);
      await rehearsal.hears('FIRING: TheDexBalanceSuddenDrop of main');
      await rehearsal.report([of('TheDexBalanceDraining', 'example-sweeper', { severity: 'warning' })]);
      await rehearsal.hears('FIRING: TheDexBalanceDraining of example-sweeper');
      expect(rehearsal.messages).to.have.lengthOf(2);
    });

    it('holds back what another alert says already, of the same account', async () => {
      const usdt = { currency: 'USDT_TRON' };
      const said: readonly (readonly [Labels, readonly Labels[]])[] = [
        [of('TheDexExporterDown', 'down'), [of('TheDexNoFreshBalances', 'down'), of('TheDexAccountGone', 'down')]],
        [
          of('TheDexAuthRejected', 'refused'),
          [of('TheDexNoFreshBalances', 'refused'), of('TheDexApiFailing', 'refused')],
        ],
        [of('TheDexNoFreshBalances', 'blind'), [of('TheDexApiFailing', 'blind'), of('TheDexApiSlow', 'blind')]],
        [of('TheDexInvalidBalances', 'odd'), [of('TheDexCurrencyDisappeared', 'odd', usdt)]],
        [of('TheDexCurrencyDisappeared', 'renamed', usdt), [of('TheDexThresholdUnused', 'renamed', usdt)]],
        [
          of('TheDexBalanceBelowThreshold', 'low', { ...usdt, severity: 'critical' }),
          [
            of('TheDexBalanceBelowThreshold', 'low', { ...usdt, severity: 'warning' }),
            of('TheDexBalanceProjectedEmpty', 'low', usdt),
          ],
        ],
        [
          of('TheDexValueBelowThreshold', 'low', { fiat: 'USD', severity: 'critical' }),
          [of('TheDexValueBelowThreshold', 'low', { fiat: 'USD', severity: 'warning' })],
        ],
        [
          of('TheDexBalanceSuddenDrop', 'robbed', usdt),
          [of('TheDexBalanceDraining', 'robbed', usdt), of('TheDexBalanceProjectedEmpty', 'robbed', usdt)],
        ],
        [of('TheDexBalanceDraining', 'drained', usdt), [of('TheDexBalanceProjectedEmpty', 'drained', usdt)]],
      ];
      const others = [
        of('TheDexBalanceSuddenDrop', 'down', usdt),
        of('TheDexApiFailing', 'other'),
        of('TheDexBalanceProjectedEmpty', 'drained', { currency: 'BTC_BITCOIN' }),
        { alertname: 'DiskFull' },
      ];
      const held = said.flatMap(([, targets]) => targets);
      await rehearsal.report([...said.map(([source]) => source), ...held, ...others]);
      const describe = (labels: Labels): string =>
        [labels['alertname'], labels['severity'], labels['account'], labels['currency']]
          .filter((part) => part !== undefined)
          .join(' ');
      expect(await rehearsal.inhibited(held.length)).to.deep.equal(held.map(describe).toSorted());
    });

    it('tells twice an hour at most of what goes to and fro', async () => {
      const low = of('TheDexBalanceBelowThreshold', 'main', { severity: 'warning', currency: 'USDT_TRON' });
      const begun = Date.now();
      await rehearsal.report([low]);
      await rehearsal.hears('FIRING');
      await rehearsal.report([low], 'resolved');
      await until('the message that it is over', () => rehearsal.messages.length >= 2, 30_000);
      // Half an hour passes in 6 seconds.
      expect(Date.now() - begun).to.be.above(6000);
    });
  });
});
