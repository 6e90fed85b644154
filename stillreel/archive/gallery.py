"""The gallery of a storyboard: one page that plays its clips and tells of each how it was made, and what it cost.

Facts in, HTML out. Every address on it is relative, so the page works from a folder, from a bucket, through
`stillreel serve` and without any network. It has no script, and nothing that somebody wrote is anything but text on it.
"""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from urllib.parse import quote

from stillreel.archive.gallery_style import STYLE
from stillreel.domain.money import Usd, spelled
from stillreel.domain.names import Stage
from stillreel.domain.plain import Plain

_POLICY = (
    "script-src 'none'; connect-src 'none'; object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'none'"
)

_NO_ICON = "data:,"  # a browser would else ask the server for one that isn't there
_CLEAR = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="  # a pixel to see through


class Making(Plain):
    """One job of a file's chain."""

    stage: Stage
    place: str
    prompt: str
    negative_prompt: str | None
    model: str
    seed: int | None
    quoted: Usd  # the job as a whole
    results: int = 1  # of the job
    reported: Usd | None  # of this one
    verdict: str
    job: str


class File(Plain):
    """A still or a clip that may be shown; addresses are relative to the page."""

    stage: Stage
    href: str
    poster: str | None = None
    still: str | None = None  # that a clip starts from
    width: int | None = None
    height: int | None = None
    media: str = ""  # what it is, in a few words
    made: datetime | None = None
    making: tuple[Making, ...] = ()  # its own first
    lineage: str | None = None
    chain: str = ""  # the records for a person, a line a fact
    note: str = ""


class ShownShot(Plain):
    """One shot: how it stands, and what there is to see."""

    name: str
    state: str
    message: str = ""
    todo: str = ""
    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()  # what isn't shown, and why


class ShownReel(Plain):
    """The clips joined."""

    href: str
    poster: str | None
    lineage: str
    says: str


class Totals(Plain):
    """What all shots come to."""

    done: int
    shots: int
    quoted: Usd
    reported: Usd


class Page(Plain):
    """Everything that the page says, but for its shots, which come one by one."""

    project: str
    name: str
    totals: Totals
    at: datetime
    flow_run: str
    reel: ShownReel | None = None
    sheets: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()  # what couldn't be made of it, and why
    warnings: tuple[str, ...] = ()  # what speaks against the models of its shots


def gallery(page: Page, shots: tuple[ShownShot, ...]) -> str:
    """The page as HTML."""
    title = f"{page.project} / {page.name}"
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><meta name="referrer" content="no-referrer">'
        f'<meta name="color-scheme" content="light dark"><link rel="icon" href="{_NO_ICON}">'
        f"<title>{_text(title)}</title><style>{STYLE}</style>"
    )
    body = "\n".join([*_top(page, title), *_undone(shots), *_together(page), *map(_shot, shots)])
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def _top(page: Page, title: str) -> Iterator[str]:
    totals = page.totals
    facts = {
        "shots done": f"{totals.done} of {totals.shots}",
        "reported": f"${spelled(totals.reported)}",
        "quoted": f"${spelled(totals.quoted)}",
        "as of": f"{page.at:%Y-%m-%d %H:%M} UTC",
        "flow run": page.flow_run,
    }
    cells = "".join(f"<div><dt>{name}</dt><dd>{_text(value)}</dd></div>" for name, value in facts.items())
    yield f'<header><h1>{_text(title)}</h1><dl class="totals">{cells}</dl></header>'
    for name, lines in (("What couldn’t be made", page.troubles), ("Warnings", page.warnings)):
        if lines:
            rows = "".join(f"<li>{_text(line)}</li>" for line in lines)
            yield f'<section class="alarm"><h2>{name}</h2><ul>{rows}</ul></section>'


def _undone(shots: tuple[ShownShot, ...]) -> Iterator[str]:
    rows = [
        f'<tr><th scope="row"><a href="#{quote(shot.name)}">{_text(shot.name)}</a></th>'
        f"<td>{_text(shot.state)}</td><td>{_text(shot.message)}</td><td>{_text(shot.todo)}</td></tr>"
        for shot in shots
        if shot.state != "done"
    ]
    if rows:
        names = "".join(f'<th scope="col">{name}</th>' for name in ("shot", "state", "why", "what to do"))
        table = f"<table><thead><tr>{names}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        yield f'<section class="alarm"><h2>Not done</h2>{table}</section>'


