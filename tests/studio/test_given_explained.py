"""Given images explain themselves: beside each lies where it came from, from the disk, a bucket or a host."""

import asyncio
import random
from dataclasses import replace
from datetime import date

import httpx
import pytest
from PIL import Image

from stillreel.archive import layout
from stillreel.archive.folder import FolderStore
from stillreel.archive.lineage import chain, read_lineage, verify
from stillreel.archive.pages import folder_page
from stillreel.domain.errors import ArchiveUnavailable, Corrupted
from stillreel.domain.reels import told_of
from stillreel.runware import Client
from stillreel.studio.boards import board_of
from stillreel.studio.given import bring_all
from stillreel.studio.kept_boards import bring_images
from stillreel.studio.planning import plan
from stillreel.studio.refusing import brought
from stillreel.studio.shown import BoardFacts, ShotFacts, see
from stillreel.studio.sources import sources_of
from tests.faults.stores import Troubled
from tests.saying import say
from tests.studio.on_set import CATALOGUE, CHAIN, STILL, a_run, job_of, produce, shot
from tests.studio.test_boarding import AWAY, Pictured
from tests.studio.test_given_elsewhere import PEOPLES, a_bucket, drawn

FOLDER = "projects/harbour/lighthouse"
MINE = "images/Bild mit Ümläut.png"


def given(image, **changes):
    return shot({**CHAIN, "still": {"image": str(image)}}, **changes)


@pytest.fixture
def mine(tmp_path):
    """A picture of somebody's, in a folder beside a storyboard."""
    path = tmp_path / MINE
    path.parent.mkdir()
    Image.new("RGB", (1280, 720), (20, 60, 90)).save(path)
    return path


async def record_of(studio, image):
    return await read_lineage(studio.archive.store, image.uri)


async def test_an_image_of_a_storyboard_is_explained_as_it_names_it(on_set, tmp_path, mine):
    """By the path that stands there: not by where the folder lies on whose machine; and no digest changes by it."""
    studio = await on_set.studio()
    rows = [{"shot": "lighthouse", "still": {"image": MINE}, "motion": CHAIN["motion"]}]
    board = board_of({"project": "harbour", "shots": rows}, CATALOGUE, date(2026, 11, 22), folder=tmp_path)
    (kept,) = await bring_images(studio, board.shots, tmp_path)
    made = await produce(studio, kept)
    clip, image = await chain(studio.archive.store, made.uris[0])
    assert (image.source, image.run, image.project, image.shot) == (MINE, None, "harbour", "lighthouse")
    assert (image.what.media.container, image.what.media.width, image.what.media.height) == ("png", 1280, 720)
    assert image.what.size == mine.stat().st_size
    assert f"{image.what.uri} (brought from {MINE})" in told_of(clip, [clip, image])
    assert str(tmp_path) not in told_of(image).replace(image.what.uri, "")
    assert clip.request == made.plan.clip.request
    assert (await plan(studio, given(mine), a_run(), *await bring_all(studio, given(mine), paths=True))).clip.done


async def test_a_file_of_the_archive_says_where_it_came_from(on_set, mine):
    """`stillreel lineage` prints it for the image and for its clip, and reads both again if it is asked to."""
    studio = await on_set.studio()
    made = await produce(studio, given(mine), paths=True)
    code, said = await asyncio.to_thread(say, "lineage", "--verify", made.plan.given.uri)
    assert (code, said[0]) == (0, "harbour/lighthouse, a given image")
    assert f"  brought from {mine}" in said
    assert said[-1].startswith("verified: 1 of 1 files")
    code, said = await asyncio.to_thread(say, "lineage", "--verify", str(made.uris[0]))
    assert (code, said[-1].startswith("verified: 2 of 2 files")) == (0, True)
    assert f"  from    {made.plan.given.uri} (brought from {mine})" in said
    assert (await shown(studio, clips=made.uris)).chain.splitlines()[-5:] == said[-6:-1], "the gallery says it, too"
    path = on_set.root / made.plan.given.name
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Corrupted):
        await verify(FolderStore(on_set.root), made.plan.given.uri)


async def test_an_image_in_a_bucket_is_explained_by_its_address(on_set, monkeypatch):
    """With the run that brought it, spaces and all."""
    studio = await on_set.studio()
    with a_bucket(monkeypatch):
        image, _ = await brought(studio, given(PEOPLES), a_run("brings"))
    record = await record_of(studio, image)
    assert (record.source, record.run.flow_run, record.brought) == (PEOPLES, "brings", on_set.time.now())
    assert "UTC, by run brings" in told_of(record)


async def test_an_address_is_kept_without_its_secrets(on_set):
    """No signature of the URL that an image came from lies in any file of the archive."""
    studio = await on_set.studio()
    url = f"{AWAY}?sig=s3cret&x=1#s3cret"
    async with httpx.AsyncClient(transport=Pictured()) as http:
        rng = random.Random(7)  # noqa: S311 - jitter
        client = Client(http, url=on_set.emulator.url, key=studio.settings.key, clock=on_set.time, rng=rng)
        image, _ = await bring_all(replace(studio, client=client), given(url), paths=False)
    assert (await record_of(studio, image)).source == str(AWAY)
    written = b"".join(path.read_bytes() for path in on_set.root.rglob("*") if path.is_file())
    assert (b"s3cret" in written, str(AWAY).encode() in written) == (False, True)


