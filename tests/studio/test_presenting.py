"""What a storyboard comes to for people's eyes: the page, the sheets and the reel, in a folder and in a bucket."""

import asyncio
import posixpath
import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from uuid import uuid4

import av
import pytest
from PIL import Image
from typer.testing import CliRunner

from stillreel.archive import layout
from stillreel.archive.addresses import name_in
from stillreel.archive.archive import Archive
from stillreel.archive.folder import FolderStore
from stillreel.archive.gcs import BucketStore
from stillreel.archive.lineage import chain, read_lineage, verify
from stillreel.archive.store import Store
from stillreel.cli import app
from stillreel.domain.errors import Corrupted
from stillreel.domain.reels import told_of
from stillreel.domain.safety import Verdict
from stillreel.studio.presenting import BoardFacts, ShotFacts, present
from tests.archive.fake_gcs import Gcs, some_gcs
from tests.archive.test_lineage import STILL
from tests.media.clips import BLUE, GREEN, RED, clip, colour_at, like
from tests.studio.boards import COLOURS, NAME, PROJECT, flagged, put, put_board, put_shot, verdict
from tests.studio.on_set import Time, a_run

FOLDER = f"projects/{PROJECT}/reels/{NAME}"


@pytest.fixture(scope="module")
def gcs() -> Iterator[Gcs]:
    with some_gcs() as found:
        yield found


