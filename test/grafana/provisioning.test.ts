import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readDashboards } from './committed.ts';
import { dataPanels } from './model.ts';

const ROOT = new URL('../../', import.meta.url);

interface DataSources {
  readonly datasources: readonly {
    readonly uid: string;
    readonly type: string;
    readonly isDefault: boolean;
    readonly jsonData: { readonly timeInterval: string };
  }[];
}

interface Providers {
  readonly providers: readonly {
    readonly type: string;
    readonly folder: string;
    readonly allowUiUpdates: boolean;
    readonly options: { readonly path: string };
  }[];
}

interface SharedModel {
  readonly __inputs: readonly Readonly<Record<string, string>>[];
  readonly __requires: readonly { readonly type: string; readonly id: string }[];
}

/** Those that docs/dashboards.md shows. */
const PICTURES = [
  'dashboard-balances.png',
  'dashboard-balances-down.png',
  'dashboard-balances-narrow.png',
  'dashboard-exporter.png',
];

function readYaml(path: string): unknown {
  return parse(readFileSync(new URL(path, ROOT), 'utf8'), { strict: true });
}

describe("Grafana's provisioning", () => {
  it('has one data source: Prometheus, not the default, with a fixed uid', () => {
    const { datasources } = readYaml('grafana/provisioning/datasources/prometheus.yaml') as DataSources;
    expect(datasources).to.have.length(1);
    expect(datasources[0]).to.include({ type: 'prometheus', uid: 'thedex-prometheus', isDefault: false });
  });

  it('has the same data source in compose, whose Grafana has no other: there it is the default', () => {
    const [own, composed] = ['grafana/provisioning/datasources', 'compose/datasources'].map(
      (folder) => readYaml(`${folder}/prometheus.yaml`) as DataSources,
    );
    expect(composed?.datasources).to.deep.equal(own?.datasources.map((each) => ({ ...each, isDefault: true })));
    const { services } = readYaml('compose.yaml') as { services: Record<string, { volumes: readonly string[] }> };
    for (const name of ['grafana', 'sandbox-grafana']) {
      expect(services[name]?.volumes).to.include('./compose/datasources:/etc/grafana/provisioning/datasources:ro');
    }
  });

  it('tells Grafana the interval at which the bundled Prometheus scrapes', () => {
    const { datasources } = readYaml('grafana/provisioning/datasources/prometheus.yaml') as DataSources;
    const { global } = readYaml('prometheus.yml') as { global: { scrape_interval: string } };
    expect(datasources[0]?.jsonData.timeInterval).to.equal(global.scrape_interval);
  });

  it('loads the dashboards read-only into a folder of their own', () => {
    const { providers } = readYaml('grafana/provisioning/dashboards/thedex.yaml') as Providers;
    expect(providers).to.have.length(1);
    expect(providers[0]).to.include({ type: 'file', folder: 'TheDex', allowUiUpdates: false });
    expect(providers[0]?.options.path).to.equal('/var/lib/grafana/dashboards/thedex');
  });

  it('leaves the choice of the data source to the dashboards: none names a uid', () => {
    for (const { name, text } of readDashboards()) {
      const uids = [...text.matchAll(/"type": "prometheus",\s*"uid": "([^"]*)"/g)].map(([, uid]) => uid);
      expect(new Set(uids), name).to.deep.equal(new Set(['${datasource}']));
    }
  });
});

describe('the dashboards for sharing', () => {
  for (const { name, model, text } of readDashboards('shared')) {
    const shared = JSON.parse(text) as SharedModel;

    it(`${name} asks for its data source when it is imported`, () => {
      expect(shared.__inputs).to.have.length(1);
      expect(shared.__inputs[0]).to.include({ name: 'DS_PROMETHEUS', type: 'datasource', pluginId: 'prometheus' });
      const variable = model.templating.list.find(({ type }) => type === 'datasource');
      expect(variable?.current?.value).to.equal('${DS_PROMETHEUS}');
    });

    it(`${name} says what it needs: Grafana, Prometheus and each kind of panel`, () => {
      const required = (kind: string): string[] =>
        shared.__requires.filter(({ type }) => type === kind).map(({ id }) => id);
      expect(required('grafana')).to.deep.equal(['grafana']);
      expect(required('datasource')).to.deep.equal(['prometheus']);
      expect(required('panel')).to.have.members([...new Set(dataPanels(model).map(({ type }) => type))]);
    });

    it(`${name} is otherwise the one that is provisioned`, () => {
      const provisioned = readDashboards().find((one) => one.name === name)?.model;
      expect(model.panels).to.deep.equal(provisioned?.panels);
      expect(model.uid).to.equal(provisioned?.uid);
    });
  }
});

describe('the pictures of the dashboards', () => {
  for (const name of PICTURES) {
    it(`${name} is a PNG of less than 300 kB`, () => {
      const bytes = readFileSync(new URL(`docs/images/${name}`, ROOT));
      expect(bytes.subarray(1, 4).toString('latin1')).to.equal('PNG');
      expect(bytes.length).to.be.lessThan(300_000);
    });
  }
});
