import { createHash } from 'node:crypto';

/** The page's only style sheet. Colours are chosen for a contrast of at least 4.5 between text and ground. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --card: #ffffff; --ink: #17212b; --muted: #4c5866; --line: #d3dae2; --link: #0b51b3;
  --ok: #0f6a3d; --ok-ground: #e2f4e9; --bad: #a3142b; --bad-ground: #fdeaec;
  --low: #7a4700; --low-ground: #fdf1d8; --idle: #47535f; --idle-ground: #e8ecf0;
  --track: #dde3e9; --mark: #17212b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1319; --card: #161d26; --ink: #e7edf3; --muted: #a6b2bf; --line: #2c3744; --link: #8dbbff;
    --ok: #7fe0a9; --ok-ground: #113020; --bad: #ffa0aa; --bad-ground: #41161c;
    --low: #ffd07a; --low-ground: #3a2a0a; --idle: #b8c4d0; --idle-ground: #252f3a;
    --track: #2b3643; --mark: #e7edf3;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 80rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1, h2, h3 { line-height: 1.2; margin: 0; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.3rem; }
h3 { font-size: 1.15rem; }
p { margin: 0.4rem 0; }
ul { list-style: none; margin: 0; padding: 0; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.4rem 0.8rem; background: var(--card); z-index: 2; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.top { border-bottom: 1px solid var(--line); padding-bottom: 1rem; margin-bottom: 1.5rem; }
.build, .legend, .note, .source, .situation, .age, footer, caption { color: var(--muted); }
.revision { font-family: ui-monospace, monospace; }
.top ul, .filter ul { display: flex; flex-wrap: wrap; gap: 0.4rem 1.2rem; margin-top: 0.5rem; }
.filter ul { gap: 0.5rem; margin: 0.75rem 0; }
.filter a, .badge {
  display: inline-block; padding: 0.1rem 0.7rem; border-radius: 1rem; background: var(--idle-ground); color: var(--idle);
  font-weight: 600; font-size: 0.95rem; text-decoration: none;
}
.filter a { padding: 0.25rem 0.8rem; }
.filter a:hover { text-decoration: underline; }
.filter a[aria-current] { box-shadow: inset 0 0 0 2px currentcolor; }
.filter .ok, .badge.ok { background: var(--ok-ground); color: var(--ok); }
.filter .failing, .badge.failing { background: var(--bad-ground); color: var(--bad); }
.filter .low, .badge.low { background: var(--low-ground); color: var(--low); }
form { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin: 0.75rem 0; }
input, button {
  font: inherit; padding: 0.3rem 0.7rem; border: 1px solid var(--muted); border-radius: 0.4rem; background: var(--card);
  color: var(--ink); min-width: 0;
}
input { flex: 0 1 20rem; }
button { cursor: pointer; }
.card {
  background: var(--card); border: 1px solid var(--line); border-left: 0.35rem solid var(--idle); border-radius: 0.6rem;
  padding: 1rem 1.2rem; margin: 1rem 0;
}
.card.ok { border-left-color: var(--ok); }
.card.failing { border-left-color: var(--bad); }
.card.low { border-left-color: var(--low); }
.card > header { display: flex; flex-wrap: wrap; align-items: center; gap: 0.3rem 0.8rem; }
.badges { display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0; }
.source { margin: 0 0 0 auto; font-size: 0.9rem; }
.situation strong { color: var(--ink); }
.failing .situation > strong, .old { color: var(--bad); }
.scrapes { display: grid; grid-template-columns: minmax(0, 15rem) minmax(0, 1fr); gap: 0 1.2rem; align-items: center; margin: 0.8rem 0; }
.strip { width: 100%; height: auto; display: block; border-bottom: 1px solid var(--line); }
.strip .succeeded rect { fill: var(--ok); }
.strip .failed rect { fill: var(--bad-ground); stroke: var(--bad); }
.strip .failed path { stroke: var(--bad); stroke-width: 1.5; fill: none; }
.strip .empty { fill: var(--muted); }
.legend { font-size: 0.9rem; margin: 0; }
details { grid-column: 1 / -1; font-size: 0.9rem; margin-top: 0.4rem; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
.scroll { overflow-x: auto; margin-top: 0.8rem; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; }
caption { text-align: left; padding-bottom: 0.4rem; font-size: 0.9rem; }
.age { margin-top: 0.8rem; }
th, td { text-align: left; padding: 0.35rem 0 0.35rem 1rem; border-top: 1px solid var(--line); vertical-align: top; }
th:first-child { padding-left: 0; }
thead th { border-top: 0; color: var(--muted); font-weight: 600; font-size: 0.9rem; vertical-align: bottom; }
tbody th { font-weight: 600; }
.balances tbody th { overflow-wrap: anywhere; min-width: 9rem; font-size: 0.95rem; }
.balances .number { text-align: right; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.balances thead .number { white-space: normal; }
.balances td { font-size: 0.9rem; }
.history { width: auto; }
.history th { font-weight: 400; }
.check { white-space: nowrap; font-variant-numeric: tabular-nums; }
.worth .check { display: flex; align-items: center; gap: 0.5rem; }
.check.below { color: var(--low); }
.bar { display: block; width: 8rem; height: 0.67rem; margin: 0.4rem 0 0.2rem; flex: none; }
.bar .track { fill: var(--track); }
.bar .level { fill: var(--ok); }
.below .bar .level { fill: var(--low); }
.bar .mark { stroke: var(--mark); stroke-width: 2; }
.discrepancy { color: var(--bad); font-size: 0.85rem; white-space: normal; }
.worth { display: flex; flex-wrap: wrap; gap: 0.2rem 0.8rem; align-items: center; }
.old-data .worth, .old-data .balances tbody { color: var(--muted); font-style: italic; }
.pager { display: flex; flex-wrap: wrap; gap: 0.8rem; align-items: center; margin: 1rem 0; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 0.8rem; font-size: 0.9rem; }
@media (max-width: 40rem) {
  body { padding: 1rem 0.75rem 2rem; }
  .card { padding: 0.8rem 0.9rem; }
  .source { margin-left: 0; flex-basis: 100%; }
  .scrapes { grid-template-columns: minmax(0, 1fr); gap: 0.4rem; }
  .balances, .balances caption, .balances tbody, .balances tr, .balances td, .balances tbody th { display: block; }
  .balances thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .balances tr { border-top: 1px solid var(--line); padding: 0.5rem 0; }
  .balances td, .balances tbody th { border: 0; padding: 0.1rem 0; }
  .balances td[data-label] { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: 0.5rem; white-space: normal; }
  .balances td[data-label]::before { content: attr(data-label); color: var(--muted); text-align: left; }
  .balances td > div { text-align: right; }
  .balances .bar { margin-left: auto; }
  .balances caption { padding-bottom: 0.8rem; }
  .check { white-space: normal; }
}
`;

/**
 * The page's Content-Security-Policy: no script, no picture, no font, no frame and no other host; of styles only the
 * one in the page, known by its hash.
 */
export const LANDING_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
