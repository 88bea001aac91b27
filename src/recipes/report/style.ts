// The reports' style sheet: one column of text, figures in grids that fall to one column on a phone, light and dark
// by the reader's own preference, and plain black on white in print.

const light = `
  --paper: #fcfcfa; --ink: #1a1c20; --muted: #595f69; --line: #dcdcd6; --faint: #f1f1ec; --accent: #0064a0;
  --base: #6b7078; --warn: #a05a00; --s0: #0072b2; --s1: #d55e00; --s2: #008f68; --s3: #b0578d; --s4: #8c6a00; --s5: #4b4bb0;`;
const dark = `
  --paper: #14161a; --ink: #e9eaec; --muted: #a3aab4; --line: #343840; --faint: #1e2127; --accent: #6cbcf0;
  --base: #9aa0a9; --warn: #f0a030; --s0: #56b4e9; --s1: #f0a030; --s2: #2fc79f; --s3: #e39ac2; --s4: #e8de4a; --s5: #a3acff;`;

/** Series colours after Okabe and Ito, darkened or lightened until they stand out from either paper. */
export const seriesColours = 6;

/** Where nothing can be dragged, the two pictures of a slider stand side by side. */
const sideBySide = `
.slider { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; width: 100%; max-width: calc(2 * var(--wide)); }
.slider .before, .slider .after { position: static; clip-path: none; }
.slider .left { left: 0.5rem; }
.slider input, .slider .grip, .slider::after { display: none; }
`;

/** The content of the page's `<style>`. */
export const style = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
:root[data-theme='print'] { ${light} --paper: #fff; }
@media print { :root { ${light} --paper: #fff; color-scheme: light; } }

* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}
main, body > header, body > footer { max-width: 70rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
body > header { padding-top: clamp(1.5rem, 5vw, 3.5rem); }
body > footer { padding-block: 1.25rem 2.5rem; color: var(--muted); font-size: 0.8125rem; }
h1 { margin: 0.15rem 0 0.6rem; font-size: clamp(1.6rem, 4.5vw, 2.4rem); line-height: 1.15; letter-spacing: -0.02em; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.35rem; font-size: 1.25rem; line-height: 1.3; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 0.9375rem; }
p { margin: 0 0 0.75rem; max-width: 44rem; overflow-wrap: break-word; }
a { color: var(--accent); }
.kind { margin: 0; color: var(--muted); font-size: 0.875rem; }
.lead { font-size: 1.0625rem; }
.hint { margin-top: 0.4rem; }
.note { color: var(--muted); font-size: 0.875rem; }
section { padding: 2.25rem 0 0; }
code, pre { font: 0.875em/1.5 ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace; }
pre { margin: 0.5rem 0 0.75rem; padding: 0.85rem 1rem; background: var(--faint); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
pre span { display: inline-block; max-width: 100%; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }

.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, clamp(9.5rem, 18vw, 13.5rem)), 1fr)); gap: 1.5rem clamp(1rem, 3vw, 2rem); margin: 1.75rem 0 0; }
.figures div { border-top: 2px solid var(--line); padding-top: 0.6rem; }
.figures .main { border-top-color: var(--accent); }
.figures dt { font-size: 0.875rem; color: var(--muted); }
.figures dd { margin: 0; }
.figures .value { font-size: 1.75rem; line-height: 1.25; font-weight: 600; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.figures .value small { font-size: 0.6em; font-weight: 500; letter-spacing: 0; }
.figures .value + dd { font-size: 0.8125rem; line-height: 1.4; color: var(--muted); }

.warnings { margin: 1.5rem 0 0; padding: 0.75rem 1rem 0.8rem; border-left: 3px solid var(--warn); background: var(--faint); font-size: 0.9375rem; }
.warnings h2 { font-size: 0.9375rem; }
.warnings ul { margin: 0; padding-left: 1.2rem; }

.scroll { overflow-x: auto; margin: 0.9rem 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.45rem 0.9rem 0.45rem 0; text-align: right; vertical-align: baseline; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-size: 0.8125rem; font-weight: 600; color: var(--muted); line-height: 1.3; vertical-align: bottom; white-space: normal; min-width: 4.5rem; }
tbody th { font-weight: 600; }
.scroll th:first-child { position: sticky; left: 0; background: var(--paper); }
.times th { white-space: normal; }
.tag { margin-left: 0.4rem; padding: 0.05rem 0.4rem; border: 1px solid var(--line); border-radius: 99px; font-size: 0.75rem; font-weight: 500; color: var(--muted); }
.key { width: 1.9rem; height: 0.6rem; margin-right: 0.5rem; vertical-align: 0.06rem; }
.times th:last-child { text-align: left; padding-left: 0.5rem; }
.times td:last-child { width: 45%; text-align: left; padding-left: 0.5rem; }
.bar { height: 0.6rem; min-width: 1px; background: var(--accent); border-radius: 2px; }
.outside .bar { background: var(--base); opacity: 0.6; }
.outside th { font-weight: 400; }
details { margin-top: 0.9rem; }
summary { cursor: pointer; color: var(--accent); font-size: 0.9375rem; }

.choice { display: inline-flex; flex-wrap: wrap; gap: 0.25rem; align-items: center; margin: 0.6rem 0 0; padding: 0; border: 0; font-size: 0.875rem; }
.choice legend { float: left; padding: 0; margin-right: 0.5rem; color: var(--muted); }
.choice label { position: relative; cursor: pointer; }
.choice input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
.choice span { display: block; padding: 0.3rem 0.75rem; border: 1px solid var(--line); border-radius: 5px; }
.choice input:checked + span { background: var(--ink); border-color: var(--ink); color: var(--paper); }
.choice input:focus-visible + span { outline: 3px solid var(--accent); outline-offset: 2px; }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.75rem 2.5rem; margin-top: 1rem; }
.charts figure { margin: 0; min-width: 0; }
.charts figcaption { font-size: 0.8125rem; color: var(--muted); margin-bottom: 0.4rem; line-height: 1.45; }
.charts figcaption b { display: block; color: var(--ink); font-size: 0.9375rem; }
.plot { min-height: 15rem; overflow: hidden; }
.uplot { width: 100%; font: inherit; }
.uplot .u-legend { display: flex; flex-wrap: wrap; gap: 0 0.9rem; margin: 0.2rem 0 0; font-size: 0.8125rem; text-align: left; width: auto; }
.uplot .u-legend tr { margin: 0; }
.uplot .u-legend th, .uplot .u-legend td { padding: 0.1rem 0.2rem; border: 0; white-space: nowrap; }
.uplot .u-legend .u-marker { width: 1.1em; height: 0; border-width: 3px 0 0 !important; border-radius: 0; }
.uplot .u-legend td { color: var(--ink); }
.uplot .u-select { background: color-mix(in srgb, var(--accent) 18%, transparent); }

