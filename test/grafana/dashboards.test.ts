import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { buildDashboards } from '../../grafana/src/dashboards.ts';
import { RUNBOOKS_URL } from '../../grafana/src/links.ts';
import { readDashboards } from './committed.ts';
import { allTargets, dataPanels, everyPanel, type DashboardModel } from './model.ts';
import { selectorsOf } from './promql.ts';

const GRID_WIDTH = 24;
/** What is left to the grid in a window of 1000 pixels, and what stands around a table in its panel, a scroll bar included. */
const GRID_AT_1000 = 976;
const AROUND_TABLE = 37;

describe('the committed dashboards', () => {
  it('are what the sources build: run `npm run dashboards` after a change', () => {
    const committed = (['dashboards', 'shared'] as const).flatMap((folder) =>
      readDashboards(folder).map(({ name, text }) => [`${folder}/${name}`, text]),
    );
    expect(Object.fromEntries(committed)).to.deep.equal(buildDashboards());
  });

  it('have the addresses that links and bookmarks rely on', () => {
    expect(readDashboards().map(({ model }) => [model.uid, model.title])).to.deep.equal([
      ['thedex-balances', 'TheDex / Balances'],
      ['thedex-exporter', 'TheDex / Exporter'],
    ]);
  });

  for (const { name, model } of readDashboards()) {
    describe(name, () => {
      it('is in the classic format that Grafana 10.4 to 13 load from a file', () => {
        expect(model.schemaVersion).to.equal(39);
        expect(model).not.to.have.any.keys('id', 'version', 'elements', 'layout');
      });

      it('gives every panel an id of its own', () => {
        const ids = everyPanel(model).map(({ id }) => id);
        expect(ids).to.deep.equal(ids.map((_id, index) => index + 1));
      });

      it('has no holes and no overlaps', () => {
        expect(holes(model)).to.deep.equal([]);
      });

      it('says why a panel is empty, in every panel', () => {
        for (const { title, fieldConfig } of dataPanels(model)) {
          expect(fieldConfig?.defaults.noValue, title).to.be.a('string').and.not.equal('');
        }
      });

      it('names every series that is not a row of a table', () => {
        for (const { panel, target } of allTargets(model).filter(({ target: { format } }) => format !== 'table')) {
          expect(target.legendFormat, `${panel.title} ${target.refId}`).to.be.a('string').and.not.equal('');
        }
      });

      it('asks for the metrics of the exporter and of Prometheus, and for nothing else', () => {
        const known = /^((account:)?thedex_|process_|nodejs_|up$|ALERTS$|ALERTS_FOR_STATE$)/;
        for (const { panel, target } of allTargets(model)) {
          for (const { metric } of selectorsOf(
            target.expr
              .replaceAll(/\$__\w+/g, '5m')
              .replaceAll('$replica', 'instance')
              .replaceAll('$zeros', '!= 0'),
          )) {
            expect(metric, panel.title).to.match(known);
          }
        }
      });

      it('leads to the other dashboard, keeping what is chosen, and to the runbooks', () => {
        const others = readDashboards().filter(({ model: { uid } }) => uid !== model.uid);
        const urls = model.links.map(({ url }) => url);
        expect(urls).to.deep.equal([...others.map(({ model: { uid } }) => `/d/${uid}`), RUNBOOKS_URL]);
        expect(model.links[0]).to.include({ type: 'link', includeVars: true, keepTime: true });
      });

      it('marks where critical alerts began, in ranges of up to two days, and nothing else', () => {
        const [{ expr } = { expr: '' }, ...others] = model.annotations.list;
        expect(others).to.deep.equal([]);
        const [alert = '', before = ''] = expr.split(' unless ');
        expect(alert).to.match(/^ALERTS\{.*severity=~"critical"/);
        expect(before).to.equal(`${alert} offset $__interval and on () vector($__range_s) <= 172800`);
      });

      it('leaves links and annotations where they can be seen', () => {
        expect(JSON.stringify(model)).not.to.contain('inControlsMenu');
      });

      it('leads from a panel only to panels that are there', () => {
        const targets = [...JSON.stringify(model).matchAll(/viewPanel=(\w+)/g)].map(([, id]) => Number(id));
        expect(everyPanel(model).map(({ id }) => id)).to.include.members(targets);
      });

      it('gives every number at the top a link to what explains it', () => {
        for (const { title, fieldConfig } of dataPanels(model).filter(({ type }) => type === 'stat')) {
          const ids = (fieldConfig?.overrides ?? []).flatMap(({ properties }) => properties.map(({ id }) => id));
          expect(ids, title).to.include('links');
        }
      });

      it('says for how long with one decimal everywhere, so that no two panels differ by half an hour', () => {
        for (const panel of dataPanels(model).filter(({ type }) => type === 'stat' || type === 'table')) {
          const { defaults, overrides } = panel.fieldConfig!;
          const units = [{ ...defaults }, ...overrides.map(({ properties }) => propertiesOf(properties))];
          expect(JSON.stringify(units), panel.title).not.to.contain('"dt');
          for (const { unit, decimals } of units) if (unit === 's') expect(decimals, panel.title).to.equal(1);
        }
      });

      it('has words of tables only in colours that can be read on white, a dash for what is missing included', () => {
        const readable = ['green', 'orange', 'red', 'blue', 'text'];
        const tables = dataPanels(model).filter(({ type }) => type === 'table');
        const columns = tables.flatMap(({ fieldConfig }) =>
          fieldConfig!.overrides.map((one) => propertiesOf(one.properties)),
        );
        const words = columns.filter((column) => cellType(column) === 'color-text');
        expect(words).not.to.deep.equal([]);
        for (const column of words) expect(readable).to.include.members(colorsIn(column));
      });

      it('has tables that fit into a window of 1000 pixels, so that nothing is cut and nothing scrolls sideways', () => {
        for (const { title, gridPos, fieldConfig } of dataPanels(model).filter(({ type }) => type === 'table')) {
          const columns = fieldConfig!.overrides.map((one) => propertiesOf(one.properties));
          const room = (gridPos.w * GRID_AT_1000) / GRID_WIDTH - AROUND_TABLE;
          expect(widthOf(columns, room), title).to.be.at.most(room);
        }
      });

      it('has titles that are whole where there is no fiat to choose', () => {
        const headers = [
          ...JSON.stringify(model.panels).matchAll(/"(?:title|id":"displayName","value)":"([^"]*\$fiat[^"]*)"/g),
        ];
        for (const [, header = ''] of headers) expect(header.replace('$fiat', '').trim()).to.match(/^[\w ]+$/);
        if (model.uid === 'thedex-balances') expect(headers).to.have.length(2);
      });

      it('has no variable for instances, and none for jobs that can be seen', () => {
        const hidden = model.templating.list.filter(({ hide }) => hide === 2).map((variable) => variable.name);
        expect(hidden).to.include.members(['job']);
        expect(model.templating.list.map((variable) => variable.name)).not.to.include('instance');
      });
    });
  }

  it('link an alert to a runbook that has its name', () => {
    const sources = readFileSync(new URL('../../grafana/dashboards/balances.json', import.meta.url), 'utf8');
    expect(sources).to.contain(`${RUNBOOKS_URL}#TheDex\${__value.raw}`);
  });

  it('leaves alerts on balances to the dashboard of balances', () => {
    const marked = readDashboards().map(({ model }) => model.annotations.list[0]?.expr ?? '');
    const names = /alertname=~"([^"]*)"\}/;
    const ofReads = new RegExp(`^(${names.exec(marked[1] ?? '')?.[1] ?? ''})$`);
    expect('TheDexBalanceBelowThreshold').not.to.match(ofReads);
    expect('TheDexValueBelowThreshold').not.to.match(ofReads);
    expect('TheDexNoFreshBalances').to.match(ofReads);
    expect('TheDexExporterDown').to.match(ofReads);
  });
});

