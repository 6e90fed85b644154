"""Storyboards whose shots are made already: real stills and clips of one colour each, with their records."""

import asyncio
from pathlib import Path
from typing import Any

from PIL import Image

from stillreel.archive import layout
from stillreel.archive.addresses import name_in
from stillreel.archive.archive import Archive
from stillreel.archive.hashing import sums_of_file
from stillreel.archive.lineage import write_lineage
from stillreel.domain.lineage import ParentFile, Safety
from stillreel.domain.requests import Request
from stillreel.domain.safety import Check, Verdict
from stillreel.media.frames import poster
from stillreel.media.probe import probe_clip, probe_still
from stillreel.studio.orders import Cost
from stillreel.studio.presenting import BoardFacts, ShotFacts
from tests.archive.test_lineage import STILL, clip_of, record
from tests.media.clips import BLUE, GREEN, RED, Colour, clip

PROJECT, NAME = "film", "the-storm"
COST = Cost(quoted="0.5", reported="0.4")
COLOURS = {"opening": RED, "middle": GREEN, "ending": BLUE}


async def put(
    archive: Archive, shot: str, request: Request, path: Path, parents: tuple[ParentFile, ...] = (), **changes: Any
) -> ParentFile:
    """Archive a file with the record of a job; what is made from it writes this down."""
    _, draft = record(archive, request, b"")
    place = draft.place.model_copy(update={"shot": shot})
    name = layout.media(place, request.format)
    sums = await asyncio.to_thread(sums_of_file, path)
    media = await (probe_clip(path) if request.stage == "clip" else probe_still(path))
    what = draft.what.model_copy(update={"uri": archive.uri(name), "media": media, **sums.model_dump()})
    made = draft.model_copy(update={"what": what, "place": place, "parents": parents, **changes})
    await archive.store.create_file(name, path, sums, content_type=layout.content_type(name))
    lineage = await write_lineage(archive, name, made)
    return ParentFile(uri=archive.uri(name), sha256=sums.sha256, lineage=lineage, frame="first")


async def put_shot(
    archive: Archive, folder: Path, shot: str, colour: Colour, *, prompt: str = "a lighthouse at dusk", **options: Any
) -> ShotFacts:
    """A shot that is done: its still, its clip of a second, and the clip's poster."""
    still, film, picture = (folder / f"{shot}.{ending}" for ending in ("png", "mp4", "jpg"))
    Image.new("RGB", (320, 180), colour).save(still)
    await asyncio.to_thread(clip, film, colour, **options)
    asked = STILL.model_copy(update={"prompt": prompt})
    parent = await put(archive, shot, asked, still)
    made = await put(archive, shot, clip_of(asked), film, (parent,))
    await poster(film, picture)
    name = layout.poster(name_in(made.uri, archive.store.uri))
    sums = await asyncio.to_thread(sums_of_file, picture)
    await archive.store.create_file(name, picture, sums, content_type=layout.content_type(name))
    return ShotFacts(shot=shot, state="done", stills=(parent.uri,), clips=(made.uri,), cost=COST)


async def put_board(archive: Archive, folder: Path, **options: Any) -> BoardFacts:
    """Three shots in three colours, all done."""
    shots = [await put_shot(archive, folder, name, colour, **options) for name, colour in COLOURS.items()]
    return BoardFacts(project=PROJECT, name=NAME, shots=tuple(shots), reel=tuple(shot.clips[0] for shot in shots))


def flagged(shot: str, **facts: Any) -> ShotFacts:
    """A shot that the safety check has stopped."""
    says = {"message": "the safety check found something", "todo": "change its prompt"}
    return ShotFacts(shot=shot, state="flagged", cost=Cost(quoted="0.5", reported="0.1"), **says, **facts)


def verdict(said: Verdict) -> dict[str, Safety]:
    """What a record says of its safety check."""
    return {"safety": Safety(asked=Check.FAST, verdict=said)}
