"""What people look at when a storyboard has come together: contact sheets, the reel, and the page that shows it all."""

import posixpath
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from stillreel.archive import layout
from stillreel.archive.addresses import name_in
from stillreel.archive.gallery import Page, ShownReel, Totals, gallery
from stillreel.archive.store import Store
from stillreel.domain.errors import GenerationMismatch, StillreelError
from stillreel.domain.events import Run
from stillreel.domain.money import total
from stillreel.domain.reels import ReelLineage
from stillreel.studio.board_summary import FINE, warned
from stillreel.studio.contact_sheets import put_sheets
from stillreel.studio.reels import put_reel
from stillreel.studio.shown import BoardFacts, Seen, ShotFacts, see
from stillreel.studio.studio import Studio

__all__ = ["BoardFacts", "Presented", "ShotFacts", "present"]

TRIES = 8  # at the page, where others write it at the same time

T = TypeVar("T")


class Presented(BaseModel):
    """What was made to be looked at, by address, and what couldn't be made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gallery: str | None = None
    sheets: tuple[str, ...] = ()
    reel: str | None = None
    troubles: tuple[str, ...] = ()


async def present(studio: Studio, board: BoardFacts, run: Run) -> Presented:
    """Make the contact sheets, the reel if there are clips for one, and the page; it never raises for one of them.

    Whatever can't be made is told, in the answer and on the page, and loses nothing else.
    """
    troubles = list[str]()
    store = studio.archive.store
    seen = await _kindly("the shots", see(store, board), troubles) or []
    sheets = await _kindly("the contact sheet", put_sheets(store, board, seen), troubles) or []
    reel = await _kindly("the reel", put_reel(studio, board, run), troubles) if board.reel else None
    shown = None if reel is None else await _kindly("the reel's picture", _shown(studio, reel), troubles)
    page = Page(
        project=board.project,
        name=board.name,
        totals=_totals(board),
        at=studio.clock.now(),
        flow_run=run.flow_run,
        reel=shown,
        sheets=tuple(map(posixpath.basename, sheets)),
        troubles=tuple(troubles),
        warnings=tuple(warned((shot.shot, () if shot.state in FINE else shot.warnings) for shot in board.shots)),
    )
    written = (
        await _kindly("the gallery", _write(store, board, page, seen), troubles) if seen or not board.shots else None
    )
    return Presented(
        gallery=written,
        sheets=tuple(map(studio.archive.uri, sheets)),
        reel=None if reel is None else studio.archive.uri(name_in(reel.what.uri, store.uri)),
        troubles=tuple(troubles),
    )


async def _kindly(what: str, work: Awaitable[T], troubles: list[str]) -> T | None:
    """What came of it, or None and a line about why nothing did."""
    try:
        return await work
    except StillreelError as error:
        troubles.append(f"{what}: {error.message}")
    except Exception as error:  # noqa: BLE001 - something to look at is never worth the run that made what it shows
        troubles.append(f"{what}: {type(error).__name__}: {error}")
    return None


async def _shown(studio: Studio, reel: ReelLineage) -> ShownReel:
    name = name_in(reel.what.uri, studio.archive.store.uri)
    picture = layout.poster(name)
    media = reel.what.media
    lasts = f"{media.seconds:g} s, {media.width}x{media.height}, " if media else ""
    return ShownReel(
        href=posixpath.basename(name),
        poster=posixpath.basename(picture) if await studio.archive.store.stat(picture) else None,
        lineage=posixpath.basename(layout.lineage(name)),
        says=f"{len(reel.clips)} clips, {lasts}{reel.joined.how}: {reel.joined.why}",
    )


def _totals(board: BoardFacts) -> Totals:
    costs = [shot.cost for shot in board.shots if shot.cost]
    return Totals(
        done=sum(shot.state == "done" for shot in board.shots),
        shots=len(board.shots),
        quoted=total([cost.quoted for cost in costs]),
        reported=total([cost.reported for cost in costs]),
    )


async def _write(store: Store, board: BoardFacts, page: Page, seen: Sequence[Seen]) -> str:
    """Write the page over the one that is there; of several at once the last one stays, and each is whole."""
    name = layout.gallery(board.project, board.name)
    data = gallery(page, tuple(one.shot for one in seen)).encode()
    for left in reversed(range(TRIES)):
        stands = await store.stat(name)
        generation = stands.generation if stands else None
        try:
            await store.replace(name, data, generation=generation, content_type=layout.content_type(name))
            break
        except GenerationMismatch:
            if not left:
                raise
    return f"{store.uri}/{name}"
