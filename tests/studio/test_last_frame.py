"""The image that a clip ends with: archived before anything is bought, sent with the first one, never lost."""

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from stillreel.archive.folder import FolderStore
from stillreel.archive.lineage import chain, verify
from stillreel.domain.errors import ArchiveUnavailable, BadInput, Rejected
from stillreel.domain.lineage import told
from stillreel.domain.reels import told_of
from stillreel.domain.selection import Selection
from stillreel.runware.catalogue import Catalogue
from stillreel.studio.buying import buy
from stillreel.studio.framing import frame_of
from stillreel.studio.given import beside, bring_all, with_images
from stillreel.studio.planning import plan, preview
from stillreel.studio.reconciling import reconcile
from tests.faults.stores import Troubled
from tests.studio.on_set import CHAIN, MORE_MODELS, STILL, a_run, job_of, kinds, make, produce, shot

FOLDER = "projects/harbour/lighthouse"


def picture(path: Path, shade=90, width=1280, height=720) -> Path:
    """A picture of one colour."""
    Image.new("RGB", (width, height), (20, 60, shade)).save(path, "PNG")
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def ending(last, still=None, **changes):
    """The chain with a clip that ends with this image."""
    motion = {"prompt": "Dusk falls.", "model": "studio:words@1", "last_image": str(last)}
    return shot({**CHAIN, "motion": motion, **({"still": still} if still else {})}, MORE_MODELS, **changes)


@pytest.fixture
async def on_set(open_set):
    return await open_set(catalogue=MORE_MODELS)


async def test_a_clip_ends_with_the_given_image(on_set, tmp_path):
    """It lies in the archive under its bytes' name, is uploaded, sent as the last frame, and is the second parent."""
    last, studio = picture(tmp_path / "dusk.png"), await on_set.studio()
    reel = await produce(studio, ending(last), paths=True)
    name = f"{FOLDER}/given-{sha256(last)[:16]}.png"
    assert (on_set.root / name).read_bytes() == last.read_bytes()
    assert reel.plan.clip.request.last.sha256 == sha256(last)
    frames = (await job_of(studio, reel.plan.clip)).planned.body["inputs"]["frameImages"]
    assert [frame["frame"] for frame in frames] == ["first", "last"]
    assert frames[0]["image"] == reel.still.kept[0].id
    assert on_set.emulator.requests()["mediaStorage"] == 1
    records = await chain(studio.archive.store, f"{FOLDER}/clip-001.mp4")
    assert [(parent.frame, parent.sha256, parent.take) for parent in records[0].parents] == [
        ("first", reel.still.kept[0].sha256, 1),
        ("last", sha256(last), None),
    ]
    *made, brought = records
    said = f"given-{sha256(last)[:16]}.png as its last frame"
    assert said in told(records[0])
    assert f"{said} (brought from {last})" in told_of(records[0], records)
    assert [record.place.stage for record in made] == ["clip", "still"]
    assert brought.what.sha256 == sha256(last)
    assert str(last) not in (await job_of(studio, reel.plan.clip)).planned.model_dump_json()


async def test_a_last_frame_that_nobody_speaks_of_is_a_doubt(open_set, tmp_path):
    """Of which nobody says whether the model takes it, is bought, and told in the plan and in the lineage."""
    on_set = await open_set(media="canned")
    studio, air = await on_set.studio(max_usd=10), "klingai:kling-video@3-standard"
    motion = {"prompt": "Dusk falls.", "model": air, "last_image": str(picture(tmp_path / "dusk.png"))}
    reel = await produce(studio, shot({**CHAIN, "motion": motion}), paths=True)
    doubt = "KlingAI VIDEO 3.0 Standard: nobody can say for certain whether it takes a last frame"
    clip, *_ = await chain(studio.archive.store, f"{FOLDER}/clip-001.mp4")
    assert doubt in reel.plan.clip.doubts
    assert (await job_of(studio, reel.plan.clip)).planned.doubts == clip.doubts == reel.plan.clip.doubts
    assert f"  doubt   {doubt}" in told(clip).splitlines()
    assert [parent.frame for parent in clip.parents] == ["first", "last"]


