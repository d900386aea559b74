import { expect } from 'chai';
import { readDashboards } from './committed.ts';
import { RULES } from './linter.ts';
import type { DashboardModel } from './model.ts';

/** What we do on purpose against a rule, and why. */
const EXCEPTIONS: readonly { rule: string; where: RegExp; reason: string }[] = [
  {
    rule: 'target-job-rule',
    where: /^panel (Alerts|Firing alerts|Needs attention) [A-Z]: ALERTS(_FOR_STATE)?$/,
    reason: 'An alert about a target that does not exist has no job, so the matcher is "$job|".',
  },
];

/** One fault for each rule, made in a dashboard that has none. */
const FAULTS: Readonly<Record<string, (json: string) => string>> = {
  'template-datasource-rule': (json) => json.replace('"Data source"', '"Source"'),
  'template-job-rule': (json) => json.replaceAll('"allValue": ".+"', '"allValue": ".*"'),
  'template-label-promql-rule': (json) => json.replace('"query": "label_values(', '"query": "labels('),
  'template-on-time-change-reload-rule': (json) => json.replace('"refresh": 2', '"refresh": 1'),
  'panel-datasource-rule': (json) => json.replaceAll('"uid": "${datasource}"', '"uid": "prometheus"'),
  'panel-title-description-rule': (json) => json.replace(/"description": "Time since[^"]*"/, '"description": ""'),
  'panel-units-rule': (json) => json.replace('"unit": "percentunit"', '"unit": "percentage"'),
  'panel-no-targets-rule': (json) => json.replace('"targets": [', '"formerTargets": ['),
  'target-promql-rule': (json) => json.replace('"expr": "sum(', '"expr": "sum(('),
  'target-rate-interval-rule': (json) => json.replaceAll('[$__rate_interval]', '[5m]'),
  'target-job-rule': (json) => json.replaceAll('thedex_up{job=~\\"$job\\", ', 'thedex_up{'),
  'target-counter-agg-rule': (json) => json.replaceAll('rate(thedex', 'deriv(thedex'),
  'target-logql-rule': (json) => json.replace('"query": "prometheus"', '"query": "loki"'),
  'target-logql-auto-rule': (json) => json.replace('"query": "prometheus"', '"query": "loki"'),
  'uneditable-dashboard': (json) => json.replace('"editable": false', '"editable": true'),
};

describe("Grafana's dashboard-linter", () => {
  const dashboards = readDashboards();

  for (const [rule, check] of Object.entries(RULES)) {
    const exceptions = EXCEPTIONS.filter((one) => one.rule === rule);

    it(`${rule}: is kept by every dashboard`, () => {
      const problems = dashboards.flatMap(({ model, name }) => check(model).map((text) => ({ name, text })));
      expect(problems.filter(({ text }) => !exceptions.some(({ where }) => where.test(text)))).to.deep.equal([]);
      for (const { where, reason } of exceptions) {
        expect(
          problems.some(({ text }) => where.test(text)),
          `an exception that nothing needs: ${reason}`,
        ).to.equal(true);
      }
    });

    it(`${rule}: is found where it is broken`, () => {
      const found = dashboards.flatMap(({ text }) => {
        const broken = FAULTS[rule]?.(text) ?? text;
        return broken === text ? [] : check(JSON.parse(broken) as DashboardModel);
      });
      expect(found.filter((text) => !exceptions.some(({ where }) => where.test(text)))).not.to.deep.equal([]);
    });
  }
});
