"""A still of a size that its model doesn't make: asked for in the next larger one, kept as made and as cut."""

import asyncio
import json

import pytest
from PIL import Image

from stillreel.archive.folder import FolderStore
from stillreel.archive.hashing import sums_of_file
from stillreel.archive.lineage import chain, verify
from stillreel.domain.budget import Budget
from stillreel.domain.errors import ArchiveUnavailable, Corrupted, Flagged
from stillreel.domain.lineage import Lineage, told
from stillreel.domain.money import spelled
from stillreel.domain.selection import Selection
from stillreel.studio.buying import buy
from stillreel.studio.planning import plan
from stillreel.studio.presenting import BoardFacts, ShotFacts, present
from stillreel.studio.reconciling import reconcile
from stillreel.studio.settling import check_there
from stillreel.studio.summary import summarise
from tests.faults.stores import Troubled
from tests.studio.on_set import CHAIN, MORE_MODELS, a_run, job_of, produce, shot

FOLDER = "projects/harbour/lighthouse"
A_DAY = 86_400 + 60.0
STILL = {**{key: CHAIN[key] for key in ("project", "shot")}, "still": {"prompt": "A quay.", "model": "studio:grid@64"}}
CHAINED = {**STILL, "motion": CHAIN["motion"]}
BOTH = [
    f"{FOLDER}/still-001.full.lineage.json",
    f"{FOLDER}/still-001.full.png",
    f"{FOLDER}/still-001.lineage.json",
    f"{FOLDER}/still-001.png",
]


@pytest.fixture
async def on_set(open_set):
    return await open_set(catalogue=MORE_MODELS)


def a_still(**changes):
    return shot(STILL, MORE_MODELS, **changes)


def stills(on_set):
    return [name for name in on_set.files if "still-001" in name]


def size_of(on_set, name):
    with Image.open(on_set.root / name) as picture:
        return picture.size


async def test_the_still_is_kept_as_made_and_as_cut(on_set):
    """1280x768 is asked for and kept; 1280x720 is cut from its middle, and its record leads to the whole one."""
    studio = await on_set.studio()
    reel = await produce(studio, a_still())
    assert (on_set.jobs[0]["model"], stills(on_set)) == ("studio:grid@64", BOTH)
    assert (size_of(on_set, BOTH[1]), size_of(on_set, BOTH[3])) == ((1280, 768), (1280, 720))
    body = (await job_of(studio, reel.plan.still)).planned.body
    assert (body["width"], body["height"]) == (1280, 768)
    with Image.open(on_set.root / BOTH[1]) as whole, Image.open(on_set.root / BOTH[3]) as part:
        assert part.tobytes() == whole.crop((0, 24, 1280, 744)).tobytes()
    cut, made = records = await chain(studio.archive.store, reel.uris[0])
    assert (reel.kept[0].sha256, reel.kept[0].lineage) == (cut.what.sha256, f"file://{on_set.root}/{BOTH[2]}")
    both = tuple(f"file://{on_set.root}/{name}" for name in (BOTH[0], BOTH[2]))
    assert reel.kept[0].records == (await summarise(studio, reel.plan, None, "first")).lineage == both
    assert [(parent.uri, parent.sha256) for parent in cut.parents] == [(made.what.uri, made.what.sha256)]
    assert made.parents == ()
    for record in records:
        assert await verify(studio.archive.store, record.what.uri) == record
        assert record.request.prompt == "A quay."
    assert "to 1280x720 from the middle of 1280x768" in told(cut)
    assert "as made, 1280x768" in told(made)


async def test_what_two_files_cost_is_said_once(on_set):
    """Whoever adds up all lineages comes to what was paid, as books and balance do; the cut says where it stands."""
    studio = await on_set.studio()
    reel = await produce(studio, a_still(results=2))
    found = [
        Lineage.model_validate_json((on_set.root / name).read_bytes()) for name in stills(on_set) if "json" in name
    ]
    costs = [record.answer.cost for record in found]
    budget = Budget.of_json((on_set.root / "budget.json").read_bytes())
    paid = 100 - on_set.balance
    assert sum(cost for cost in costs if cost is not None) == paid > 0
    assert sum(total.reported for total in budget.totals) == paid
    summary = await summarise(studio, reel.plan, None, "run")
    assert summary.cost.reported == paid
    for record in found:
        whole = record.what.uri if "full" in record.what.uri else record.parents[0].uri
        cut = record.what.uri != whole
        assert (record.answer.cost is None, record.answer.cost_in) == (cut, whole if cut else None)
        assert (record.short()["cost-usd"] == "") == cut
        assert (f"reported with {whole}" in told(record)) == cut