async def test_a_clip_as_large_as_its_given_image_is_what_was_promised(open_set, tmp_path):
    """Where nobody asks for pixels, because the clip takes its size from the image, its shape is what counts."""
    words = MORE_MODELS["studio:words@1"]
    sizes = {mode: rule.model_copy(update={"resolutions": ()}) for mode, rule in words.sizes.items()}
    unnamed = Catalogue({**MORE_MODELS, words.air: words.model_copy(update={"sizes": sizes})})
    on_set = await open_set(catalogue=unnamed)
    dawn, dusk = picture(tmp_path / "dawn.png", 30, 1600, 900), picture(tmp_path / "dusk.png")
    reel = await produce(await on_set.studio(), ending(dusk, {"image": str(dawn)}), paths=True)
    record, *_ = await chain(FolderStore(on_set.root), reel.uris[0])
    assert (reel.kept[0].end, record.what.media.width, record.what.media.height) == ("archived", 1600, 900)


async def test_it_is_known_by_its_bytes(on_set, tmp_path):
    """The same bytes from elsewhere are the same take, bought once; other bytes are the next take."""
    one, two = picture(tmp_path / "dusk.png"), tmp_path / "copy.png"
    two.write_bytes(one.read_bytes())
    first = await produce(await on_set.studio(), ending(one), paths=True)
    again = await produce(await on_set.studio(), ending(two), a_run("second"), paths=True)
    uri = f"file://{on_set.root}/{FOLDER}/given-{sha256(one)[:16]}.png"
    there = await produce(await on_set.studio(), ending(uri), a_run("third"))
    assert first.uris == again.uris == there.uris
    assert [runs for _, runs, _ in on_set.bought] == [1, 1]
    other = await produce(
        await on_set.studio(), ending(picture(tmp_path / "night.png", 10)), a_run("fourth"), paths=True
    )
    assert other.plan.clip.place.take == 2
    assert other.still.kept == first.still.kept


async def test_a_no_to_sound_is_no_take_of_its_own_where_there_is_none(on_set, tmp_path):
    """Between two frames of a model that is silent there the take is the one of the shot that says nothing of sound."""
    motion = {"prompt": "Dusk falls.", "model": "klingai:kling-video@2.6-pro"}
    motion["last_image"] = str(picture(tmp_path / "dusk.png"))
    takes = []
    for audio in ("", "no", ""):
        wanted, studio = shot({**CHAIN, "motion": {**motion, "audio": audio}}, MORE_MODELS), await on_set.studio()
        planned = await plan(studio, wanted, a_run(), *await bring_all(studio, wanted, paths=True))
        takes.append((planned.clip.place.take, planned.clip.digest))
    assert len(set(takes)) == 1


async def test_a_still_of_our_own_can_be_the_end(on_set, tmp_path):
    """An archived still is used where it lies, and the way back from the clip leads through both records."""
    studio = await on_set.studio()
    dusk = await produce(studio, shot(STILL, MORE_MODELS, shot="dusk"))
    reel = await produce(studio, ending(dusk.uris[0], {"image": str(picture(tmp_path / "dawn.png"))}), paths=True)
    records = await chain(studio.archive.store, reel.uris[0])
    clip, dawn, still = records
    assert (clip.place.stage, dawn.shot, still.place.shot) == ("clip", "lighthouse", "dusk")
    for record in records:
        assert await verify(studio.archive.store, record.what.uri) == record
    assert [parent.frame for parent in clip.parents] == ["first", "last"]


@pytest.mark.parametrize("write", ["planned", "sending", "accepted", "result", "lineage", "file", "settled", "closed"])
async def test_whoever_dies_on_the_way_loses_nothing(on_set, tmp_path, write):
    """Whatever of the clip was written last, the next run, with the image gone from its old place, goes on from it."""
    last = picture(tmp_path / "dusk.png")
    wanted, here = ending(last), await on_set.studio()
    images = await bring_all(here, wanted, paths=True)
    planned = await plan(here, wanted, a_run(), *images)
    frame, sources = frame_of(planned, (await make(here, planned.still, a_run())).archived[0])

    async def die() -> None:
        raise ArchiveUnavailable("died")

    dying = await on_set.studio(store=Troubled(FolderStore(on_set.root), write, after=die))
    with pytest.raises(ArchiveUnavailable):
        await make(dying, planned.clip, a_run(), frame, sources)
    last.unlink()
    on_set.time.pass_by(120)
    again = await produce(await on_set.studio(), ending(images[1].uri), a_run("second"))
    assert again.clip.kept[0].end == "archived"
    assert [runs for _, runs, _ in on_set.bought] == [1, 1]
    (_, parent) = (await chain(here.archive.store, again.clip.kept[0].uri))[0].parents
    assert (parent.uri, parent.frame) == (images[1].uri, "last")