@pytest.mark.parametrize("write", ["lineage", "file"])
async def test_whoever_dies_while_bringing_leaves_no_copy_unexplained(on_set, mine, write):
    """Before either write nothing is bought; no copy lies there without its record, and the next run has both."""

    async def die() -> None:
        raise ArchiveUnavailable("died")

    dying = await on_set.studio(store=Troubled(FolderStore(on_set.root), write, before=die))
    with pytest.raises(ArchiveUnavailable):
        await produce(dying, given(mine), paths=True)
    assert on_set.jobs == []
    assert not [name for name in on_set.files if name.endswith(".png")]
    made = await produce(await on_set.studio(), given(mine), a_run("second"), paths=True)
    assert [runs for _, runs, _ in on_set.bought] == [1]
    assert len(await chain(FolderStore(on_set.root), made.uris[0])) == 2


async def test_a_record_without_its_copy_is_taken_for_no_image(on_set, mine):
    """Whoever died between the two has left an explanation of nothing: a clip's source is the file that is there."""

    async def die() -> None:
        raise ArchiveUnavailable("died")

    studio = await on_set.studio()
    still = (await produce(studio, shot(STILL))).uris[0]
    mine.write_bytes((on_set.root / f"{FOLDER}/still-001.png").read_bytes())
    dying = await on_set.studio(store=Troubled(FolderStore(on_set.root), "file", before=die))
    with pytest.raises(ArchiveUnavailable):
        await bring_all(dying, given(mine), paths=True)
    made = await produce(studio, given(still, shot="pier"))
    sources = await sources_of(studio, await job_of(studio, made.plan.clip))
    assert (sources.given.name, sources.given.lineage) == (f"{FOLDER}/still-001.png", made.plan.given.lineage)


async def test_an_image_from_before_there_were_records_gets_one(on_set, mine):
    """When it is brought again: also a clip that names no record is then explained, and nothing is bought for it."""
    made = await produce(await on_set.studio(), given(mine), paths=True)
    studio = await on_set.studio()
    await as_before(studio.archive.store, made.plan.given)
    (alone,) = await chain(studio.archive.store, made.uris[0])
    assert alone.parents[0].lineage is None
    again = await produce(studio, given(made.plan.given.uri), a_run("by address"))
    assert again.plan.given.lineage is None
    assert "a given image: nothing is known of its making" in await noted(studio, made.plan.given.uri)
    third = await produce(studio, given(mine), a_run("by path"), paths=True)
    assert third.uris == again.uris == made.uris
    assert [runs for _, runs, _ in on_set.bought] == [1]
    _, image = await chain(studio.archive.store, made.uris[0])
    assert image.source == str(mine)
    assert f"a given image, brought from {mine}" in await noted(studio, made.plan.given.uri)


async def as_before(store, image):
    """Take the record of an image out of the archive, and what its clip says of it."""
    clip = f"{FOLDER}/clip-001.lineage.json"
    data, _ = await store.read(clip)
    for name in (clip, layout.lineage(image.name)):
        await store.delete(name)
    await store.create(clip, data.replace(f'"{image.lineage}"'.encode(), b"null"))


async def noted(studio, still):
    """What the gallery says of a still."""
    return (await shown(studio, stills=[still])).note


async def shown(studio, **files):
    """A file of the shot as the gallery shows it."""
    facts = ShotFacts(shot="lighthouse", state="done", **files)
    (seen,) = await see(studio.archive.store, BoardFacts(project="harbour", name="all", shots=(facts,)))
    return seen.shot.files[0]


async def test_the_first_source_of_the_same_bytes_stays(on_set, monkeypatch, mine):
    """A second one writes nothing, and neither do many at once."""
    studio = await on_set.studio()
    mine.write_bytes(drawn())
    image, _ = await bring_all(studio, given(mine), paths=True)
    before = on_set.files
    with a_bucket(monkeypatch):
        await asyncio.gather(*(bring_all(studio, given(PEOPLES), paths=False) for _ in range(4)))
    assert on_set.files == before
    assert (await record_of(studio, image)).source == str(mine)


async def test_a_folders_page_shows_the_image_with_its_record(on_set, mine):
    """The record is no picture of its own: it is linked beside the image, as those of stills are."""
    studio = await on_set.studio()
    image, _ = await bring_all(studio, given(mine), paths=True)
    files = [stored async for stored in studio.archive.store.list(f"{FOLDER}/")]
    assert len(files) == 2
    page = folder_page("archive", f"{FOLDER}/", [], files)
    assert (page.count("<figure>"), page.count(f'<a href="/{layout.lineage(image.name)}">lineage</a>')) == (1, 1)
