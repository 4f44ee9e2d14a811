"""The style sheet of a report: light and dark by the reader's preference, narrow and wide screens, paper.

The colours of the curves are Okabe and Ito's, as in `figures/style.py`.
"""

LIGHT = """
  --page: #ffffff; --card: #f6f7f8; --text: #1c2024; --soft: #59636e; --line: #d5d9de; --link: #0058a3;
  --done: #1a7f4b; --bad: #b3261e; --other: #8a5a00; --alert: #fdf0ef; --train: #0072b2; --val: #d55e00;
"""
DARK = """
  --page: #14171a; --card: #1e2226; --text: #e6e9ec; --soft: #a3adb8; --line: #3a4149; --link: #7ec0f5;
  --done: #5fd49a; --bad: #ff8f85; --other: #e8b04a; --alert: #33201f; --train: #56b4e9; --val: #e69f00;
"""
RULES = """
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(0.9rem, 3vw, 2.5rem) 3rem; max-width: 78rem; background: var(--page);
  color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 0.1rem 0 0.4rem; font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.2rem 0 0.6rem; font-size: 1.2rem; border-bottom: 1px solid var(--line); padding-bottom: 0.25rem; }
h3 { margin: 1.2rem 0 0.4rem; font-size: 1rem; }
a { color: var(--link); }
p { margin: 0.4rem 0; max-width: 70rem; overflow-wrap: anywhere; }
.kicker, .note, figcaption, footer { color: var(--soft); font-size: 0.875rem; }
.kicker { margin: 0; }
.lead { font-size: 1.05rem; }
.status { font-weight: 600; }
.status.done { color: var(--done); }
.status.bad { color: var(--bad); }
.status.other { color: var(--other); }
.alert { max-width: none; border-left: 4px solid var(--bad); background: var(--alert); padding: 0.5rem 0.8rem; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.85rem; }
pre { margin: 0.3rem 0 0.8rem; padding: 0.6rem 0.8rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; overflow-x: auto; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.925rem; }
th, td { padding: 0.28rem 0.9rem 0.28rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
.scroll td, .scroll th { white-space: nowrap; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.best td { font-weight: 600; background: var(--card); }
.wrap { white-space: normal; overflow-wrap: anywhere; min-width: min(28rem, 60vw); }
table.pairs { width: 100%; }
table.pairs th { width: 16rem; font-weight: 400; color: var(--soft);
  overflow-wrap: anywhere; }
table.pairs td { overflow-wrap: anywhere; }
details { margin: 0.6rem 0; }
summary { cursor: pointer; color: var(--link); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); gap: 1rem 1.5rem; }
.charts figure { max-width: 28rem; }
figure { margin: 0; }
.figures { columns: 21rem; column-gap: 1.5rem; }
.figures figure { break-inside: avoid; margin-bottom: 1.25rem; padding: 0.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 6px; }
.figures img { display: block; width: 100%; height: auto; background: #ffffff; border-radius: 3px; }
figcaption { padding-top: 0.35rem; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--text); font-size: 11px; font-family: inherit; }
svg .title { font-size: 12px; font-weight: 600; }
svg .soft { fill: var(--soft); }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .best { stroke: var(--soft); stroke-width: 1.2; stroke-dasharray: 2 3; }
svg .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
svg .train { stroke: var(--train); }
svg .val { stroke: var(--val); }
svg .train.curve { stroke-dasharray: 6 3; }
svg .other { stroke: var(--text); }
svg circle.train { fill: var(--train); }
svg circle.val { fill: var(--val); }
svg circle.other { fill: var(--text); }
ul.runs { padding-left: 1.1rem; overflow-wrap: anywhere; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 0.5rem; }
@media (max-width: 500px) { th, td { padding-right: 0.6rem; } table { font-size: 0.85rem; }
  table.pairs th { width: 42%; } }
@media print {
  body { max-width: none; padding: 0; font-size: 11pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .scroll { overflow: visible; }
  .scroll td, .scroll th { white-space: normal; }
  h2, h3 { break-after: avoid; }
  tr, figure, pre.command { break-inside: avoid; }
}
"""

STYLE = (
    f":root {{ color-scheme: light dark;{LIGHT}}}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{{DARK}}} }}\n{RULES.strip()}"
)
