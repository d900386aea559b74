import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTextDisplayOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DynamicConfigValue,
  type Threshold,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DATASOURCE } from './variables.ts';

/** Why panels about exporters may be empty. */
export const NO_EXPORTER = "No exporter's own page is scraped here";

/** What every panel must say for itself. */
export interface PanelText {
  readonly title: string;
  /** What the numbers mean, and what to make of them. */
  readonly description: string;
  /** One of Grafana's unit ids. */
  readonly unit: string;
  /** Shown instead of "No data": why there may be none. */
  readonly empty: string;
}

/** Colour steps: below the first number the base colour applies, from each number on its colour. */
export function steps(
  base: string,
  ...more: readonly (readonly [from: number, color: string])[]
): ThresholdsConfigBuilder {
  return thresholds([null, base], ...more);
}

function thresholds(...all: readonly (readonly [from: number | null, color: string])[]): ThresholdsConfigBuilder {
  const levels = all.map(([value, color]): Threshold => ({ value, color }));
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(levels);
}

/** Below every number there is: what lies under it is no number at all. */
const LOWEST = -1e15;

/** Colours for numbers from low to high; where there is no number, the text that says why is not coloured. */
export function grades(
  lowest: string,
  ...more: readonly (readonly [from: number, color: string])[]
): ThresholdsConfigBuilder {
  // Grafana takes a first step without a number for 0 when it looks where a negative number belongs.
  return thresholds([10 * LOWEST, 'transparent'], [LOWEST, lowest], ...more);
}

/** The same for the words of a table, where the colour is that of the text itself. */
export function wordGrades(
  lowest: string,
  ...more: readonly (readonly [from: number, color: string])[]
): ThresholdsConfigBuilder {
  return thresholds([10 * LOWEST, 'text'], [LOWEST, lowest], ...more);
}

/** A link from what a panel shows to what explains it. */
interface Explanation {
  readonly title: string;
  readonly url: string;
}

/** One big number with a background that tells whether it is fine, the name of what it is about, and a link. */
export function verdict(text: PanelText, explained: Explanation): StatBuilder {
  return dressed(new StatBuilder(), text)
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.ValueAndName)
    .justifyMode(BigValueJustifyMode.Center)
    .wideLayout(false)
    .decimals(0)
    .text(new VizTextDisplayOptionsBuilder().titleSize(12))
    .reduceOptions(lastValue())
    .overrideByRegexp('.*', properties({ links: [explained] }));
}

/** One failed read among good ones is bridged by a line; a longer gap, in milliseconds, stays a gap. */
const LONGEST_BRIDGE = 600_000;

/** The names of the series in a line below the panel, which tells them apart without a mouse. */
export function legendBelow(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .calcs([]);
}

/** Lines over time, with gaps where nothing could be read. */
export function timeseries(text: PanelText): TimeseriesBuilder {
  return (
    dressed(new TimeseriesBuilder(), text)
      .lineWidth(2)
      .fillOpacity(0)
      .showPoints(VisibilityMode.Never)
      .spanNulls(LONGEST_BRIDGE)
      .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
      .legend(legendBelow())
      // oxlint-disable-next-line unicorn/no-array-sort -- a builder's method, not an array's
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  );
}

/** Areas on top of each other, which together are the whole. */
export function stacked(text: PanelText): TimeseriesBuilder {
  return timeseries(text)
    .lineWidth(1)
    .fillOpacity(40)
    .axisSoftMin(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** A line at one value, across the graph. */
export function lineAt(value: number, color: string): [ThresholdsConfigBuilder, GraphThresholdsStyleConfigBuilder] {
  return [
    steps('transparent', [value, color]),
    new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed),
  ];
}

/** Properties for one column or series, as Grafana's overrides want them. */
export function properties(values: Readonly<Record<string, unknown>>): DynamicConfigValue[] {
  return Object.entries(values).map(([id, value]) => ({ id, value }));
}

/** One colour for the series of one query; several series get shades of it. */
export function shadesOf(color: string): { mode: FieldColorModeId; fixedColor: string } {
  return { mode: FieldColorModeId.Shades, fixedColor: color };
}

function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);
}

interface Dressable {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  noValue(noValue: string): this;
  datasource(datasource: typeof DATASOURCE): this;
}

/** Gives a panel what every panel must say for itself. */
export function dressed<Builder extends Dressable>(
  builder: Builder,
  { title, description, unit, empty }: PanelText,
): Builder {
  return builder.datasource(DATASOURCE).title(title).description(description).unit(unit).noValue(empty);
}
