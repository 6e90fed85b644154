"""What there is to see of a storyboard's shots: what its flow knows, and what the archive says of each file.

Nothing is shown whose record doesn't say that it may move on; what isn't shown is said.
"""

import asyncio
import posixpath
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from stillreel.archive import layout
from stillreel.archive.addresses import name_in
from stillreel.archive.budget import AT_ONCE
from stillreel.archive.gallery import File, Making, ShownShot
from stillreel.archive.lineage import chain, read_lineage
from stillreel.archive.store import Store, Stored, is_object_name
from stillreel.domain.errors import Corrupted, StillreelError
from stillreel.domain.given import GivenLineage
from stillreel.domain.lineage import Lineage, beats_said, media_said
from stillreel.domain.names import Name
from stillreel.domain.plain import Plain
from stillreel.domain.reels import told_of
from stillreel.domain.requests import Request
from stillreel.domain.safety import moves_on
from stillreel.studio.orders import Cost


class ShotFacts(Plain):
    """What a flow knows of one shot; the rest is read from the archive."""

    shot: Name
    state: str  # done, flagged, failed …
    message: str = ""
    todo: str = ""  # what a person does about it
    stills: tuple[str, ...] = ()  # uris
    clips: tuple[str, ...] = ()
    cost: Cost | None = None  # None: nothing was to be bought
    warnings: tuple[str, ...] = ()  # what speaks against its models


class BoardFacts(Plain):
    """A storyboard, shots in its order."""

    project: Name
    name: Name
    shots: tuple[ShotFacts, ...]
    reel: tuple[str, ...] = ()  # uris of the clips to be joined, in order; none: no reel yet


class Seen(NamedTuple):
    """A shot as the gallery shows it, and the picture of it for a contact sheet."""

    shot: ShownShot
    picture: Stored | None


async def see(store: Store, board: BoardFacts) -> list[Seen]:
    """All shots in order, a few read at a time; a file that can't be told of is a note, and loses no other."""
    gate = asyncio.Semaphore(AT_ONCE)
    folder = layout.reels(board.project, board.name).rstrip("/")

    async def one(facts: ShotFacts) -> Seen:
        async with gate:
            return await _Looking(store, folder).at(facts)

    return list(await asyncio.gather(*map(one, board.shots)))


class _Looking:
    """One look at the files of a shot."""

    def __init__(self, store: Store, folder: str) -> None:
        self._store = store
        self._folder = folder
        self._notes: list[str] = []
        self._pictures: list[Stored] = []

    async def at(self, facts: ShotFacts) -> Seen:
        """The clips of the shot; its stills while it has none."""
        files = await self._files(facts.clips)
        if not files:
            files = await self._files(facts.stills)
        says = facts.model_dump(include={"state", "message", "todo"})
        shown = ShownShot(name=facts.shot, files=tuple(files), notes=tuple(self._notes), **says)
        return Seen(shown, self._pictures[0] if self._pictures else None)

    async def _files(self, uris: Iterable[str]) -> list[File]:
        found = list[File]()
        for uri in uris:
            try:
                found.append(await self._file(uri))
            except StillreelError as error:
                self._notes.append(f"{uri} isn’t shown: {error.message}")
        return found

    async def _file(self, uri: str) -> File:
        name = name_of(self._store, uri)
        stored = await self._store.stat(name)
        if stored is None:
            raise Corrupted("it is gone from the archive")
        if layout.is_given(name):
            self._pictures.append(stored)
            return File(stage="still", href=self._link(name), note=f"a given image{await self._source(name)}")
        whole = await chain(self._store, f"{self._store.uri}/{name}")
        records = [each for each in whole if isinstance(each, Lineage)]
        own = records[0] if records else None
        if own is None or not may_be_shown(own):
            raise Corrupted("its record doesn’t say that it may be shown")
        clip = own.place.stage == "clip"
        picture = await self._store.stat(layout.poster(name)) if clip else stored
        if picture:
            self._pictures.append(picture)
        media = own.what.media
        starts = next((name_in(each.uri, self._store.uri) for each in own.parents if each.frame == "first"), "")
        return File(
            stage=own.place.stage,
            href=self._link(name),
            poster=self._link(picture.name) if picture and clip else None,
            still=self._link(starts) if is_object_name(starts) and starts.startswith(layout.PROJECTS) else None,
            width=media.width if media else None,
            height=media.height if media else None,
            media=media_said(media) if media else "",
            made=own.times.archived,
            making=_makings(records),
            lineage=self._link(layout.lineage(name)),
            chain="\n\n".join(told_of(each, whole) for each in whole),
        )

    async def _source(self, name: str) -> str:
        """Where a given image came from; it may have come before that was written down."""
        if await self._store.stat(layout.lineage(name)) is None:
            return ": nothing is known of its making"
        record = await read_lineage(self._store, f"{self._store.uri}/{name}")
        return f", brought from {record.source}" if isinstance(record, GivenLineage) else ""

    def _link(self, name: str) -> str:
        return posixpath.relpath(name, self._folder)


def name_of(store: Store, uri: str) -> str:
    """The name of a file that may be shown; Corrupted for one in quarantine, or elsewhere."""
    name = name_in(uri, store.uri)
    if not name.startswith(layout.PROJECTS) or not is_object_name(name):
        raise Corrupted("it lies in quarantine, or nowhere in a project")
    return name


def may_be_shown(record: Lineage) -> bool:
    """Whether the safety check let a file move on."""
    return moves_on(record.safety.asked, record.safety.verdict)


def _makings(records: Sequence[Lineage]) -> tuple[Making, ...]:
    """Each job once: a file and what was cut from it are of one job, and one of their records says its cost."""
    as_made = {record.what.uri: record.answer.cost for record in records}
    cut_from = {record.answer.cost_in for record in records}
    return tuple(
        _making(record, as_made.get(record.answer.cost_in) if record.answer.cost_in else record.answer.cost)
        for record in records
        if record.what.uri not in cut_from
    )


def _making(record: Lineage, cost: Decimal | None) -> Making:
    return Making(
        stage=record.place.stage,
        place=str(record.place),
        prompt=_said(record.request),
        negative_prompt=record.request.negative_prompt,
        model=record.request.model,
        seed=record.answer.seed,
        quoted=record.quote.expected,
        results=record.request.results,
        reported=cost,
        verdict=str(record.safety.verdict),
        job=str(record.answer.task_uuid),
    )


def _said(request: Request) -> str:
    """The prompt, or the beats that stand in its place."""
    return request.prompt or "\n".join(beats_said(request))