async def test_a_record_that_names_the_cost_twice_is_read(on_set):
    """A cut that was archived before records had the word is a chain like any other."""
    studio = await on_set.studio()
    reel = await produce(studio, a_still())
    store = studio.archive.store
    data, generation = await store.read(BOTH[2])
    said = json.loads(data)
    del said["answer"]["cost_in"]
    said["answer"]["cost"] = "0.003"
    await store.replace(BOTH[2], json.dumps(said).encode(), generation=generation)
    cut, _ = await chain(store, reel.uris[0])
    assert "reported $0.003" in told(cut)
    assert (await verify(store, reel.uris[0])).answer.cost_in is None


@pytest.mark.parametrize("name", [BOTH[1], BOTH[3]])
async def test_a_changed_byte_of_either_is_found(on_set, name):
    """Whoever verifies the chain reads both files again."""
    studio = await on_set.studio()
    reel = await produce(studio, a_still())
    with (on_set.root / name).open("ab") as file:
        file.write(b"!")
    cut, made = await chain(studio.archive.store, reel.uris[0])
    damaged, whole = (made, cut) if "full" in name else (cut, made)
    assert await verify(studio.archive.store, whole.what.uri) == whole
    with pytest.raises(Corrupted, match="isn't what was written"):
        await verify(studio.archive.store, damaged.what.uri)


async def test_the_clip_starts_from_what_was_cut(on_set):
    """The provider has never seen it: our copy is uploaded, and the clip has exactly its pixels."""
    studio = await on_set.studio()
    reel = await produce(studio, shot(CHAINED, MORE_MODELS))
    (frame,) = (await job_of(studio, reel.plan.clip)).planned.body["inputs"]["frameImages"]
    assert frame["image"] != reel.still.kept[0].id
    assert on_set.emulator.requests()["mediaStorage"] == 1
    records = await chain(studio.archive.store, reel.uris[1])
    assert [record.what.uri.rpartition("/")[2] for record in records] == [
        "clip-001.mp4",
        "still-001.png",
        "still-001.full.png",
    ]
    assert (records[0].what.media.width, records[0].what.media.height) == (1280, 720)
    assert records[0].parents[0].sha256 == reel.still.kept[0].sha256
    again = await produce(await on_set.studio(), shot(CHAINED, MORE_MODELS), a_run("second"))
    assert again.uris == reel.uris
    assert [runs for _, runs, _ in on_set.bought] == [1, 1]


async def test_several_results_are_cut_each(on_set):
    """Each result has its own two files, in one purchase; the format is the one that was asked for."""
    reel = await produce(await on_set.studio(), a_still(results=3, output={"format": "JPG"}))
    assert [uri.rpartition("/")[2] for uri in reel.uris] == [f"still-001-{k}.jpg" for k in (1, 2, 3)]
    for k in (1, 2, 3):
        assert size_of(on_set, f"{FOLDER}/still-001-{k}.full.jpg") == (1280, 768)
        assert size_of(on_set, f"{FOLDER}/still-001-{k}.jpg") == (1280, 720)
    assert len(on_set.bought) == 1


async def test_a_size_of_pairs_is_scaled_and_cut(on_set):
    """A model of few sizes makes 1376x768, of which as much as 1280x720 can hold is kept."""
    still = {"prompt": "A quay.", "model": "studio:named@1"}
    await produce(await on_set.studio(), a_still(still=still))
    assert (size_of(on_set, BOTH[1]), size_of(on_set, BOTH[3])) == ((1376, 768), (1280, 720))


@pytest.mark.parametrize("when", ["soon", "a day later"])
@pytest.mark.parametrize("written", [1, 2, 3, 4])
async def test_whoever_dies_between_the_files_loses_nothing(on_set, written, when):
    """After each of the four writes the next run ends it, also when the provider has forgotten the result by then."""

    async def die_in_time() -> None:
        if len(stills(on_set)) == written:
            raise ArchiveUnavailable("died")

    dying = await on_set.studio(store=Troubled(FolderStore(on_set.root), "", after=die_in_time))
    with pytest.raises(ArchiveUnavailable):
        await produce(dying, a_still())
    assert stills(on_set) == sorted([BOTH[1], BOTH[0], BOTH[3], BOTH[2]][:written])
    on_set.time.pass_by(A_DAY if when == "a day later" else 60)
    reel = await produce(await on_set.studio(), a_still(), a_run("second"))
    assert [(kept.end, kept.uri) for kept in reel.kept] == [("archived", f"file://{on_set.root}/{BOTH[3]}")]
    assert stills(on_set) == BOTH
    assert size_of(on_set, BOTH[3]) == (1280, 720)
    assert [runs for _, runs, _ in on_set.bought] == [1]


