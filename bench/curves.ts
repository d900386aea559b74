/** One curve: what something comes to for so many of something else. */
export interface Curve {
  readonly title: string;
  /** What the horizontal axis counts. */
  readonly of: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const COLUMNS = 3;
const WIDTH = 300;
const HEIGHT = 210;
const PLOT = { left: 46, right: 18, top: 34, bottom: 42 };
const TICKS = 4;

/** Draws curves side by side as an SVG that is readable on light and dark pages, with a line on how they were made. */
export function drawCurves(curves: readonly Curve[], made: string): string {
  const rows = Math.ceil(curves.length / COLUMNS);
  const [width, height] = [COLUMNS * WIDTH, rows * HEIGHT + 24];
  const panels = curves.map((curve, index) => {
    const [x, y] = [(index % COLUMNS) * WIDTH, Math.floor(index / COLUMNS) * HEIGHT];
    return `<g transform="translate(${x} ${y})">\n${drawCurve(curve)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">
<title>How the exporter grows with accounts and currencies</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${panels.join('\n')}
<text x="8" y="${height - 8}" fill="#555">${escapeXml(made)}</text>
</svg>
`;
}

function drawCurve({ title, of, points }: Curve): string {
  const mostX = Math.max(...points.map(([x]) => x));
  const mostY = roundUp(Math.max(...points.map(([, y]) => y)));
  const bottom = HEIGHT - PLOT.bottom;
  const placeX = (x: number) => round(PLOT.left + (x / mostX) * (WIDTH - PLOT.left - PLOT.right));
  const placeY = (y: number) => round(bottom - (y / mostY) * (bottom - PLOT.top));
  const lines = Array.from({ length: TICKS + 1 }, (_, index) => {
    const [x, y] = [(mostX * index) / TICKS, (mostY * index) / TICKS];
    return [
      `<path d="M${PLOT.left} ${placeY(y)}H${WIDTH - PLOT.right}" stroke="#ddd"/>`,
      `<text x="${PLOT.left - 6}" y="${placeY(y) + 4}" text-anchor="end" fill="#555">${label(y)}</text>`,
      `<text x="${placeX(x)}" y="${bottom + 16}" text-anchor="middle" fill="#555">${label(x)}</text>`,
    ].join('\n');
  });
  const places = points.map(([x, y]) => `${placeX(x)},${placeY(y)}`);
  const dots = points.map(
    ([x, y]) =>
      `<circle cx="${placeX(x)}" cy="${placeY(y)}" r="3" fill="#1f60c4"><title>${x}: ${label(y)}</title></circle>`,
  );
  return `<text x="8" y="18" font-weight="600" font-size="13" fill="#111">${escapeXml(title)}</text>
${lines.join('\n')}
<polyline points="${places.join(' ')}" fill="none" stroke="#1f60c4" stroke-width="2"/>
${dots.join('\n')}
<text x="${WIDTH / 2}" y="${HEIGHT - 8}" text-anchor="middle" fill="#555">${escapeXml(of)}</text>`;
}

/** The next of 1, 2, 4, 5 and 8 times a power of ten, which four steps divide well. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 8, 10].find((each) => each * power >= value) ?? 10) * power;
}

function label(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
