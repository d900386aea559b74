import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { adaptPrometheusConfig } from '../../scripts/adapt-prometheus-config.ts';
import { FLAGS, variableOf } from '../../src/config/flags.ts';
import { readSettings } from '../../src/config/read.ts';
import { requireTool } from '../support/tools.ts';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

/** Of the Compose specification, what this file uses: a misspelled key would be one that nobody reads. */
const SERVICE_KEYS = (
  'image build command profiles ports volumes environment depends_on networks healthcheck restart read_only ' +
  'cap_drop security_opt logging mem_limit tmpfs'
).split(' ');

/** The exporter's service of each profile. */
const EXPORTERS = { live: 'exporter', sandbox: 'sandbox' };

describe('compose.yaml', () => {
  const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly volumes: Readonly<Record<string, unknown>>;
  };
  const services = Object.entries(compose.services);
  const servicesOf = (profile: string) =>
    services.filter(([, { profiles = [] }]) => profiles.includes(profile)).map(([name]) => name);

  it('uses keys of the specification only', () => {
    for (const [name, service] of services) expect(SERVICE_KEYS, name).to.include.members(Object.keys(service));
  });

  it('opens ports on this machine alone', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports).not.to.deep.equal([]);
    for (const port of ports) expect(port).to.match(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('pins every image to a whole version', () => {
    for (const [name, { image }] of services) expect(image, name).to.match(/:v?\d+\.\d+\.\d+$/);
  });

  it('runs everything read-only and without capabilities', () => {
    for (const [name, service] of services) {
      expect(service, name).to.deep.include({ read_only: true, cap_drop: ['ALL'] });
      expect(service.security_opt, name).to.include('no-new-privileges:true');
    }
  });

  it('offers two sets of services, and starts the one without keys where nobody says which', () => {
    const [others, invented] = [['prometheus', 'alertmanager', 'grafana'], 'sandbox'];
    expect(servicesOf('live')).to.have.members(['exporter', ...others]);
    expect(servicesOf('sandbox')).to.have.members([invented, ...others.map((name) => `${invented}-${name}`)]);
    expect(services.filter(([, { profiles = [] }]) => profiles.length !== 1)).to.deep.equal([]);
    expect(readFileSync('.env', 'utf8')).to.match(/^COMPOSE_PROFILES=sandbox$/m);
  });

  it('keeps what is invented apart: neither a volume nor the name of a target is that of the other set', () => {
    const volumesOf = (profile: string) =>
      servicesOf(profile)
        .flatMap((name) => compose.services[name]?.volumes ?? [])
        .map((volume) => volume.split(':')[0] ?? '')
        .filter((source) => !source.startsWith('.'));
    expect(volumesOf('live')).to.have.lengthOf(3);
    expect(volumesOf('sandbox')).not.to.have.any.members(volumesOf('live'));
    const [live, sandbox] = ['live', 'sandbox'].map((profile) => readConfig(profile).scrape_configs);
    expect(JSON.stringify(live)).not.to.contain('sandbox');
    expect(JSON.stringify(sandbox)).not.to.contain('exporter');
  });

  it('lets the scenarios of the sandbox be switched from this machine', () => {
    const { command = [], ports = [] } = compose.services['sandbox'] ?? {};
    expect(command).to.include.members(['--sandbox.port=10056', '--sandbox.all-addresses']);
    expect(ports).to.include('127.0.0.1:10056:10056');
  });

  it('gives keys to the live exporter alone, as files', () => {
    for (const [name, { volumes = [], environment = {} }] of services) {
      const secret = volumes.filter((volume) => volume.includes('secrets'));
      expect(secret, name).to.deep.equal(name === 'exporter' ? ['./secrets/live:/run/secrets:ro'] : []);
      expect(Object.keys(environment)).not.to.include.any.members(['THEDEX_API_KEY', 'THEDEX_SECRET_KEY']);
    }
    expect(readFileSync('.gitignore', 'utf8').split('\n')).to.include('secrets/');
  });

  it('sets only variables and flags that the exporter knows', () => {
    const variables = FLAGS.map(({ name }) => variableOf(name));
    const flags = FLAGS.map(({ name }) => `--${name}`);
    for (const name of ['exporter', 'sandbox']) {
      const { environment = {}, command = [] } = compose.services[name] ?? {};
      expect(variables).to.include.members(Object.keys(environment));
      expect(flags).to.include.members(command.map((word) => word.split('=')[0]));
    }
  });

  it('mounts files that exist, and volumes that are defined', () => {
    for (const source of services.flatMap(([, { volumes = [] }]) =>
      volumes.map((volume) => volume.split(':')[0] ?? ''),
    )) {
      // Whoever has keys makes it.
      if (source === './secrets/live') continue;
      expect(source.startsWith('.') ? existsSync(source) : source in compose.volumes, source).to.equal(true);
    }
  });

  it('waits for services that tell when they are healthy', () => {
    const awaited = services.flatMap(([, service]) => Object.entries(service.depends_on ?? {}));
    expect(awaited).not.to.deep.equal([]);
    for (const [name, { condition }] of awaited) {
      expect(condition).to.equal('service_healthy');
      expect(compose.services[name]?.healthcheck, name).to.have.property('test');
    }
  });

  for (const [profile, exporter] of Object.entries(EXPORTERS)) {
    it(`scrapes as the bundled prometheus.yml does, and sends its alerts to Alertmanager: ${profile}`, () => {
      const bundled = readFileSync('prometheus.yml', 'utf8');
      const moved = parse(adaptPrometheusConfig(bundled, { exporter: `${exporter}:10055`, interval: '1m' })) as Config;
      const { alerting, ...config } = readConfig(profile);
      expect({ ...config, global: { ...config.global, scrape_timeout: '1m' } }).to.deep.equal(moved);
      expect(config.global['scrape_timeout']).to.equal((parse(bundled) as Config).global['scrape_timeout']);
      expect(alerting).to.deep.equal({ alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] });
    });

    it(`holds a configuration of the exporter that it accepts: ${profile}`, async () => {
      const flags = { 'config.file': `compose/${profile}/config.yml` };
      const env = { THEDEX_API_KEY: 'some-key', THEDEX_SECRET_KEY: 'some-secret' };
      expect((await readSettings({ flags, env })).warnings).to.deep.equal([]);
    });
  }

  it('silences the alerts that the example for Alertmanager silences', () => {
    const [own, example] = ['compose/alertmanager.yml', 'alerts/alertmanager.yml'].map(
      (file) => (parse(readFileSync(file, 'utf8')) as { inhibit_rules: unknown }).inhibit_rules,
    );
    expect(own).to.deep.equal(example);
  });

  it('holds configurations that promtool and amtool accept', function () {
    const promtool = requireTool(this, 'promtool');
    const amtool = requireTool(this, 'amtool');
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    try {
      cpSync('alerts/thedex.rules.yml', join(folder, 'alerts/thedex.rules.yml'));
      for (const profile of Object.keys(EXPORTERS)) {
        cpSync(`compose/${profile}/prometheus.yml`, join(folder, 'prometheus.yml'));
        execFileSync(promtool, ['check', 'config', join(folder, 'prometheus.yml')], { stdio: 'pipe' });
      }
      execFileSync(amtool, ['check-config', 'compose/alertmanager.yml'], { stdio: 'pipe' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function readConfig(profile: string): Config {
  return parse(readFileSync(`compose/${profile}/prometheus.yml`, 'utf8')) as Config;
}

interface Config {
  readonly scrape_configs: readonly unknown[];
  readonly global: Readonly<Record<string, string>>;
  readonly alerting?: unknown;
}
