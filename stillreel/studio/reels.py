"""The reel of a storyboard into the archive, with a record that names every clip in it.

Its name is made of its clips, so making it again from the same clips does nothing, and two that make it at once make
one. Whoever comes second, or comes back after dying between the file and its record, takes the file that stands.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

from stillreel.archive import layout
from stillreel.archive.budget import AT_ONCE
from stillreel.archive.hashing import sums_of_file
from stillreel.archive.lineage import read_lineage, write_lineage
from stillreel.archive.passing import passing_folder
from stillreel.archive.store import Checksums, Store
from stillreel.domain.errors import Corrupted, MediaError, ObjectExists, StillreelError
from stillreel.domain.events import Run
from stillreel.domain.lineage import Lineage, What
from stillreel.domain.media import Facts
from stillreel.domain.reels import SETTINGS, Joined, ReelClip, ReelLineage, reel_digest
from stillreel.media.frames import poster
from stillreel.media.joining import Reel, join, reel_facts
from stillreel.studio.shown import BoardFacts, may_be_shown, name_of
from stillreel.studio.studio import Studio


@dataclass(frozen=True)
class _Clip:
    """A clip of the archive, fetched when it is needed and let go of afterwards."""

    store: Store
    uri: str
    record: Lineage

    @property
    def name(self) -> str:
        """As people know it."""
        return name_of(self.store, self.uri)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Path]:
        """A copy, for as long as the block lasts; Corrupted if it isn't what was archived."""
        with passing_folder() as folder:
            path = Path(folder) / "clip"
            sums = await self.store.fetch(self.name, path)
            if sums is None or sums.sha256 != self.record.what.sha256:
                says = "is gone from the archive" if sums is None else "has changed since it was archived"
                raise Corrupted(f"{self.name} {says}; no reel is made of it")
            yield path


async def put_reel(studio: Studio, board: BoardFacts, run: Run) -> ReelLineage:
    """The record of the reel of these clips, made now if it wasn't; MediaError or ArchiveError naming a bad clip."""
    store = studio.archive.store
    clips = await _clips(store, board.reel)
    digest = reel_digest([clip.record.what.sha256 for clip in clips])
    name = layout.reel(board.project, board.name, digest)
    known = await store.stat(layout.lineage(name)) and await store.stat(name)
    if not known:
        with passing_folder() as folder:
            await _make(studio, board, clips, digest, Path(folder) / "reel.mp4", run)
    record = await read_lineage(store, f"{store.uri}/{name}")
    if not isinstance(record, ReelLineage) or record.digest != digest:
        raise Corrupted(f"{name} has the record of something else")
    return record


async def _clips(store: Store, uris: Sequence[str]) -> list[_Clip]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(uri: str) -> _Clip:
        async with gate:
            try:
                record = await read_lineage(store, f"{store.uri}/{name_of(store, uri)}")
            except StillreelError as error:
                raise MediaError(f"{uri} can't be part of a reel: {error.message}") from error
        if not isinstance(record, Lineage) or record.place.stage != "clip" or not may_be_shown(record):
            raise MediaError(f"{uri} can't be part of a reel: it isn't a clip that may move on")
        return _Clip(store, uri, record)

    return list(await asyncio.gather(*map(one, uris)))


async def _make(studio: Studio, board: BoardFacts, clips: Sequence[_Clip], digest: str, out: Path, run: Run) -> None:
    joined = await join(clips, out)
    name = layout.reel(board.project, board.name, digest)
    sums = await asyncio.to_thread(sums_of_file, out)
    metadata = {"reel": digest, "clips": str(len(clips)), "sha256": sums.sha256, "flow-run": run.flow_run}
    facts, store = joined.facts, studio.archive.store
    try:
        await store.create_file(name, out, sums, content_type=layout.content_type(name), metadata=metadata)
    except ObjectExists:
        sums, facts = await _stands(store, name, joined, out)
    await _poster(studio, name, out)
    record = ReelLineage(
        what=What(uri=studio.archive.uri(name), size=sums.size, sha256=sums.sha256, crc32c=sums.crc32c, media=facts),
        project=board.project,
        name=board.name,
        digest=digest,
        joined=Joined(how=joined.how, why=joined.why, settings=SETTINGS),
        clips=_named(studio, clips, joined),
        run=run,
        made=studio.clock.now(),
    )
    await write_lineage(studio.archive, name, record)


def _named(studio: Studio, clips: Sequence[_Clip], joined: Reel) -> tuple[ReelClip, ...]:
    begins = accumulate((clip.seconds for clip in joined.clips), initial=Fraction(0))
    return tuple(
        ReelClip(
            uri=studio.archive.uri(clip.name),
            sha256=clip.record.what.sha256,
            shot=clip.record.place.shot,
            lineage=studio.archive.uri(layout.lineage(clip.name)),
            begins=round(float(begin), 3),
            seconds=round(float(seen.seconds), 3),
            frames=seen.frames,
        )
        for clip, seen, begin in zip(clips, joined.clips, begins, strict=False)  # the last one is the reel's end
    )


async def _stands(store: Store, name: str, joined: Reel, out: Path) -> tuple[Checksums, Facts]:
    """The reel that somebody else has made of these clips: perhaps other bytes, by another version of the encoder."""
    sums = await store.fetch(name, out)
    if sums is None:
        raise Corrupted(f"{name} was there and is gone")
    facts = await reel_facts(out)
    if (facts.frames, facts.width, facts.height) != (joined.facts.frames, joined.facts.width, joined.facts.height):
        raise Corrupted(f"{name} isn't the reel of these clips; nothing was overwritten")
    return sums, facts


async def _poster(studio: Studio, name: str, reel: Path) -> None:
    """A picture of it, for people."""
    picture, beside = reel.with_suffix(".jpg"), layout.poster(name)
    try:
        await poster(reel, picture)
        sums = await asyncio.to_thread(sums_of_file, picture)
        await studio.archive.store.create_file(beside, picture, sums, content_type=layout.content_type(beside))
    except (MediaError, ObjectExists):
        return
