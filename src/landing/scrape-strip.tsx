import type { ComponentChildren, JSX } from 'preact';
import { HISTORY_LENGTH, type PastScrape } from '../scrape/history.ts';
import { countInWords, durationInWords, momentInWords, REASON_WORDS } from './words.ts';

// The picture's measures, in units of its own.
const SLOT = 12;
const BAR = 8;
const HEIGHT = 36;
const SHORTEST_BAR = 6;
const MARK = 2.5;

/** The last scrapes as a strip of bars, oldest first, and as a table for who wants to read them. */
export function ScrapeStrip({ scrapes }: { readonly scrapes: readonly PastScrape[] }): JSX.Element | null {
  if (scrapes.length === 0) return null;
  const longest = Math.max(...scrapes.map(({ durationSeconds }) => durationSeconds));
  const offset = HISTORY_LENGTH - scrapes.length;
  const width = HISTORY_LENGTH * SLOT;
  return (
    <div class="scrapes">
      <svg class="strip" viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={describe(scrapes)}>
        {Array.from({ length: offset }, (_, slot) => (
          <circle class="empty" cx={slot * SLOT + SLOT / 2} cy={HEIGHT - 2} r="1.5" />
        ))}
        {scrapes.map((scrape, index) => (
          <Bar scrape={scrape} x={(offset + index) * SLOT + (SLOT - BAR) / 2} longest={longest} />
        ))}
      </svg>
      <p class="legend">
        {describe(scrapes)} The longest took {durationInWords(longest)}.
      </p>
      <details>
        <summary>{countInWords(scrapes.length, 'scrape')} in words</summary>
        <ScrapeTable scrapes={scrapes} />
      </details>
    </div>
  );
}

function Bar({ scrape, x, longest }: { scrape: PastScrape; x: number; longest: number }): JSX.Element {
  const share = longest > 0 ? Math.sqrt(scrape.durationSeconds / longest) : 0;
  const height = SHORTEST_BAR + share * (HEIGHT - SHORTEST_BAR);
  const [middle, top] = [x + BAR / 2, Math.min(HEIGHT - height + MARK + 1.5, HEIGHT - MARK - 0.5)];
  const failed = scrape.failure !== undefined;
  return (
    <g class={failed ? 'failed' : 'succeeded'}>
      <title>{`${momentInWords(scrape.atMs)}: ${outcomeOf(scrape)}, ${durationInWords(scrape.durationSeconds)}`}</title>
      <rect x={x} y={HEIGHT - height} width={BAR} height={height} rx="1.5" />
      {failed && (
        <path d={`M${middle - MARK} ${top - MARK}l${2 * MARK} ${2 * MARK}m0 ${-2 * MARK}l${-2 * MARK} ${2 * MARK}`} />
      )}
    </g>
  );
}

function ScrapeTable({ scrapes }: { readonly scrapes: readonly PastScrape[] }): JSX.Element {
  return (
    <table class="history">
      <caption>The last scrapes, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Began</th>
          <th scope="col">Outcome</th>
          <th scope="col" class="number">
            Took
          </th>
        </tr>
      </thead>
      <tbody>
        {scrapes.toReversed().map((scrape) => (
          <tr>
            <th scope="row">{momentInWords(scrape.atMs)}</th>
            <td>
              <Outcome scrape={scrape} />
            </td>
            <td class="number">{durationInWords(scrape.durationSeconds)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Outcome({ scrape: { failure } }: { scrape: PastScrape }): ComponentChildren {
  if (failure === undefined) return '✓ OK';
  return (
    <>
      ✗ <strong>{failure}</strong>: {REASON_WORDS[failure]}
    </>
  );
}

function outcomeOf({ failure }: PastScrape): string {
  return failure === undefined ? 'OK' : `failed, ${failure}`;
}

function describe(scrapes: readonly PastScrape[]): string {
  const failures = scrapes.flatMap(({ failure }) => failure ?? []);
  const which = scrapes.length === 1 ? 'One scrape so far' : `Last ${scrapes.length} scrapes`;
  if (failures.length === 0) return `${which}: none failed.`;
  return `${which}: ${failures.length} failed (${[...new Set(failures)].join(', ')}).`;
}
