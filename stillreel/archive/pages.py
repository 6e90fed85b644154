"""The archive as pages for a browser: folders as links, stills and clips to look at. No scripts."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from stillreel.archive.layout import content_type, is_gallery, is_lineage, lineage, poster
from stillreel.archive.store import Stored

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222; }
a { color: #0b57d0; } h1 { font-size: 1.2rem; } small { color: #666; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; } img, video { width: 100%; background: #eee; border-radius: 6px; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } a { color: #8ab4f8; } }
"""


def folder_page(root: str, prefix: str, folders: Sequence[str], files: Sequence[Stored]) -> str:
    """One folder: what is in it, and the way back up."""
    names = {stored.name for stored in files}
    hidden = {poster(name) for name in names} | {lineage(name) for name in names}  # they show with their file
    shown = [stored for stored in files if stored.name not in hidden and not is_gallery(stored.name)]
    gallery = "".join(f'<p><a href="/{quote(name)}">The gallery</a></p>' for name in names if is_gallery(name))
    links = "".join(f'<li><a href="/{quote(prefix + name)}/">{escape(name)}/</a></li>' for name in folders)
    figures = "".join(_figure(stored, names) for stored in shown)
    empty = "" if folders or files else "<p>Nothing is archived here yet.</p>"
    body = f"<h1>{_trail(root, prefix)}</h1>{gallery}<ul>{links}</ul>{empty}<main>{figures}</main>"
    return page(prefix or root, body)


def page(title: str, body: str) -> str:
    """A whole page around a body that is escaped already."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>'


def _trail(root: str, prefix: str) -> str:
    """The way from the root to a folder, each part a link."""
    parts = prefix.split("/")[:-1]
    steps = [f'<a href="/{quote("/".join(parts[: n + 1]))}/">{escape(part)}</a>' for n, part in enumerate(parts)]
    return " / ".join([f'<a href="/">{escape(root)}</a>', *steps])


def _figure(stored: Stored, names: set[str]) -> str:
    address, label = f"/{quote(stored.name)}", escape(stored.name.rpartition("/")[2])
    kind = content_type(stored.name).partition("/")[0]
    show = ""
    if kind == "image":
        show = f'<a href="{address}"><img src="{address}" alt="{label}" loading="lazy"></a>'
    elif kind == "video":
        picture = f' poster="/{quote(poster(stored.name))}"' if poster(stored.name) in names else ""
        show = f'<video src="{address}" controls loop muted playsinline preload="none"{picture}></video>'
    record = lineage(stored.name)
    made = f' · <a href="/{quote(record)}">lineage</a>' if record in names and not is_lineage(stored.name) else ""
    size = f"{stored.size:,} bytes · {stored.created:%Y-%m-%d %H:%M} UTC"
    caption = f'<a href="{address}">{label}</a>{made}<br><small>{size}</small>'
    return f"<figure>{show}<figcaption>{caption}</figcaption></figure>"
