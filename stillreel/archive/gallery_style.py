"""How the gallery looks: light and dark, on a phone and on a wide screen."""

# A clip's poster is a picture below a player that one can see through until it plays, because browsers fetch what is
# given as a player's own poster at once. `content-visibility` spares them to lay out shots that nobody has scrolled to.
STYLE = """
:root { --paper: #fff; --card: #f6f7f9; --ink: #1b1d21; --faint: #5a6069; --line: #dcdfe4; --link: #0b57d0;
  --alarm: #8a3b00; --alarm-paper: #fff4e5; --good: #1d6b37; }
@media (prefers-color-scheme: dark) { :root { --paper: #121316; --card: #1b1d21; --ink: #e6e7ea; --faint: #a2a7b0;
  --line: #33363c; --link: #8ab4f8; --alarm: #ffb877; --alarm-paper: #2a2118; --good: #7fd19a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 1rem; } h2 { font-size: 1.15rem; margin: 0 0 .75rem; }
h3 { font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; color: var(--faint); margin: 1rem 0 .25rem; }
h3 small { text-transform: none; letter-spacing: 0; font-weight: 400; font-size: inherit; }
p { margin: 0 0 .5rem; } section { margin: 0 0 2rem; } ul { margin: 0; padding-left: 1.2rem; }
dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 0; font-size: .875rem; }
dt { color: var(--faint); font-size: .75rem; } dd { margin: 0; font-variant-numeric: tabular-nums; }
.totals { gap: .5rem 2rem; padding-bottom: 1.25rem; margin-bottom: 1.5rem; border-bottom: 1px solid var(--line);
  font-size: 1rem; }
.alarm { background: var(--alarm-paper); border-left: 4px solid var(--alarm); border-radius: 6px; padding: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); }
thead th { color: var(--faint); font-weight: 400; border-top: 0; }
tbody th, td:nth-child(2) { white-space: nowrap; overflow-wrap: normal; }
td:nth-child(3) { width: 50%; } td:nth-child(4) { width: 35%; min-width: 12rem; }
@media (max-width: 40rem) { thead { display: none; } tbody tr, tbody th, td { display: block; }
  tbody th, td { border: 0; padding: 0; white-space: normal; overflow-wrap: anywhere; }
  td:nth-child(n) { width: auto; min-width: 0; }
  tbody tr { border-top: 1px solid var(--line); padding: .5rem 0; } }
.reel video { width: 100%; max-width: 56rem; max-height: 75vh; margin-bottom: .5rem; }
.sheets img { width: 100%; margin-bottom: .5rem; }
video, img { display: block; max-width: 100%; height: auto; background: #000; border-radius: 8px; }
.shot { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem;
  content-visibility: auto; contain-intrinsic-size: auto 26rem; }
.state { font-size: .75rem; font-weight: 600; color: var(--good); border: 1px solid; border-radius: 99px;
  padding: .1rem .6rem; margin-left: .35rem; vertical-align: 2px; } .state.open { color: var(--alarm); }
article { display: grid; gap: 1.25rem; margin-top: 1rem; }
@media (min-width: 52rem) { article { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } }
.show video, .show img { width: 100%; max-height: 70vh; object-fit: contain; }
.show .poster { position: relative; }
.show .poster video { position: absolute; inset: 0; height: 100%; max-height: none; background: transparent; }
.about, .empty { color: var(--faint); font-size: .875rem; }
.prompt { unicode-bidi: isolate; white-space: pre-line; }
details { margin-top: 1rem; } summary { cursor: pointer; }
pre { white-space: pre-wrap; font: .78rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; color: var(--faint); }
@media print { .shot { content-visibility: visible; break-inside: avoid; } }
"""
