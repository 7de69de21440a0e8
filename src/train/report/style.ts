/** The report's style sheet. Inline, so that the file needs no network. */
export const STYLE = `
:root { --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --paper: #ffffff; --wash: #f4f6f9; --blue: #1f5fa8; --orange: #b8560f; --green: #2b7a4b; --violet: #6b4fa0; --grey: #6f7884; }
* { box-sizing: border-box; }
html { background: var(--wash); }
body { font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink); background: var(--paper); max-width: 1080px; margin: 0 auto; padding: 40px 48px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 20px; margin: 44px 0 10px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { font-size: 16px; margin: 20px 0 6px; }
p { max-width: 74ch; margin: 8px 0; }
.lead { color: var(--soft); margin: 0 0 18px; }
.notice { background: #fff7e6; border: 1px solid #ecd9ad; border-left: 5px solid #c98a12; padding: 10px 14px; border-radius: 4px; max-width: none; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(176px, 1fr)); gap: 12px; margin: 22px 0; }
.card { background: var(--wash); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; }
.card .value { font-size: 27px; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.15; }
.card .value small { font-size: 15px; font-weight: 500; color: var(--soft); }
.card .name { font-size: 13px; color: var(--soft); }
.card .more { font-size: 13px; color: var(--soft); font-variant-numeric: tabular-nums; }
.yardstick { position: relative; height: 10px; background: var(--line); border-radius: 5px; margin: 46px 0 46px; }
.yardstick .band { position: absolute; top: 0; bottom: 0; background: #9dbde0; border-radius: 5px; }
.yardstick .mark { position: absolute; top: -7px; width: 3px; height: 24px; background: var(--ink); margin-left: -1.5px; }
.yardstick .mark span { position: absolute; white-space: nowrap; font-size: 13px; transform: translateX(-50%); }
.yardstick .above span { bottom: 26px; }
.yardstick .below span { top: 26px; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 20px; }
@media (max-width: 800px) { body { padding: 24px 18px; } .pair { grid-template-columns: 1fr; } }
figure { margin: 14px 0; }
figcaption { font-size: 14px; color: var(--soft); max-width: 80ch; margin-top: 4px; }
svg { width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--ink); }
svg .tick, svg .note { fill: var(--soft); font-size: 11px; }
svg path { fill: none; }
.grid { stroke: #e9edf2; } .axis { stroke: #8a94a3; }
.identity { stroke: #2f3947; stroke-dasharray: 5 4; } .limit { stroke: #8a94a3; stroke-dasharray: 2 3; }
.interval { stroke: #9aa5b4; stroke-width: 1.2; opacity: .65; }
svg .point { stroke: #fff; stroke-width: .8; } svg .point.F { fill: var(--blue); } svg .point.M { fill: var(--orange); } svg .point.unknown { fill: var(--grey); }
.curve { stroke-width: 1.8; } .dashed { stroke-dasharray: 6 4; }
.fold0 { stroke: var(--blue); } .fold1 { stroke: var(--orange); } .fold2 { stroke: var(--green); } .fold3 { stroke: var(--violet); } .fold4 { stroke: var(--grey); }
.legend i { font-style: normal; } .legend .F { color: var(--blue); } .legend .M { color: var(--orange); } .legend .unknown { color: var(--grey); } .legend .fold0 { color: var(--blue); } .legend .fold1 { color: var(--orange); } .legend .fold2 { color: var(--green); } .legend .fold3 { color: var(--violet); } .legend .fold4 { color: var(--grey); }
.legend { font-size: 13px; color: var(--soft); display: flex; flex-wrap: wrap; gap: 4px 18px; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; margin: 10px 0; }
th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); }
td { overflow-wrap: anywhere; }
td.number, th.number { text-align: right; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(440px, 100%), 1fr)); gap: 20px; margin-top: 14px; }
.gallery .images { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; background: #000; border-radius: 6px; overflow: hidden; }
.gallery img { width: 100%; display: block; }
.scale { height: 10px; border-radius: 5px; max-width: 320px; }
.scale-names { display: flex; justify-content: space-between; max-width: 320px; font-size: 12px; color: var(--soft); }
details { margin: 10px 0; } summary { cursor: pointer; color: var(--blue); }
footer { margin-top: 48px; font-size: 13px; color: var(--soft); }
@media print { html { background: none; } body { padding: 0; max-width: none; font-size: 12px; } h2 { break-after: avoid; } figure, .card, .gallery figure { break-inside: avoid; } details { display: none; } }
`;
