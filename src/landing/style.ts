import { createHash } from 'node:crypto';

/** The page's only style sheet. Colours are chosen for a contrast of at least 4.5 between text and ground. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --card: #ffffff; --ink: #17212b; --muted: #4c5866; --line: #d3dae2; --link: #0b51b3;
  --ok: #0f6a3d; --ok-ground: #e2f4e9; --bad: #a3142b; --bad-ground: #fdeaec;
  --low: #7a4700; --low-ground: #fdf1d8; --idle: #47535f; --idle-ground: #e8ecf0; --track: #dde3e9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1319; --card: #161d26; --ink: #e7edf3; --muted: #a6b2bf; --line: #2c3744; --link: #8dbbff;
    --ok: #7fe0a9; --ok-ground: #113020; --bad: #ffa0aa; --bad-ground: #41161c;
    --low: #ffd07a; --low-ground: #3a2a0a; --idle: #b8c4d0; --idle-ground: #252f3a; --track: #2b3643;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1rem 1rem 3rem; max-width: 90rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1, h2 { line-height: 1.25; margin: 0; }
h1 { font-size: 1.6rem; padding: 0.7rem 1rem; border-radius: 0.5rem; background: var(--idle-ground); color: var(--idle); }
h2 { font-size: 1.15rem; }
p { margin: 0.4rem 0; }
ul { list-style: none; margin: 0; padding: 0; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.4rem 0.8rem; background: var(--card); z-index: 2; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.muted, footer { color: var(--muted); }
header ul, .filter ul, .facts { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin: 0.6rem 0; font-size: 0.95rem; }
.filter ul { gap: 0.5rem; margin: 0.4rem 0; }
.tools { display: flex; flex-wrap: wrap; gap: 0 1.5rem; justify-content: space-between; margin: 0.6rem 0; }
.tools form { margin: 0.2rem 0; flex: none; max-width: 100%; }
.filter a, .badge {
  display: inline-block; padding: 0.05rem 0.6rem; border-radius: 1rem; background: var(--idle-ground); color: var(--idle);
  font-weight: 600; font-size: 0.9rem; text-decoration: none;
}
.badge { white-space: nowrap; }
.filter a { padding: 0.25rem 0.8rem; }
.filter a:hover { text-decoration: underline; }
.filter a[aria-current] { box-shadow: inset 0 0 0 2px currentcolor; }
h1.ok, .filter .ok, .badge.ok { background: var(--ok-ground); color: var(--ok); }
h1.failing, h1.critical, .filter .failing, .badge.failing, .badge.critical { background: var(--bad-ground); color: var(--bad); }
h1.low, .filter .low, .badge.low, h1.doubtful, .filter .doubtful, .badge.doubtful { background: var(--low-ground); color: var(--low); }
form { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin: 0.75rem 0; }
input, button {
  font: inherit; padding: 0.25rem 0.7rem; border: 1px solid var(--muted); border-radius: 0.4rem; background: var(--card);
  color: var(--ink); min-width: 0;
}
input { width: 15rem; }
button { cursor: pointer; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; padding: 0.9rem 1.1rem; margin: 1rem 0; }
.facts { margin-bottom: 0; }
.failure { border-left: 0.3rem solid var(--bad); padding-left: 0.8rem; margin: 0.7rem 0; }
.failure strong, .old h2 strong, .critical { color: var(--bad); }
dl { margin: 0.6rem 0; }
dl > div { display: grid; grid-template-columns: minmax(7rem, 15rem) minmax(0, 1fr); gap: 0 1rem; padding: 0.1rem 0; }
dt { color: var(--muted); }
dd { margin: 0; }
.history { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 0 1.2rem; align-items: center; margin: 0.7rem 0; }
.history details { grid-column: 1 / -1; margin-top: 0.3rem; }
.strip { width: 100%; height: auto; display: block; border-bottom: 1px solid var(--line); }
.strip .succeeded { fill: var(--ok); }
.strip .failed { fill: var(--bad-ground); stroke: var(--bad); }
.strip .cross { stroke: var(--bad); stroke-width: 1.5; fill: none; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
pre { background: var(--ground); padding: 0.7rem; border-radius: 0.4rem; white-space: pre-wrap; margin: 0.5rem 0; }
table { border-collapse: collapse; overflow-wrap: break-word; font-size: 0.9rem; margin: 0.5rem 0; }
.stacked { width: 100%; }
.accounts { background: var(--card); border: 1px solid var(--line); }
th, td { text-align: left; padding: 0.35rem clamp(0.35rem, 0.6vw, 0.6rem); border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; color: var(--muted); font-weight: 600; vertical-align: bottom; }
thead a { color: inherit; white-space: nowrap; }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
.stacked tbody th { min-width: 10rem; }
.accounts tbody th { min-width: 7.5rem; }
.accounts td:last-child { overflow-wrap: anywhere; min-width: 9rem; }
time { white-space: nowrap; }
.number { text-align: right; }
.accounts .strip { width: clamp(6rem, 10vw, 9rem); }
.doubts li { margin-bottom: 0.2rem; }
.amount { font-variant-numeric: tabular-nums; user-select: all; }
.group { margin-right: 0.22em; }
.fraction { color: var(--muted); }
.check { font-variant-numeric: tabular-nums; min-width: 9rem; }
.check strong { white-space: nowrap; }
.check .name { font-weight: 600; }
.check.warning { color: var(--low); }
.check.critical { color: var(--bad); }
.check.warning .fraction, .check.critical .fraction { color: inherit; }
.bar { display: block; width: 8rem; max-width: 100%; height: auto; margin: 0.25rem 0 0.1rem; }
.bar .track { fill: var(--track); }
.bar .level { fill: var(--ok); }
.warning .bar .level { fill: var(--low); }
.critical .bar .level { fill: var(--bad); }
.bar .mark { stroke: var(--ink); stroke-width: 2; }
.value { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; align-items: center; margin: 0.5rem 0; }
.old .value, .old tbody { color: var(--muted); font-style: italic; }
.pager { display: flex; flex-wrap: wrap; gap: 0.9rem; align-items: center; margin: 0.8rem 0; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 0.8rem; font-size: 0.9rem; }
footer dl { columns: 30rem; }
footer dl > div { break-inside: avoid; }
@media (max-width: 960px) {
  .stacked, .stacked tbody, .stacked tr, .stacked td, .stacked tbody th { display: block; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .accounts thead { display: block; position: static; width: auto; height: auto; clip-path: none; }
  .accounts thead tr { display: flex; flex-wrap: wrap; }
  .accounts thead th { padding: 0.1rem 1rem 0.1rem 0; }
  .stacked tr { border-top: 1px solid var(--line); padding: 0.6rem 0; }
  .accounts .strip { width: 9rem; }
  .accounts tr { padding: 0.6rem 0.8rem; }
  .stacked td, .stacked tbody th { border: 0; padding: 0.1rem 0; }
  .stacked tbody th { font-size: 1rem; }
  .stacked td { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: 0.5rem; text-align: left; }
  .stacked td.nothing { display: none; }
  .stacked td::before { content: attr(data-label); color: var(--muted); }
}
@media (max-width: 600px) {
  body { padding: 0.6rem 0.6rem 2rem; }
  h1 { font-size: 1.3rem; padding: 0.6rem 0.8rem; }
  .card { padding: 0.7rem 0.8rem; }
  .history { grid-template-columns: minmax(0, 1fr); gap: 0.3rem; }
  dl > div { grid-template-columns: minmax(0, 1fr); }
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
