import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { until } from '../support/poll.ts';
import { findTool, requireTool } from '../support/tools.ts';
import { configPath, describeLabels, Rehearsal, type Labels } from './rehearsal.ts';
import { isAlert, readRuleGroups } from './rule-file.ts';

function labelsOf(alertname: string, more: Labels = {}): Labels {
  return { alertname, job: 'thedex', instance: 'a', ...more };
}

describe('alerts/alertmanager.yml', () => {
  it('is what amtool accepts', function () {
    execFileSync(requireTool(this, 'amtool'), ['check-config', configPath], { stdio: 'pipe' });
  });

  it('keeps every secret in a file', () => {
    const text = readFileSync(configPath, 'utf8');
    expect(text).to.not.match(/^\s*(smtp_auth_password|slack_api_url|api_url|routing_key|service_key|password):/m);
    expect(text.match(/_file: \/etc\/alertmanager\/secrets\//g)).to.have.lengthOf(3);
  });

  const receiverOf: Readonly<Record<string, string>> = { critical: 'pagerduty', warning: 'slack', info: 'webhook' };

  for (const { alert, labels } of readRuleGroups().flatMap(({ rules }) => rules.filter(isAlert))) {
    const severity = labels?.['severity'] ?? '';

    it(`tells ${alert} (${severity}) to ${receiverOf[severity] ?? 'nobody'}`, function () {
      const flags = ['config', 'routes', 'test', `--config.file=${configPath}`];
      const expected = `--verify.receivers=${receiverOf[severity] ?? ''}`;
      const test = [...flags, expected, `alertname=${alert}`, `severity=${severity}`, 'job=thedex', 'instance=a'];
      execFileSync(requireTool(this, 'amtool'), test, { stdio: 'pipe' });
    });
  }

  it('tells of what is not ours by mail', function () {
    const flags = ['config', 'routes', 'test', `--config.file=${configPath}`, '--verify.receivers=email'];
    execFileSync(requireTool(this, 'amtool'), [...flags, 'alertname=DiskFull', 'severity=critical'], { stdio: 'pipe' });
  });

  describe('in an Alertmanager', () => {
    let rehearsal: Rehearsal;

    beforeEach(async function () {
      const program = findTool('alertmanager') ?? requireTool(this, 'prometheus-alertmanager');
      this.timeout(30_000);
      rehearsal = new Rehearsal();
      await rehearsal.start(program);
    });

    afterEach(async function () {
      this.timeout(30_000);
      await rehearsal.stop();
    });

    /** Reports a source first, as in the field, then what it should silence, then one to wait for. */
    async function play(source: Labels, rest: readonly Labels[]): Promise<readonly string[]> {
      await rehearsal.report([source]);
      await rehearsal.hears(`firing ${describeLabels(source)}`);
      await rehearsal.report([...rest, labelsOf('Last')]);
      await rehearsal.hears('firing Last');
      const judged = async (): Promise<number> =>
        (await rehearsal.inhibited()).length + new Set(rehearsal.received).size;
      await until('every alert to be told or held back', async () => (await judged()) === rest.length + 2);
      return [...new Set(rehearsal.received)].filter((line) => line !== 'firing Last').toSorted();
    }

    it('a target that is down silences everything of that target, and nothing of others', async () => {
      const rest = [
        ...['TheDexNoFreshBalances', 'TheDexApiFailing', 'TheDexBalanceBelowThreshold'].map((name) => labelsOf(name)),
        labelsOf('TheDexNoFreshBalances', { account: 'main' }),
        labelsOf('TheDexApiFailing', { instance: 'b' }),
        labelsOf('TheDexExporterDown', { instance: 'c' }),
        labelsOf('DiskFull'),
      ];
      expect(await play(labelsOf('TheDexExporterDown'), rest)).to.deep.equal([
        'firing DiskFull',
        'firing TheDexApiFailing b',
        'firing TheDexExporterDown',
        'firing TheDexExporterDown c',
        'firing TheDexNoFreshBalances main',
      ]);
    });

    it('a refused key silences that reads fail, are slow and bring nothing, of the same account', async () => {
      const names = ['TheDexNoFreshBalances', 'TheDexApiFailing', 'TheDexApiSlow', 'TheDexBalanceBelowThreshold'];
      const rest = [
        ...names.map((name) => labelsOf(name, { account: 'main' })),
        labelsOf('TheDexApiSlow', { account: 'shop' }),
        labelsOf('TheDexApiFailing'),
      ];
      expect(await play(labelsOf('TheDexAuthRejected', { account: 'main' }), rest)).to.deep.equal([
        'firing TheDexApiFailing',
        'firing TheDexApiSlow shop',
        'firing TheDexAuthRejected main',
        'firing TheDexBalanceBelowThreshold main',
      ]);
    });

    it('no fresh balances silence that reads fail, not that they are slow', async () => {
      const rest = [
        labelsOf('TheDexApiFailing'),
        labelsOf('TheDexApiSlow'),
        labelsOf('TheDexApiFailing', { job: 'b' }),
      ];
      expect(await play(labelsOf('TheDexNoFreshBalances'), rest)).to.deep.equal([
        'firing TheDexApiFailing',
        'firing TheDexApiSlow',
        'firing TheDexNoFreshBalances',
      ]);
    });

    it('what was silenced is told when the reason is gone, and resolves', async () => {
      await play(labelsOf('TheDexAuthRejected'), [labelsOf('TheDexApiFailing')]);
      await rehearsal.report([labelsOf('TheDexAuthRejected')], 'resolved');
      await rehearsal.hears('resolved TheDexAuthRejected');
      await rehearsal.hears('firing TheDexApiFailing');
      await rehearsal.report([labelsOf('TheDexApiFailing')], 'resolved');
      await rehearsal.hears('resolved TheDexApiFailing');
    });
  });
});
