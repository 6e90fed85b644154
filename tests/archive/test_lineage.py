"""The records beside files: written once, read back to the prompt, and a changed byte is found."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from stillreel.archive import layout
from stillreel.archive.archive import Archive
from stillreel.archive.folder import FolderStore
from stillreel.archive.hashing import sums_of
from stillreel.archive.lineage import chain, read_lineage, verify, write_lineage
from stillreel.archive.store import Store
from stillreel.domain.errors import BadInput, Corrupted
from stillreel.domain.events import Run
from stillreel.domain.given import GivenLineage
from stillreel.domain.lineage import Answer, Lineage, ParentFile, Safety, Times, What
from stillreel.domain.media import Facts
from stillreel.domain.money import PriceRow, Quote
from stillreel.domain.names import Place
from stillreel.domain.requests import ClipRequest, Request, StillRequest, TakeParent
from stillreel.domain.safety import Check, Verdict
from tests.archive.test_archive import Standing

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RUN = Run(root="r", flow_run="f", task_run="t", version="0.1.0")
PRICE = PriceRow(unit="second", amount=Decimal("0.1"), since=date(2026, 1, 1), source="a page")
STILL = StillRequest(model="m:1@1", prompt="a lighthouse at dusk", width=1280, height=720, format="PNG", quality=95)
PICTURE, CLIP = b"the bytes of a picture", b"the bytes of a clip"


def clip_of(still: StillRequest) -> ClipRequest:
    parent = TakeParent(take=1, digest=still.digest)
    return ClipRequest(
        model="m:2@1", prompt="waves", width=1280, height=720, format="MP4", quality=95, duration=5, parent=parent
    )


def record(
    archive: Archive, request: Request, data: bytes, parents: tuple[ParentFile, ...] = ()
) -> tuple[str, Lineage]:
    place = Place(project="film", shot="opening", stage=request.stage, take=1)
    name, sums = layout.media(place, request.format), sums_of(data)
    facts = Facts(kind=request.stage, container="x", codec="y", width=1280, height=720, size=sums.size)
    return name, Lineage(
        what=What(uri=archive.uri(name), size=sums.size, sha256=sums.sha256, crc32c=sums.crc32c, media=facts),
        place=place,
        k=1,
        purchase=1,
        request=request,
        digest=request.digest,
        body={"taskType": "imageInference"},
        answer=Answer(
            task_uuid=UUID(int=1), result="i", url_host="im.runware.ai", seed=7, cost=Decimal("0.0013"), flag=False
        ),
        quote=Quote(expected=Decimal("0.5"), upper=Decimal("0.5"), row=PRICE),
        safety=Safety(asked=Check.FAST, verdict=Verdict.CLEAN),
        parents=parents,
        run=RUN,
        bought_by=RUN,
        times=Times(planned=NOON, accepted=NOON, seen=NOON, archived=NOON),
    )


async def put(archive: Archive, request: Request, data: bytes, parents: tuple[ParentFile, ...] = ()) -> ParentFile:
    """Archive a file with its record, and say what a clip that is made from it writes down."""
    name, lineage = record(archive, request, data, parents)
    await archive.store.create(name, data, content_type=layout.content_type(name))
    beside = await write_lineage(archive, name, lineage)
    what = lineage.what
    return ParentFile(uri=what.uri, sha256=what.sha256, take=1, digest=request.digest, lineage=beside)


async def put_chain(archive: Archive) -> ParentFile:
    return await put(archive, clip_of(STILL), CLIP, (await put(archive, STILL, PICTURE),))


@pytest.fixture
def archive(store: Store) -> Archive:
    return Archive(store, Standing())


async def test_a_clip_leads_back_to_its_prompt(archive: Archive) -> None:
    """From the clip's address, or its record's, the chain ends at the still's prompt, with prices and runs."""
    clip = await put_chain(archive)
    assert clip.lineage is not None
    for uri in (clip.uri, clip.lineage):
        records = await chain(archive.store, uri)
        assert [found.request.prompt for found in records] == ["waves", "a lighthouse at dusk"]
        assert records[0].parents[0].digest == records[1].digest
        assert records[1].answer.cost == Decimal("0.0013")
        assert records[1].run == RUN


async def test_an_archive_that_moved_still_explains_itself(tmp_path: Path) -> None:
    """A folder that was renamed has old addresses in its records, and the chain is whole."""
    old = FolderStore(tmp_path / "old")
    await put_chain(Archive(old, Standing()))
    (tmp_path / "old").rename(tmp_path / "new")
    new = FolderStore(tmp_path / "new")
    uri = f"{new.uri}/projects/film/opening/clip-001.mp4"
    assert len(await chain(new, uri)) == 2
    assert (await verify(new, uri)).what.size == len(CLIP)


async def test_the_first_record_stays(archive: Archive) -> None:
    """Sixteen settlers of the same result write one record; each of them is content."""
    name, lineage = record(archive, STILL, PICTURE)
    later = lineage.model_copy(update={"run": RUN.model_copy(update={"flow_run": "later"})})
    await write_lineage(archive, name, lineage)
    await asyncio.gather(*(write_lineage(archive, name, later) for _ in range(16)))
    assert await read_lineage(archive.store, archive.uri(name)) == lineage