@pytest.fixture(params=["folder", "bucket"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "folder":
        made: Store = FolderStore(tmp_path / "projects")
    else:
        gcs = request.getfixturevalue("gcs")
        made = BucketStore(gcs.bucket, f"projects/{uuid4().hex}", endpoint=gcs.endpoint, patience=20, first_wait=0.01)
    yield made
    await made.aclose()


@pytest.fixture
async def studio(on_set, store):
    return await on_set.studio(store=store)


async def page_of(store: Store) -> str:
    name = f"{FOLDER}/index.html"
    found, stored = await store.read(name), await store.stat(name)
    assert found is not None
    assert stored is not None
    assert stored.content_type == "text/html; charset=utf-8"
    return found[0].decode()


async def names_in(store: Store) -> list[str]:
    return [stored.name.removeprefix(f"{FOLDER}/") async for stored in store.list(f"{FOLDER}/")]


async def fetched(store: Store, uri: str, path: Path) -> Path:
    assert await store.fetch(name_in(uri, store.uri), path) is not None
    return path


def linked(page: str) -> set[str]:
    every = {unescape(each) for each in re.findall(r'(?:href|src|poster)="([^"#][^"]*)"', page)}
    return {each for each in every if not each.startswith("data:")}


async def test_a_storyboard_is_shown_whole(studio, store, tmp_path):
    """The page plays every clip, tells its prompts, model, cost, seed and verdict, and every link leads somewhere."""
    board = await put_board(studio.archive, tmp_path)
    made = await present(studio, board, a_run("run-7"))
    assert made.troubles == ()
    assert made.gallery == f"{store.uri}/{FOLDER}/index.html"
    page = await page_of(store)
    for said in ("3 of 3", "$1.2", "$1.5", "run-7", "a lighthouse at dusk", "waves", "m:2@1", "$0.0013", "clean"):
        assert said in page, said
    assert "Not done" not in page
    for link in linked(page):
        assert "://" not in link
        name = posixpath.normpath(f"{FOLDER}/{link}")
        assert await store.stat(name) is not None, link
    shown = {link for link in linked(page) if link.endswith("clip-001.mp4")}
    assert shown == {f"../../{shot}/clip-001.mp4" for shot in COLOURS}
    assert made.reel is not None
    assert made.reel.rpartition("/")[2] in linked(page)


async def test_the_reel_is_told_down_to_the_prompts(studio, store, tmp_path):
    """Its record names every clip in order with its bytes, and its chain walks on to each clip's prompt."""
    board = await put_board(studio.archive, tmp_path, sound=48_000)
    reel = (await present(studio, board, a_run("run-7"))).reel
    record = await read_lineage(store, reel)
    assert [each.shot for each in record.clips] == list(COLOURS)
    assert [each.uri for each in record.clips] == list(board.reel)
    assert [(each.begins, each.seconds, each.frames) for each in record.clips] == [(0, 1, 24), (1, 1, 24), (2, 1, 24)]
    assert (record.joined.how, record.run.flow_run, record.what.media.frames) == ("remuxed", "run-7", 72)
    records = await chain(store, reel)
    assert [each.request.prompt for each in records[1:]] == ["waves"] * 3 + ["a lighthouse at dusk"] * 3
    for each in records:
        assert await verify(store, each.what.uri) == each
    says = told_of(record)
    assert "remuxed: codec, size" in says
    assert f"0:02.00 {board.reel[2]}, 1 s" in says
    path = await fetched(store, reel, tmp_path / "reel")
    assert all(like(colour_at(path, n + 0.5), colour) for n, colour in enumerate((RED, GREEN, BLUE)))


async def test_the_command_tells_of_a_reel(on_set, tmp_path):
    """`stillreel lineage --verify` walks from the reel to its clips and stills, and finds one that was changed."""
    store = FolderStore(tmp_path / "archive")
    board = await put_board(Archive(store, Time()), tmp_path)
    reel = (await present(await on_set.studio(store=store), board, a_run())).reel
    command = ["lineage", "--verify", reel]
    told = await asyncio.to_thread(CliRunner().invoke, app, command, env={"STILLREEL_ARCHIVE": None})
    assert told.stdout.startswith("film, reel of the-storm: 3 clips\n")
    assert told.stdout.endswith("verified: 7 of 7 files are what was written, by their sha256\n")
    changed = tmp_path / "archive" / name_in(board.reel[1], store.uri)
    changed.write_bytes(changed.read_bytes()[:-1] + b"!")
    told = await asyncio.to_thread(CliRunner().invoke, app, command, env={"STILLREEL_ARCHIVE": None})
    assert isinstance(told.exception, Corrupted)


async def test_made_again_it_is_the_same(studio, store, tmp_path):
    """From the same clips nothing but the page is written; in another order there is another reel beside the first."""
    board = await put_board(studio.archive, tmp_path)
    first = await present(studio, board, a_run("first"))
    before = {stored.name: stored.generation async for stored in store.list(FOLDER)}
    again = await present(studio, board, a_run("second"))
    after = {stored.name: stored.generation async for stored in store.list(FOLDER)}
    assert again == first
    assert {name for name in after if after[name] != before.get(name)} == {f"{FOLDER}/index.html"}
    assert "second" in await page_of(store)
    other = await present(studio, board.model_copy(update={"reel": board.reel[::-1]}), a_run("third"))
    assert other.reel != first.reel
    assert other.sheets == first.sheets
    assert await store.stat(name_in(first.reel, store.uri)) is not None


async def test_two_makers_make_one(studio, store, tmp_path):
    """Who makes the same at the same time ends with the same, and neither fails."""
    board = await put_board(studio.archive, tmp_path)
    made = await asyncio.gather(*(present(studio, board, a_run(f"run-{n}")) for n in range(4)))
    assert {each.troubles for each in made} == {()}
    assert len({each.reel for each in made}) == 1
    assert sum(name.endswith(".mp4") for name in await names_in(store)) == 1


async def test_a_reel_without_its_record_gets_one(studio, store, tmp_path):
    """Whoever died between the reel and its record is followed by one who writes it, whatever encoder made the reel."""
    board = await put_board(studio.archive, tmp_path)
    reel = (await present(studio, board, a_run())).reel
    name = name_in(reel, store.uri)
    path = await fetched(store, reel, tmp_path / "reel")
    for each in (name, layout.lineage(name)):
        await store.delete(each)
    other = path.read_bytes() + b"\0\0\0\x08free"  # a box that says nothing
    await store.create(name, other, content_type="video/mp4")
    assert (await present(studio, board, a_run())).troubles == ()
    assert (await verify(store, reel)).what.size == len(other)


async def test_another_file_under_the_reels_name_is_told(studio, store, tmp_path):
    """What stands there and isn't the reel of these clips is neither overwritten nor shown."""
    board = await put_board(studio.archive, tmp_path)
    reel = (await present(studio, board, a_run())).reel
    name = name_in(reel, store.uri)
    for each in (name, layout.lineage(name)):
        await store.delete(each)
    foreign = clip(tmp_path / "foreign.mp4", frames=5).read_bytes()
    await store.create(name, foreign, content_type="video/mp4")
    made = await present(studio, board, a_run())
    assert made.reel is None
    assert "isn't the reel of these clips" in made.troubles[0]
    assert (await store.read(name))[0] == foreign


async def test_what_is_flagged_is_never_shown(studio, store, tmp_path):
    """A shot that was stopped has its state, why and what to do, and no link to what lies in quarantine."""
    board = await put_board(studio.archive, tmp_path)
    bad = studio.archive.uri("quarantine/projects/film/bad/clip-001.mp4")
    still = tmp_path / "still.png"
    Image.new("RGB", (320, 180), RED).save(still)
    unclean = await put(studio.archive, "unclean", STILL, still, **verdict(Verdict.FLAGGED))
    shots = (*board.shots, flagged("bad", clips=(bad,)), flagged("unclean", stills=(unclean.uri,)))
    made = await present(studio, board.model_copy(update={"shots": shots, "reel": ()}), a_run())
    page = await page_of(store)
    assert made.troubles == ()
    assert made.reel is None
    assert "3 of 5" in page
    assert "change its prompt" in page
    assert not [link for link in linked(page) if "quarantine" in link or "unclean" in link]
    joined = await present(studio, board.model_copy(update={"reel": (*board.reel, bad)}), a_run())
    assert joined.reel is None
    assert "quarantine" in joined.troubles[0]


async def test_a_part_that_fails_loses_no_other(studio, store, tmp_path):
    """A clip that is gone costs the reel and its own place; the page shows the rest and says what is missing."""
    board = await put_board(studio.archive, tmp_path)
    await store.delete(name_in(board.reel[1], store.uri))
    made = await present(studio, board, a_run())
    page = await page_of(store)
    assert made.reel is None
    assert len(made.sheets) == 1
    assert made.troubles == (
        "the reel: projects/film/middle/clip-001.mp4 is gone from the archive; no reel is made of it",
    )
    assert "What couldn’t be made" in page
    assert "it is gone from the archive" in page
    assert "../../opening/clip-001.mp4" in linked(page)
    assert "../../middle/clip-001.mp4" not in linked(page)
    assert "../../middle/still-001.png" in linked(page)


async def test_a_changed_clip_is_found_before_it_is_joined(studio, store, tmp_path):
    """A clip that isn't the one that was archived is named, and no reel is made of it."""
    board = await put_board(studio.archive, tmp_path)
    name = name_in(board.reel[2], store.uri)
    await store.delete(name)
    await store.create(name, clip(tmp_path / "other.mp4", RED).read_bytes(), content_type="video/mp4")
    made = await present(studio, board, a_run())
    assert made.reel is None
    assert "ending/clip-001.mp4 has changed since it was archived" in made.troubles[0]


async def test_a_warning_is_on_the_page_while_it_matters(studio, store, tmp_path):
    """Once, with those of its shots that aren't done."""
    board = await put_board(studio.archive, tmp_path)
    old, left = {"warnings": ("an old model",)}, {"state": "failed"}
    done = tuple(shot.model_copy(update=old) for shot in board.shots)
    await present(studio, board.model_copy(update={"shots": done, "reel": ()}), a_run())
    assert "an old model" not in await page_of(store)
    shots = (done[0], *(shot.model_copy(update=left) for shot in done[1:]))
    await present(studio, board.model_copy(update={"shots": shots, "reel": ()}), a_run())
    names = ", ".join(shot.shot for shot in shots[1:])
    assert (await page_of(store)).count(f"2 of 3 shots ({names}): an old model") == 1


async def test_stills_are_shown_until_there_are_clips(studio, store, tmp_path):
    """A storyboard of stills is looked at before any clip is bought."""
    shots = tuple(each.model_copy(update={"clips": ()}) for each in (await put_board(studio.archive, tmp_path)).shots)
    made = await present(studio, BoardFacts(project=PROJECT, name=NAME, shots=shots), a_run())
    page = await page_of(store)
    assert "<video" not in page
    assert page.count("<img") == 4
    sheet = await fetched(store, made.sheets[0], tmp_path / "sheet.jpg")
    with Image.open(sheet) as drawn:
        assert drawn.format == "JPEG"


async def test_clips_that_differ_become_one_reel_all_the_same(studio, store, tmp_path):
    """The record says which clip couldn't be joined as it was, and why."""
    shots = [
        await put_shot(studio.archive, tmp_path, "wide", RED),
        await put_shot(studio.archive, tmp_path, "tall", GREEN, size=(180, 320)),
    ]
    reel = tuple(shot.clips[0] for shot in shots)
    made = await present(studio, BoardFacts(project=PROJECT, name=NAME, shots=tuple(shots), reel=reel), a_run())
    record = await read_lineage(store, made.reel)
    assert record.joined.how == "re-encoded"
    assert record.joined.why == "clip 2, projects/film/tall/clip-001.mp4: it is 180x320 pixels, the first is 320x180"
    with av.open(str(await fetched(store, made.reel, tmp_path / "reel.mp4"))) as container:
        assert sum(1 for _ in container.decode(video=0)) == 48


async def test_many_shots_have_several_sheets(studio, store):
    """Past 120 shots there is another sheet, and shots without a picture are on them."""
    shots = tuple(flagged(f"shot-{n}") for n in range(130))
    made = await present(studio, BoardFacts(project=PROJECT, name=NAME, shots=shots), a_run())
    assert len(made.sheets) == 2
    page = await page_of(store)
    assert page.count("Contact sheet ") == 2
    assert "0 of 130" in page


async def test_an_archive_that_moved_still_tells_of_its_reel(on_set, tmp_path):
    """After a folder was renamed, the reel's chain is whole, and an exchanged clip breaks it."""
    old = FolderStore(tmp_path / "old")
    board = await put_board(Archive(old, Time()), tmp_path)
    reel = (await present(await on_set.studio(store=old), board, a_run())).reel
    (tmp_path / "old").rename(tmp_path / "new")
    new = FolderStore(tmp_path / "new")
    uri = f"{new.uri}/{name_in(reel, old.uri)}"
    assert len(await chain(new, uri)) == 7
    await new.delete("projects/film/middle/clip-001.lineage.json")
    with pytest.raises(Corrupted, match=r"middle/clip-001.mp4, whose lineage is gone"):
        await chain(new, uri)


def test_a_shot_is_plain_json() -> None:
    """What a flow passes survives the way through the engine's database."""
    board = BoardFacts(project=PROJECT, name=NAME, shots=(flagged("a"), ShotFacts(shot="b", state="done")))
    assert BoardFacts.model_validate_json(board.model_dump_json()) == board