async def test_what_another_encoder_has_cut_is_as_good(on_set):
    """A cut of this very result that stands there with other bytes is the one that counts; it isn't overwritten."""
    studio, died = await on_set.studio(), False

    async def die() -> None:
        nonlocal died
        if len(stills(on_set)) == 3 and not died:
            died = True
            raise ArchiveUnavailable("died")

    dying = await on_set.studio(store=Troubled(FolderStore(on_set.root), "", after=die))
    with pytest.raises(ArchiveUnavailable):
        await produce(dying, a_still())
    cut = on_set.root / BOTH[3]
    metadata = (await studio.archive.store.stat(BOTH[3])).metadata
    with Image.open(cut) as picture:
        picture.load()
    cut.unlink()
    other = on_set.root.parent / "other.png"
    picture.save(other, "PNG", compress_level=0)
    await studio.archive.store.create_file(
        BOTH[3], other, sums_of_file(other), content_type="image/png", metadata=metadata
    )
    reel = await produce(studio, a_still(), a_run("second"))
    assert cut.read_bytes() == other.read_bytes()
    assert reel.kept[0].sha256 == sums_of_file(other).sha256
    for record in await chain(studio.archive.store, reel.uris[0]):
        assert await verify(studio.archive.store, record.what.uri) == record


async def test_a_strangers_file_is_not_taken_for_the_cut(on_set):
    """What lies under the name of the cut and isn't this result's stays; the whole picture is kept, and it is told."""
    studio = await on_set.studio()
    await buy(studio, (await plan(studio, a_still(), a_run())).still, a_run())
    stands = on_set.root / BOTH[3]
    stands.write_bytes(b"somebody else's")
    with pytest.raises(Corrupted, match="nothing was overwritten"):
        await produce(studio, a_still())
    assert stands.read_bytes() == b"somebody else's"
    assert size_of(on_set, BOTH[1]) == (1280, 768)


async def test_two_runs_at_once_keep_the_same_two_files(on_set):
    """Runs that keep the same result side by side end with the same files, bought once."""
    studios = [await on_set.studio() for _ in range(3)]
    reels = await asyncio.gather(*(produce(studio, a_still(), a_run(f"run {n}")) for n, studio in enumerate(studios)))
    assert len({reel.kept[0].sha256 for reel in reels}) == 1
    assert stills(on_set) == BOTH
    assert [runs for _, runs, _ in on_set.bought] == [1]


async def test_what_is_flagged_is_not_cut(open_set):
    """A flagged still lies in quarantine as it was made, and nothing is cut from it."""
    on_set = await open_set(catalogue=MORE_MODELS, moderation={"how": "flag"})
    with pytest.raises(Flagged):
        await produce(await on_set.studio(), shot(CHAINED, MORE_MODELS))
    assert stills(on_set) == [f"quarantine/{FOLDER}/still-001.full.{ending}" for ending in ("lineage.json", "png")]
    assert len(on_set.bought) == 1


async def test_a_still_that_is_brought_home_by_others_is_cut(on_set):
    """Whoever ends the job without its run keeps both files, too."""
    studio = await on_set.studio()
    await buy(studio, (await plan(studio, a_still(), a_run())).still, a_run())
    on_set.time.pass_by(600)
    await reconcile(await on_set.studio(), Selection(), a_run("later"))
    assert stills(on_set) == BOTH


async def test_an_archive_that_moved_is_found_again(on_set, tmp_path):
    """A still that was paid for before its archive was moved is brought from there to start a clip."""
    root = tmp_path / "projects" / "old"
    root.parent.mkdir()
    await produce(await on_set.studio(root=root), a_still())
    studio = await on_set.studio(root=root.rename(tmp_path / "projects" / "new"))
    made = await produce(studio, shot(CHAINED, MORE_MODELS), a_run("second"))
    await check_there(studio, made.kept)
    assert [job["model"] for job in on_set.jobs] == ["studio:grid@64", "klingai:3@1"]


async def test_the_gallery_tells_of_each_job_once(on_set):
    """A still that was cut has one line with its prompt and what it cost, not a second one without."""
    studio = await on_set.studio()
    made = await produce(studio, shot(CHAINED, MORE_MODELS))
    shown = ShotFacts(shot="lighthouse", state="done", clips=made.uris[1:])
    await present(studio, BoardFacts(project="harbour", name="quay", shots=(shown,)), a_run())
    page = (on_set.root / "projects/harbour/reels/quay/index.html").read_text()
    assert page.count("<h3>still") == page.count("<h3>clip") == 1
    assert "not reported" not in page
    assert f"${spelled(made.still.kept[0].cost)} reported" in page