def _together(page: Page) -> Iterator[str]:
    """The reel and the contact sheets."""
    if page.reel:
        reel = page.reel
        picture = f' poster="{_link(reel.poster)}"' if reel.poster else ""
        film = _video(reel.href, picture, f"The reel of {page.name}")
        links = f'<a href="{_link(reel.href)}">the file</a> · <a href="{_link(reel.lineage)}">lineage</a>'
        yield f'<section class="reel"><h2>Reel</h2>{film}<p>{_text(reel.says)} · {links}</p></section>'
    if page.sheets:
        many = len(page.sheets) > 1
        sheets = "".join(
            f'<a href="{_link(sheet)}"><img src="{_link(sheet)}" loading="lazy" decoding="async" '
            f'alt="Contact sheet{f" {n} of {len(page.sheets)}" if many else ""}: the shots in order"></a>'
            for n, sheet in enumerate(page.sheets, 1)
        )
        yield f'<section class="sheets"><h2>Contact sheet{"s" if many else ""}</h2>{sheets}</section>'


def _shot(shot: ShownShot) -> str:
    mark = "" if shot.state == "done" else " open"
    head = f'<h2>{_text(shot.name)} <span class="state{mark}">{_text(shot.state)}</span></h2>'
    says = "".join(f"<p>{_text(line)}</p>" for line in (shot.message, shot.todo, *shot.notes) if line)
    empty = "" if shot.files else '<p class="empty">Nothing to show.</p>'
    files = "".join(_file(shot.name, file) for file in shot.files)
    return f'<section class="shot" id="{escape(shot.name)}">{head}{says}{empty}{files}</section>'


def _file(shot: str, file: File) -> str:
    name = file.href.rpartition("/")[2]
    if file.stage == "clip":
        show = _clip(shot, file)
    else:
        alt = f"Still of {shot}" + (f": {file.making[0].prompt}" if file.making else "")
        picture = f'<img src="{_link(file.href)}" alt="{_text(alt)}" loading="lazy" decoding="async"{_size(file)}>'
        show = f'<a href="{_link(file.href)}">{picture}</a>'
    about = [f'<a href="{_link(file.href)}">{_text(name)}</a>', *map(_text, filter(None, (file.media, file.note)))]
    if file.still:
        about.insert(1, f'<a href="{_link(file.still)}">its still</a>')
    if file.made:
        about.append(f"{file.made:%Y-%m-%d %H:%M} UTC")
    making = "".join(map(_making, file.making))
    return (
        f'<article><div class="show">{show}</div><div class="told"><p class="about">{" · ".join(about)}</p>'
        f"{making}{_chain(file)}</div></article>"
    )


def _clip(shot: str, file: File) -> str:
    """A player with its poster below it: a picture of its own is fetched only when it comes into view."""
    name = file.href.rpartition("/")[2]
    label = f"Clip {name} of {shot}"
    if file.poster is None:
        return _video(file.href, "", label, _size(file))
    player = _video(file.href, f' poster="{_CLEAR}"', label, _size(file))  # without one Chromium paints it grey
    below = f'alt="The first frame of {_text(shot)}" loading="lazy" decoding="async"{_size(file)}'
    return f'<div class="poster"><img src="{_link(file.poster)}" {below}>{player}</div>'


def _making(one: Making) -> str:
    cost = "not reported" if one.reported is None else f"${spelled(one.reported)} reported"
    for_all = f" for all {one.results} results" if one.results > 1 else ""
    facts = {
        "not": one.negative_prompt,
        "model": one.model,
        "seed": None if one.seed is None else str(one.seed),
        "cost": f"{cost}, ${spelled(one.quoted)} quoted{for_all}",
        "verdict": one.verdict,
        "job": one.job,
    }
    rows = "".join(f"<div><dt>{name}</dt><dd>{_text(value)}</dd></div>" for name, value in facts.items() if value)
    prompt = f'<p class="prompt" dir="auto">{_text(one.prompt)}</p>' if one.prompt else ""
    return f"<h3>{one.stage} <small>{_text(one.place)}</small></h3>{prompt}<dl>{rows}</dl>"


def _chain(file: File) -> str:
    if not file.chain or file.lineage is None:
        return ""
    record = f'<p><a href="{_link(file.lineage)}">The record as JSON</a></p>'
    return f"<details><summary>Lineage</summary><pre>{_text(file.chain)}</pre>{record}</details>"


def _video(href: str, poster: str, label: str, size: str = "") -> str:
    return (
        f'<video src="{_link(href)}"{poster}{size} controls playsinline preload="none" '
        f'aria-label="{_text(label)}"></video>'
    )


def _size(file: File) -> str:
    """The room that it takes, so that nothing jumps when it comes."""
    return f' width="{file.width}" height="{file.height}"' if file.width and file.height else ""


def _link(href: str) -> str:
    """A relative address as an attribute: nothing in it is a scheme, a host or a quote."""
    return escape(quote(href, safe="/."))


def _text(value: str) -> str:
    """What somebody wrote, as text."""
    return escape(value.encode(errors="replace").decode())
