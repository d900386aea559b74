import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readDashboards } from './committed.ts';

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

function readYaml(path: string): unknown {
  return parse(readFileSync(new URL(path, ROOT), 'utf8'), { strict: true });
}

describe("Grafana's provisioning", () => {
  it('has one data source: Prometheus, the default, with a fixed uid', () => {
    const { datasources } = readYaml('grafana/provisioning/datasources/prometheus.yaml') as DataSources;
    expect(datasources).to.have.length(1);
    expect(datasources[0]).to.include({ type: 'prometheus', uid: 'thedex-prometheus', isDefault: true });
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

describe('the pictures of the dashboards', () => {
  for (const name of ['dashboard-balances.png', 'dashboard-exporter.png']) {
    it(`${name} is a PNG of less than 300 kB`, () => {
      const bytes = readFileSync(new URL(`docs/images/${name}`, ROOT));
      expect(bytes.subarray(1, 4).toString('latin1')).to.equal('PNG');
      expect(bytes.length).to.be.lessThan(300_000);
    });
  }
});
