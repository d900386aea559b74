import { RowBuilder, type DashboardBuilder, type GridPos } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';

/** Grafana's grid is 24 columns wide. */
const GRID_WIDTH = 24;

/** What all panel builders have in common, as far as the layout needs it. */
export interface PlaceablePanel extends Builder<Panel> {
  id(id: number): unknown;
  gridPos(position: GridPos): unknown;
  withTarget(target: Builder<Dataquery>): unknown;
}

/** Panels side by side, as wide as given and equally high; the widths add up to the whole grid. */
export interface Line {
  readonly height: number;
  readonly panels: readonly (readonly [width: number, panel: PlaceablePanel])[];
}

export interface Section {
  /** The heading; the first section usually has none. */
  readonly title?: string;
  /** Closed until somebody opens it, so that its queries do not run. */
  readonly collapsed?: true;
  readonly lines: readonly Line[];
}

/**
 * Puts sections one below the other, without holes, and numbers the panels in reading order.
 *
 * @throws Error if a line does not fill the width
 */
export function placeSections(dashboard: DashboardBuilder, sections: readonly Section[]): void {
  let id = 1;
  let y = 0;
  for (const { title, collapsed, lines } of sections) {
    const row =
      title === undefined ? undefined : new RowBuilder(title).id(id).gridPos({ h: 1, w: GRID_WIDTH, x: 0, y });
    if (row !== undefined) {
      dashboard.withRow(row.collapsed(collapsed === true));
      id += 1;
      y += 1;
    }
    for (const { height, panels } of lines) {
      let x = 0;
      for (const [width, panel] of panels) {
        panel.id(id);
        panel.gridPos({ h: height, w: width, x, y });
        if (row !== undefined && collapsed === true) row.withPanel(panel);
        else dashboard.withPanel(panel);
        id += 1;
        x += width;
      }
      if (x !== GRID_WIDTH) {
        throw new Error(`a line of '${title ?? 'the first section'}' is ${x} wide, not ${GRID_WIDTH}`);
      }
      y += height;
    }
    // What a closed row holds has its place below the row, and takes no room while it is closed.
    if (collapsed === true) y -= lines.reduce((sum, { height }) => sum + height, 0);
  }
}