async def test_another_files_record_is_not_ours(archive: Archive) -> None:
    """A record of other bytes, or of another job, under our name is an error, never success."""
    name, lineage = record(archive, STILL, PICTURE)
    await write_lineage(archive, name, lineage)
    _, other = record(archive, STILL, b"other bytes")
    foreign = lineage.model_copy(update={"answer": lineage.answer.model_copy(update={"task_uuid": UUID(int=2)})})
    for wrong in (other, foreign, lineage.model_copy(update={"k": 2})):
        with pytest.raises(Corrupted, match="another file"):
            await write_lineage(archive, name, wrong)


@pytest.mark.parametrize("at", [0, len(CLIP) // 2, len(CLIP) - 1])
async def test_a_changed_byte_is_found(folder: FolderStore, tmp_path: Path, at: int) -> None:
    """One byte that changes in a file after it was archived is found by its record alone."""
    clip = await put_chain(Archive(folder, Standing()))
    assert (await verify(folder, clip.uri)).what.uri == clip.uri
    path = tmp_path / "archive/projects/film/opening/clip-001.mp4"
    path.write_bytes(CLIP[:at] + bytes([CLIP[at] ^ 1]) + CLIP[at + 1 :])
    with pytest.raises(Corrupted):
        await verify(folder, clip.uri)


async def test_a_file_that_was_exchanged_is_found(archive: Archive) -> None:
    """A store that is content with its own checksum doesn't hide that a file was exchanged."""
    clip = await put_chain(archive)
    name = clip.uri.removeprefix(f"{archive.store.uri}/")
    await archive.store.delete(name)
    with pytest.raises(Corrupted, match="gone"):
        await verify(archive.store, clip.uri)
    await archive.store.create(name, b"something else")
    with pytest.raises(Corrupted, match="has changed"):
        await verify(archive.store, clip.uri)


async def test_an_exchanged_parent_breaks_the_chain(archive: Archive) -> None:
    """A still's record that tells of other bytes than the clip was made from isn't taken for its parent."""
    parent = await put(archive, STILL, PICTURE)
    clip = await put(archive, clip_of(STILL), CLIP, (parent.model_copy(update={"sha256": "0" * 64}),))
    with pytest.raises(Corrupted, match="other bytes"):
        await chain(archive.store, clip.uri)


async def test_a_lost_parent_is_said(archive: Archive) -> None:
    """A chain with a hole is an error, not a short chain."""
    clip = await put_chain(archive)
    await archive.store.delete("projects/film/opening/still-001.lineage.json")
    with pytest.raises(Corrupted, match="is gone"):
        await chain(archive.store, clip.uri)


async def test_a_given_image_ends_the_chain(archive: Archive) -> None:
    """Where no record says where a given image came from, the clip has one record; the image is known by its bytes."""
    given = ParentFile(uri="https://example.com/cat.png", sha256="1" * 64)
    clip = await put(archive, clip_of(STILL), CLIP, (given,))
    (only,) = await chain(archive.store, clip.uri)
    assert only.parents == (given,)


async def test_a_given_image_leads_to_where_it_came_from(archive: Archive) -> None:
    """The first record of its bytes stays, other bytes are refused, and a clip of it ends there, even if older."""
    sums = sums_of(PICTURE)
    name = layout.given("film", "opening", sums.sha256, "PNG")
    await archive.store.create(name, PICTURE)
    parent = ParentFile(uri=archive.uri(name), sha256=sums.sha256, frame="first")
    old = await put(archive, clip_of(STILL), CLIP, (parent,))
    assert len(await chain(archive.store, old.uri)) == 1
    what = What(uri=archive.uri(name), size=sums.size, sha256=sums.sha256, crc32c=sums.crc32c, media=None)
    first = GivenLineage(what=what, project="film", shot="opening", source="a b/ü.png", run=None, brought=NOON)
    second = first.model_copy(update={"source": "gs://elsewhere/ü.png", "run": RUN})
    beside = await write_lineage(archive, name, first)
    assert beside == archive.uri(f"{name.removesuffix('.png')}.lineage.json")
    await asyncio.gather(*(write_lineage(archive, name, second) for _ in range(4)))
    assert (await chain(archive.store, old.uri))[1:] == await chain(archive.store, beside) == [first]
    assert await verify(archive.store, archive.uri(name)) == first
    with pytest.raises(Corrupted, match="another file"):
        await write_lineage(archive, name, first.model_copy(update={"what": what.model_copy(update={"sha256": "0"})}))


@pytest.mark.parametrize(
    "uri",
    ["", "projects/film/opening/clip-009.mp4", "archive.json", "/etc/passwd", "projects/../archive.json", "gs://x/y"],
)
async def test_an_address_without_a_record_is_said(archive: Archive, uri: str) -> None:
    """An address that leads nowhere is an error that says which addresses do."""
    await archive.identity()
    with pytest.raises(BadInput, match="lineage beside it"):
        await chain(archive.store, uri)