function propertiesOf(
  properties: readonly { readonly id: string; readonly value?: unknown }[],
): Record<string, unknown> {
  return Object.fromEntries(properties.map(({ id, value }) => [id, value]));
}

/** Grafana gives all columns without a width equal parts of what is left, or what they need at least. */
function widthOf(columns: readonly Readonly<Record<string, unknown>>[], room: number): number {
  const fixed = columns.map((column) => Number(column['custom.width'] ?? 0));
  const left = room - fixed.reduce((sum, width) => sum + width, 0);
  const flexible = columns.filter((column) => column['custom.width'] === undefined);
  const needed = flexible.map((column) => Math.max(Number(column['custom.minWidth'] ?? 0), left / flexible.length));
  return room - left + needed.reduce((sum, width) => sum + width, 0);
}

function cellType(column: Readonly<Record<string, unknown>>): string | undefined {
  return (column['custom.cellOptions'] as { type?: string } | undefined)?.type;
}

/** Every colour that the thresholds and mappings of a column name. */
function colorsIn(column: Readonly<Record<string, unknown>>): string[] {
  return [...JSON.stringify(column).matchAll(/"color":"([^"]*)"/g)].map(([, color = '']) => color);
}

/** Cells of the grid that no panel covers, or that two do, as "x,y: panels". */
function holes({ panels }: DashboardModel): string[] {
  const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  const cells = Array.from({ length: height * GRID_WIDTH }, (_cell, index) => ({
    x: index % GRID_WIDTH,
    y: Math.floor(index / GRID_WIDTH),
  }));
  return cells
    .map(({ x, y }) => ({ x, y, count: panels.filter(({ gridPos }) => covers(gridPos, x, y)).length }))
    .filter(({ count }) => count !== 1)
    .map(({ x, y, count }) => `${x},${y}: ${count}`);
}

function covers(at: { x: number; y: number; w: number; h: number }, x: number, y: number): boolean {
  return x >= at.x && x < at.x + at.w && y >= at.y && y < at.y + at.h;
}
