import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { LOG_LEVELS } from '../../src/lib/log.ts';
import { requireTool } from '../support/tools.ts';
import { CHART, findObject, type Helm, openHelm, parseObjects, RELEASE } from './helm.ts';
import { findMistakes } from './kubernetes-schema.ts';
import { checkConfiguration, podOf } from './pod.ts';

const VALUES = 'test/fixtures/chart/values';
const GOLDEN = 'test/fixtures/chart/golden';
/** `UPDATE_GOLDEN=1` writes the golden files anew; the difference is then for git, and for your eyes. */
const isUpdating = process.env['UPDATE_GOLDEN'] === '1';
const cases = readdirSync(VALUES).map((file) => basename(file, '.yaml'));
/** What it renders are other files of the project, which tests below compare with it. */
const WITHOUT_GOLDEN = 'rules-and-dashboards';

describe('the Helm chart', function () {
  this.timeout(120_000);
  let helm: Helm;
  const rendered = new Map<string, string>();

  before(async function () {
    helm = openHelm(this);
    await Promise.all(
      cases.map(async (name) => {
        const { ok, stdout, stderr } = await template('--values', join(VALUES, `${name}.yaml`));
        if (!ok) throw new Error(`${name}: ${stderr}`);
        rendered.set(name, stdout);
      }),
    );
  });

  const template = (...args: readonly string[]) => helm('template', ...RELEASE, CHART, ...args);
  const objectsOf = (name: string) => parseObjects(rendered.get(name) ?? '');

  for (const name of cases) {
    it(`passes helm lint --strict with the values ${name}`, async () => {
      const { ok, stdout, stderr } = await helm('lint', '--strict', CHART, '--values', join(VALUES, `${name}.yaml`));
      expect(ok, stdout + stderr).to.equal(true);
    });

    if (name === WITHOUT_GOLDEN) continue;
    it(`renders the golden output with the values ${name}`, () => {
      const golden = join(GOLDEN, `${name}.yaml`);
      if (isUpdating) writeFileSync(golden, rendered.get(name) ?? '');
      expect(rendered.get(name)).to.equal(readFileSync(golden, 'utf8'));
    });
  }

  it('renders only what Kubernetes and the Prometheus Operator define, with every value and field', async () => {
    const objects = cases.flatMap((name) => objectsOf(name).map((object) => ({ origin: name, object })));
    const kinds = new Set(objects.map(({ object }) => object.kind));
    expect([...kinds]).to.include.members(
      'ServiceMonitor PodMonitor Probe ScrapeConfig PrometheusRule Ingress HTTPRoute'.split(' '),
    );
    expect(await findMistakes(objects)).to.deep.equal([]);
  });

  it('gives each object a name of its own', () => {
    for (const name of cases) {
      const ids = objectsOf(name).map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
      expect(ids).to.deep.equal([...new Set(ids)]);
    }
  });

  it('runs without any privilege', () => {
    for (const name of cases) {
      const pod = podOf(objectsOf(name));
      expect(pod['automountServiceAccountToken']).to.equal(false);
      expect(pod['securityContext']).to.include({ runAsNonRoot: true, runAsUser: 65_532 });
      expect(pod['securityContext'].seccompProfile).to.deep.equal({ type: 'RuntimeDefault' });
      expect(pod['containers'][0].securityContext).to.deep.equal({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('mounts every volume that it defines, and defines every volume that it mounts', () => {
    for (const name of cases) {
      const pod = podOf(objectsOf(name));
      const mounts = (pod['containers'] as { volumeMounts?: { name: string }[] }[]).flatMap(
        (each) => each.volumeMounts ?? [],
      );
      const volumes = (pod['volumes'] as { name: string }[]).map((volume) => volume.name);
      expect(mounts.map((mount) => mount.name)).to.have.members(volumes);
    }
  });

  for (const name of cases.filter((each) => !each.startsWith('existing-'))) {
    it(`starts an exporter that accepts its configuration with the values ${name}`, function () {
      const { status, output } = checkConfiguration(objectsOf(name), requireTool(this, 'openssl'));
      expect(output).not.to.match(/error|expected|unknown/i);
      expect(status, output).to.equal(0);
    });
  }

  it("alerts with the project's own rules", () => {
    const { groups } = parse(readFileSync('alerts/thedex.rules.yml', 'utf8')) as { groups: unknown[] };
    expect(findObject(objectsOf('rules-and-dashboards'), 'PrometheusRule')['spec'].groups).to.deep.equal(groups);
  });

  it("holds the project's own dashboards, labelled for the sidecar of Grafana", () => {
    const maps = objectsOf('rules-and-dashboards').filter(
      ({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1',
    );
    const held = Object.assign({}, ...maps.map((map) => map['data'] as object)) as Record<string, string>;
    const files = readdirSync('grafana/dashboards').filter((file) => file.endsWith('.json'));
    expect(Object.keys(held)).to.have.members(files.map((file) => `thedex-${file}`));
    for (const file of files) {
      expect(JSON.parse(held[`thedex-${file}`] ?? '')).to.deep.equal(
        JSON.parse(readFileSync(`grafana/dashboards/${file}`, 'utf8')),
      );
    }
  });

  it('leaves out the alerts that are disabled, and adds labels to the others', async () => {
    const rule = ['--set', 'sandbox.enabled=true,prometheusRule.enabled=true'];
    const labels = [
      '--set',
      'prometheusRule.alertLabels.team=payments,prometheusRule.disabledAlerts={TheDexExporterAbsent}',
    ];
    const groups = findObject(parseObjects((await template(...rule, ...labels)).stdout), 'PrometheusRule')['spec']
      .groups as {
      rules: { alert?: string; labels?: Record<string, string> }[];
    }[];
    const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
    expect(alerts.map(({ alert }) => alert)).not.to.include('TheDexExporterAbsent');
    expect(alerts).not.to.deep.equal([]);
    for (const alert of alerts) expect(alert.labels).to.include({ team: 'payments' }).and.to.have.property('severity');
    const { ok, stderr } = await template(...rule, '--set', 'prometheusRule.disabledAlerts={NoSuchAlert}');
    expect(ok).to.equal(false);
    expect(stderr).to.include('there is no alert NoSuchAlert');
  });

  it('leaves the pods alone when a key, a threshold or a password changes, since the exporter picks them up', async () => {
    const deployments = await Promise.all(
      ['one', 'two'].map(async (key) => {
        const set = `credentials.apiKey=${key},credentials.secretKey=secret,thresholds.BTC=${key.length},web.config.basic_auth_users.${key}=x`;
        const { stdout } = await template('--set', set);
        return findObject(parseObjects(stdout), 'Deployment');
      }),
    );
    expect(deployments[0]).to.deep.equal(deployments[1]);
    expect(podOf([deployments[0]!])['containers'][0].args).to.include('--config.auto-reload-interval=30s');
  });

  it('changes one alert where it is told to', async () => {
    const set = (name: string) => `prometheusRule.overrides.${name}`;
    const changes = ['for=15m', 'keepFiringFor=1h', 'severity=info', 'labels.team=treasury'];
    const { stdout } = await template(
      '--set',
      'sandbox.enabled=true,prometheusRule.enabled=true,prometheusRule.alertLabels.team=payments',
      ...changes.flatMap((change) => ['--set', `${set('TheDexAuthRejected')}.${change}`]),
    );
    const rules = (
      findObject(parseObjects(stdout), 'PrometheusRule')['spec'].groups as { rules: Record<string, unknown>[] }[]
    ).flatMap((group) => group.rules);
    const changed = rules.find(({ alert }) => alert === 'TheDexAuthRejected');
    expect(changed).to.deep.include({ for: '15m', keep_firing_for: '1h' });
    expect(changed?.['labels']).to.include({ severity: 'info', team: 'treasury' });
    const other = rules.find(({ alert }) => alert === 'TheDexExporterDown');
    expect(other?.['labels']).to.include({ team: 'payments' }).and.not.to.include({ severity: 'info' });
    const { stderr } = await template(
      '--set',
      `sandbox.enabled=true,prometheusRule.enabled=true,${set('NoSuchAlert')}.for=1m`,
    );
    expect(stderr).to.include('prometheusRule.overrides: there is no alert NoSuchAlert');
  });

  it('gives all pods of a release one identity, by ServiceMonitor and PodMonitor alike', async () => {
    for (const [kind, endpoints] of [
      ['serviceMonitor', 'endpoints'],
      ['podMonitor', 'podMetricsEndpoints'],
    ] as const) {
      const { stdout } = await template('--set', `sandbox.enabled=true,${kind}.enabled=true`);
      const monitor = findObject(parseObjects(stdout), kind[0]?.toUpperCase() + kind.slice(1));
      expect(monitor['spec'][endpoints][0].relabelings).to.deep.equal([
        { targetLabel: 'instance', replacement: 'payments-thedex-exporter.shop.svc:10055' },
        { targetLabel: 'service', replacement: 'payments-thedex-exporter' },
      ]);
    }
  });

  it("puts the dashboards into a folder by the annotation that Grafana's sidecar reads", async () => {
    const set = 'sandbox.enabled=true,dashboards.enabled=true,dashboards.folder=Money';
    const maps = parseObjects((await template('--set', set)).stdout).filter(
      ({ metadata }) => metadata.labels?.['grafana_dashboard'],
    );
    expect(maps).not.to.deep.equal([]);
    for (const { metadata } of maps) expect(metadata).to.have.nested.property('annotations.grafana_folder', 'Money');
  });

  for (const [mistake, set, message] of [
    ['no account at all', '', 'no account: set credentials.existingSecret'],
    ['a key without its secret', 'credentials.apiKey=a', 'apiKey and secretKey belong together'],
    [
      'keys and a Secret with keys',
      'credentials.apiKey=a,credentials.secretKey=b,credentials.existingSecret=c',
      'exclude each other',
    ],
    ['an account without keys', 'accounts.shop.url=https://gateway.example', 'accounts.shop: set existingSecret'],
    [
      'the sandbox with keys',
      'sandbox.enabled=true,credentials.existingSecret=a',
      'sandbox.enabled and credentials exclude',
    ],
    [
      'two configurations',
      'existingConfigSecret=a,accounts.shop.existingSecret=b',
      'existingConfigSecret holds the whole',
    ],
    [
      'two monitors of one page',
      'sandbox.enabled=true,serviceMonitor.enabled=true,podMonitor.enabled=true',
      'enable one',
    ],
    [
      'two monitors of the accounts',
      'accounts.a.existingSecret=b,probe.enabled=true,scrapeConfig.enabled=true',
      'enable one',
    ],
    ['an Ingress to nothing', 'sandbox.enabled=true,ingress.enabled=true', 'ingress.enabled needs ingress.hosts'],
    ['an HTTPRoute without a gateway', 'sandbox.enabled=true,httpRoute.enabled=true', 'needs httpRoute.parentRefs'],
    ['a limit that is none', 'sandbox.enabled=true,alertLimits.BTC.drop=half', '/alertLimits/BTC/drop'],
    ['a Probe of nothing', 'sandbox.enabled=true,probe.enabled=true', 'probe.enabled needs accounts'],
    ['TLS without a certificate', 'sandbox.enabled=true,web.tls.enabled=true', 'web.tls.enabled needs a certificate'],
    ['an unknown value', 'sandbox.enabled=true,nonsense=1', "additional properties 'nonsense' not allowed"],
    ['an unknown value further down', 'sandbox.enable=true', "additional properties 'enable' not allowed"],
    ['a value of the wrong type', 'sandbox.enabled=maybe', 'got string, want boolean'],
    ['an account name that /probe would refuse', 'accounts.a/b.existingSecret=c', 'a/b'],
    ['an amount that is none', 'sandbox.enabled=true,thresholds.BTC=12abc', '/thresholds/BTC'],
  ] as const) {
    it(`refuses ${mistake}`, async () => {
      const { ok, stderr } = await template('--set', set);
      expect(ok).to.equal(false);
      expect(stderr).to.include(message);
    });
  }

  it('has a schema for every value, with levels and formats of the program', () => {
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as {
      properties: Record<string, { properties?: Record<string, { enum?: string[] }> }>;
    };
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'), { merge: true }) as Record<string, unknown>;
    expect(Object.keys(schema.properties)).to.have.members([...Object.keys(values), 'global']);
    for (const [name, value] of Object.entries(values)) {
      const { properties } = schema.properties[name] ?? {};
      if (properties === undefined || Object.keys(value as object).length === 0 || name.endsWith('Probe')) continue;
      expect(Object.keys(properties), name).to.have.members(Object.keys(value as object));
    }
    expect(schema.properties['log']?.properties?.['level']?.enum).to.deep.equal([...LOG_LEVELS]);
  });

  it('accepts every example of the documentation', async () => {
    const examples = readFileSync('docs/kubernetes.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g);
    const folder = mkdtempSync(join(tmpdir(), 'values-'));
    try {
      for (const [index, [, example = '']] of [...examples].entries()) {
        const file = join(folder, `${index}.yaml`);
        writeFileSync(file, example);
        const { ok, stderr } = await template('--set', 'credentials.existingSecret=keys', '--values', file);
        expect(ok, `${example}\n${stderr}`).to.equal(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is packaged with the rules and dashboards themselves, not links to them', async function () {
    const tar = requireTool(this, 'tar');
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    try {
      const { ok, stdout, stderr } = await helm('package', CHART, '--destination', folder);
      expect(ok, stderr).to.equal(true);
      const archive = /saved it to: (\S+)/.exec(stdout)?.[1] ?? '';
      execFileSync(tar, ['-xzf', archive, '-C', folder]);
      const unpacked = join(folder, 'thedex-exporter');
      expect(readFileSync(join(unpacked, 'files/thedex.rules.yml'), 'utf8')).to.equal(
        readFileSync('alerts/thedex.rules.yml', 'utf8'),
      );
      const values = resolve(VALUES, `${WITHOUT_GOLDEN}.yaml`);
      const fromPackage = await helm('template', ...RELEASE, archive, '--values', values);
      expect(fromPackage.stdout).to.equal(rendered.get(WITHOUT_GOLDEN));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