async def test_a_clip_that_is_brought_home_by_others_names_both(on_set, tmp_path):
    """Whoever ends the job without its run finds both frames in the archive."""
    studio, wanted = await on_set.studio(), ending(picture(tmp_path / "dusk.png"))
    planned = await plan(studio, wanted, a_run(), *await bring_all(studio, wanted, paths=True))
    frame, _ = frame_of(planned, (await make(studio, planned.still, a_run())).archived[0])
    await buy(studio, planned.clip, a_run(), frame)
    on_set.time.pass_by(600)
    await reconcile(await on_set.studio(), Selection(), a_run("later"))
    record, *_ = await chain(studio.archive.store, f"{FOLDER}/clip-001.mp4")
    assert [parent.frame for parent in record.parents] == ["first", "last"]


async def test_a_first_frame_that_is_refused_is_uploaded_beside_the_last(open_set, tmp_path):
    """The provider refuses the still by its id: our own copy goes out in its place, the last frame with it, once."""
    on_set = await open_set(catalogue=MORE_MODELS, refuse_frame_uuid=True)
    studio = await on_set.studio()
    reel = await produce(studio, ending(picture(tmp_path / "dusk.png")), paths=True)
    first, second = await job_of(studio, reel.plan.clip), await job_of(studio, reel.plan.clip, 2)
    assert kinds(first)[-1] == "rejected"
    for job in (first, second):
        frames = job.planned.body["inputs"]["frameImages"]
        assert [frame["frame"] for frame in frames] == ["first", "last"]
    assert second.planned.body["inputs"]["frameImages"][0]["image"] != reel.still.kept[0].id
    assert on_set.emulator.requests()["mediaStorage"] == 3
    assert [runs for _, runs, _ in on_set.bought if runs] == [1, 1]


async def test_frames_that_are_refused_twice_are_refused(open_set, tmp_path):
    """Where our own copies are refused, too, it is told, and nothing is sent a third time."""
    refused = {"code": "invalidFrameImages", "models": ["studio:words@1"]}
    on_set = await open_set(catalogue=MORE_MODELS, refuse=refused)
    with pytest.raises(Rejected, match="invalidFrameImages"):
        await produce(await on_set.studio(), ending(picture(tmp_path / "dusk.png")), paths=True)
    assert on_set.emulator.requests()["mediaStorage"] == 3


async def test_both_images_are_told_at_once(on_set, tmp_path):
    """A first frame and a last one that no clip can be made of are two problems, and nothing is bought."""
    still = {"image": str(tmp_path / "nowhere.png")}
    tall = picture(tmp_path / "tall.png", width=720, height=1280)
    with pytest.raises(BadInput) as caught:
        await produce(await on_set.studio(), ending(tall, still), paths=True)
    found = {problem.field: str(problem) for problem in caught.value.problems}
    assert set(found) == {"still.image", "motion.last_image"}
    assert "720x1280 pixels" in found["motion.last_image"]
    assert (on_set.jobs, on_set.balance) == ([], Decimal(100))


async def test_a_path_is_for_the_command_line_only(on_set, tmp_path):
    """A deployment never reads a path of the machine that it runs on."""
    with pytest.raises(BadInput, match=r"motion\.last_image: .*a path only on the command line"):
        await produce(await on_set.studio(), ending(picture(tmp_path / "dusk.png")))


def test_paths_are_those_beside_the_shot_file():
    """Both images are read from the folder of the shot file, and travel as addresses of the archive."""
    here = beside(ending("dusk.png", {"image": "dawn.png"}), Path("shots"))
    assert (here.still.image, here.motion.last_image) == ("shots/dawn.png", "shots/dusk.png")
    away = ending("gs://b/dusk.png", {"image": "https://example.com/dawn.png"})
    assert beside(away, Path("shots")) == away
    named = with_images(here, None, "gs://b/dusk.png")
    assert (named.still.image, named.motion.last_image) == ("shots/dawn.png", "gs://b/dusk.png")


async def test_nothing_is_planned_without_its_images(on_set, tmp_path):
    """Whoever forgets to bring an image that the shot names buys no clip without it."""
    studio, wanted = await on_set.studio(), ending(picture(tmp_path / "dusk.png"))
    for look in (plan, preview):
        with pytest.raises(ValueError, match="brought into the archive"):
            await look(studio, wanted, a_run())
    assert on_set.jobs == []