.slider { position: relative; width: min(100%, var(--wide)); margin: 1rem 0 0.6rem; --at: 50%; }
.slider img { display: block; width: 100%; height: auto; }
.slider .before { clip-path: inset(0 calc(100% - var(--at)) 0 0); }
.slider .after { position: absolute; inset: 0; clip-path: inset(0 0 0 var(--at)); }
.slider::after { content: ''; position: absolute; inset-block: 0; left: calc(var(--at) - 1px); width: 2px; background: #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 0.55); pointer-events: none; }
.slider .grip { position: absolute; top: 50%; left: var(--at); width: 2.25rem; height: 2.25rem; margin: -1.125rem; border-radius: 50%; background: #fff; color: #1a1c20; box-shadow: 0 0 0 1px rgb(0 0 0 / 0.55); display: grid; place-items: center; pointer-events: none; }
.slider .side { position: absolute; bottom: 0.5rem; padding: 0.1rem 0.5rem; border-radius: 4px; background: rgb(0 0 0 / 0.66); color: #fff; font-size: 0.75rem; pointer-events: none; }
.slider .left { left: 0.5rem; } .slider .right { right: 0.5rem; }
.slider input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; touch-action: pan-y; }
.slider:focus-within:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 3px; }
.pixelated { image-rendering: pixelated; }
img.part { width: 100%; height: auto; object-fit: cover; }

.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14.5rem), 1fr)); gap: 1.25rem; margin: 1rem 0 0; }
.pictures.large { grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); max-width: 62rem; }
.pictures.row { grid-template-columns: repeat(auto-fill, minmax(min(44%, 14.5rem), 1fr)); }
.pictures figure { margin: 0; min-width: 0; }
.pictures figcaption { margin-top: 0.4rem; font-size: 0.8125rem; line-height: 1.45; color: var(--muted); }
.pictures figcaption b { color: var(--ink); }
h3.view { margin-top: 1.75rem; overflow-wrap: anywhere; }
.turntable img { display: block; min-width: min(15rem, 100%); max-width: 100%; height: auto; margin: 0.75rem 0 0.5rem; }
.frame { overflow: hidden; background: var(--faint); touch-action: pan-y; }
.frame img { display: block; width: 100%; height: auto; transform: scale(var(--zoom, 1)); transform-origin: var(--x, 50%) var(--y, 50%); }
.zoomed .frame { cursor: crosshair; touch-action: none; }
.zoomed .frame img:not(.smooth) { image-rendering: pixelated; }
.ramp { display: flex; align-items: center; gap: 0.5rem; margin-top: 0.35rem; color: var(--ink); }
.ramp i { flex: 1; max-width: 11rem; height: 0.7rem; border: 1px solid var(--line); border-radius: 2px; }

.settings { columns: 2 20rem; column-gap: 3rem; margin: 0.9rem 0 0; font-size: 0.875rem; }
.settings div { break-inside: avoid; display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
.settings dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; max-width: 11rem; overflow-wrap: anywhere; }
.settings dd + dd { grid-column: 1 / -1; max-width: none; text-align: left; color: var(--muted); font-size: 0.8125rem; line-height: 1.4; }
.settings .changed dt, .settings .changed dt + dd { font-weight: 600; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.5rem; margin: 0.9rem 0 0; font-size: 0.9375rem; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }

@media (max-width: 30rem) { .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: 0.4rem; } }
@media print {
  main, body > header, body > footer { max-width: none; padding-inline: 0; }
  body { font-size: 10pt; }
  section { padding-top: 1.25rem; }
  section, figure, tr, .figures div { break-inside: avoid; }
  .long { break-inside: auto; }
  h2, h3 { break-after: avoid; }
  .charts { grid-template-columns: 1fr 1fr; gap: 1rem; }
  .choice, .hint, .screen { display: none; }
  .bar, .slider .side, .ramp i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  ${sideBySide}
  .settings { columns: 2; }
  p { break-inside: avoid; }
  section > p { break-after: avoid; }
  .scroll { overflow: visible; }
  .scroll th:first-child { position: static; }
  body > footer { padding-block: 0.75rem 0; }
  table { font-size: 8.5pt; }
  th, td { padding-right: 0.5rem; }
}
`;

/** For readers without scripts: nothing that only scripts make work is shown. */
export const styleWithoutScripts = `
.charts, .choice, .hint { display: none; }
${sideBySide}`;
