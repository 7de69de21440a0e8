/** The report's style sheet. Inline, so that the file needs no network. */
export const STYLE = `
:root { color-scheme: light; --ink: #1c2430; --soft: #55606f; --line: #d5dbe3; --grid: #e6eaf0; --paper: #ffffff; --wash: #f3f5f8; --band: #c9d6e8; --blue: #1f5fa8; --orange: #a84a08; --violet: #5f439a; --grey: #5f6873; --note: #fff7e6; --note-line: #c98a12; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --ink: #e4e8ee; --soft: #aab4c2; --line: #3b4553; --grid: #2c3440; --paper: #171c23; --wash: #20262f; --band: #34455c; --blue: #7fb2ee; --orange: #f0a060; --violet: #bda4ee; --grey: #a2acb8; --note: #2b2618; --note-line: #c98a12; }
}
* { box-sizing: border-box; }
html { background: var(--wash); scroll-behavior: smooth; }
body { font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink); background: var(--paper); max-width: 1000px; margin: 0 auto; padding: 40px 48px 64px; overflow-wrap: break-word; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 21px; margin: 48px 0 10px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { font-size: 17px; margin: 30px 0 6px; }
p { max-width: 78ch; margin: 8px 0; }
a { color: var(--blue); }
.lead, .hint, .note, figcaption, footer { color: var(--soft); }
.lead { margin: 0 0 18px; }
.hint, .note, figcaption { font-size: 14px; }
.notice { background: var(--note); border: 1px solid var(--line); border-left: 5px solid var(--note-line); padding: 10px 14px; border-radius: 4px; max-width: none; }
nav ol { list-style: none; margin: 18px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 22px 0; }
.card { background: var(--wash); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }
.card dt, .card span { display: block; font-size: 13px; line-height: 1.35; color: var(--soft); }
.card dd { margin: 0; }
.card b small { font-size: 15px; font-weight: 500; color: var(--soft); }
.card b { display: block; margin: 2px 0; font-size: 25px; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
figure { margin: 18px 0; }
figcaption { max-width: 84ch; margin-top: 6px; }
figcaption b, .caption b { color: var(--ink); }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 20px; align-items: start; }
.pair figure { margin: 6px 0; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 8px 16px; }
.panel { font-size: 14px; font-weight: 600; margin: 4px 0 0; }
svg { width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--ink); }
svg .tick, svg .note { fill: var(--soft); font-size: 11px; }
svg .strong { font-weight: 650; }
svg path { fill: none; }
.grid { stroke: var(--grid); } .axis { stroke: var(--grey); }
.identity { stroke: var(--ink); stroke-width: 1.3; stroke-dasharray: 6 4; } .limit { stroke: var(--ink); stroke-width: 1.3; stroke-dasharray: 2 3; }
.interval { stroke: var(--grey); stroke-width: 1.1; opacity: .55; } .whisker { stroke: var(--ink); stroke-width: 1.3; }
svg .point { stroke-width: 1; } svg .female { fill: var(--blue); stroke: var(--paper); } svg .male { fill: var(--paper); stroke: var(--orange); stroke-width: 1.7; } svg .unknown { fill: var(--grey); stroke: var(--paper); }
.curve { stroke-width: 2; } .first { stroke: var(--blue); } .second { stroke: var(--orange); } .third { stroke: var(--violet); stroke-dasharray: 9 3 2 3; } .dashed { stroke-dasharray: 6 4; }
svg .column { fill: var(--band); stroke: var(--ink); stroke-width: 1; }
svg .band { fill: var(--band); opacity: .55; } svg .track { fill: none; stroke: var(--grey); } svg .measure { fill: var(--band); stroke: var(--ink); stroke-width: 1; } .mark { stroke: var(--ink); stroke-width: 3; }
svg .box { fill: var(--paper); stroke: var(--ink); stroke-width: 1.2; }
.legend { list-style: none; margin: 6px 0 0; padding: 0; font-size: 13px; color: var(--soft); display: flex; flex-wrap: wrap; gap: 4px 18px; }
.legend li { display: flex; align-items: center; gap: 6px; }
.legend svg { width: 24px; height: 14px; flex: none; }
.table { margin: 18px 0; }
.caption { margin: 0 0 4px; font-size: 14px; color: var(--soft); max-width: 84ch; }
.scroll { overflow-x: auto; }
.long { max-height: 420px; overflow: auto; }
.long thead th { position: sticky; top: 0; background: var(--paper); }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { font-weight: 600; color: var(--soft); border-bottom: 1.5px solid var(--grey); vertical-align: bottom; }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; }
td.number { white-space: nowrap; }
td small { display: block; font-size: 12.5px; line-height: 1.3; color: var(--soft); }
tbody th { min-width: 8.5em; }
code { font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(400px, 100%), 1fr)); gap: 16px 20px; margin-top: 14px; }
.case p { font-size: 13px; margin: 4px 0 0; color: var(--soft); }
.images { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; background: #000; border-radius: 4px; overflow: hidden; }
.images.single { grid-template-columns: 1fr; } .groups { grid-template-columns: repeat(auto-fill, minmax(min(230px, 100%), 1fr)); }
.images img { width: 100%; display: block; }
.scale { height: 12px; border: 1px solid var(--grey); max-width: 320px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.scale-names { display: flex; justify-content: space-between; max-width: 320px; font-size: 12px; color: var(--soft); }
.references { padding-left: 2.2em; font-size: 14px; max-width: 92ch; }
footer { margin-top: 48px; font-size: 13px; }
@media screen and (max-width: 760px) { figure { overflow-x: auto; } figure > svg { min-width: 540px; } body { padding: 22px 16px 40px; } .pair { grid-template-columns: minmax(0, 1fr); } h1 { font-size: 24px; } }
@page { size: A4; margin: 17mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9px system-ui, sans-serif; color: #55606f; } }
@media print {
  html { background: none; }
  body { padding: 0; max-width: none; font-size: 11px; line-height: 1.45; }
  h1 { font-size: 20px; } h2 { font-size: 15px; margin-top: 22px; } h3 { font-size: 12.5px; margin-top: 16px; }
  h1, h2, h3, .caption { break-after: avoid; }
  p, .caption, figcaption, .references { max-width: none; }
  p, li { orphans: 3; widows: 3; }
  figure, .card, .case, .panels > div, tr, .notice, .short { break-inside: avoid; }
  figure > svg, figure > .pair, figure > .panels, .legend { break-after: avoid; }
  figcaption, .note { break-before: avoid; }
  thead { display: table-header-group; }
  .scroll, .long { overflow: visible; max-height: none; }
  .long thead th { position: static; }
  table, .hint, .note, .caption, figcaption, .references, .legend, nav ol, .panel, .scale-names, .case p { font-size: 10px; }
  th, td { padding: 2px 10px 2px 0; }
  code { font-size: 8.5px; } td small { font-size: 9px; }
  .cards { grid-template-columns: repeat(5, 1fr); gap: 6px; margin: 12px 0; } .card { padding: 6px 8px; } .card b { font-size: 15px; } .card dt, .card span { font-size: 9px; }
  .panels { grid-template-columns: repeat(3, 1fr); } .gallery { grid-template-columns: 1fr 1fr; } .groups { grid-template-columns: repeat(4, 1fr); }
  a { color: inherit; text-decoration: none; }
}
`;
