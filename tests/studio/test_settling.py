"""Settling: every result ends in the archive, in quarantine, or in a stated failure."""

import asyncio
import json

import pytest

from stillreel.domain.errors import (
    Corrupted,
    Flagged,
    GenerationFailed,
    Held,
    MediaError,
    Money,
    ProviderError,
)
from stillreel.domain.events import Settled
from stillreel.domain.lineage import Lineage
from stillreel.studio.buying import buy
from stillreel.studio.judging import shortfall, verdicts
from stillreel.studio.orders import Sources
from stillreel.studio.planning import plan
from stillreel.studio.settling import settle
from stillreel.studio.watching import number, watch
from tests.studio.on_set import CHAIN, STILL, a_run, job_of, produce, shot

FOLDER = "projects/harbour/lighthouse"
STILLS = ["runware:z-image@turbo"]


async def seen(on_set, *, results=1):
    """A studio, a stage whose results are all known, and what is known of them."""
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL, results=results), a_run())).still
    return studio, stage, await watch(studio, await buy(studio, stage, a_run()))


async def settled(studio, stage, outcome, run="first"):
    return await settle(studio, outcome, verdicts(outcome, stage.request), Sources(), a_run(run))


def record(on_set, name):
    return Lineage.model_validate_json((on_set.root / f"{name}.lineage.json").read_bytes())


def submitted(on_set):
    return [job["model"] for job in on_set.jobs]


async def test_a_flagged_still_goes_to_quarantine_and_stops_its_chain(open_set):
    """What is flagged is kept apart, its record says so, the clip is never bought, by no later run either."""
    on_set = await open_set(moderation={"how": "flag", "models": STILLS})
    for name in ("first", "second"):
        with pytest.raises(Flagged, match=r"quarantine/projects/harbour/lighthouse/still-001\.png") as caught:
            await produce(await on_set.studio(), shot(), a_run(name))
        assert (caught.value.state, caught.value.money) == ("flagged", Money.SPENT)
    assert on_set.files == [f"quarantine/{FOLDER}/still-001.lineage.json", f"quarantine/{FOLDER}/still-001.png"]
    kept = record(on_set, f"quarantine/{FOLDER}/still-001")
    assert (kept.safety.asked, kept.safety.verdict, kept.answer.flag) == ("fast", "flagged", True)
    assert (submitted(on_set), on_set.bought[0][0]) == (STILLS, 1)
    assert await (await on_set.studio()).archive.open_jobs() == {}


async def test_a_still_that_nobody_checked_is_held(open_set):
    """A flag that is missing though a check was asked for isn't a clean one: held, and the clip isn't bought."""
    on_set = await open_set(unchecked=True)
    with pytest.raises(Held, match="wasn't checked though it was asked for") as caught:
        await produce(await on_set.studio(), shot())
    assert (caught.value.state, caught.value.money) == ("held", Money.SPENT)
    assert on_set.files[1] == f"quarantine/{FOLDER}/still-001.png"
    assert submitted(on_set) == STILLS


async def test_what_nobody_wanted_checked_moves_on(open_set):
    """With `safety: none` a missing flag is no reason to stop, and the record says that nobody looked."""
    on_set = await open_set(unchecked=True)
    await produce(await on_set.studio(), shot(STILL, safety="none"))
    kept = record(on_set, f"{FOLDER}/still-001")
    assert (kept.safety.asked, kept.safety.verdict, kept.answer.flag) == ("none", "unchecked", None)
    assert "safety" not in kept.body


async def test_only_the_clean_ones_move_on(open_set):
    """Of three results the flagged one lies in quarantine under its own number, the others in the archive."""
    on_set = await open_set(moderation={"how": "flag", "results": [1]})
    with pytest.raises(Flagged, match="2 of 3 results are in the archive"):
        await produce(await on_set.studio(), shot(STILL, results=3))
    pictures = [name for name in on_set.files if name.endswith(".png")]
    assert pictures == [
        f"{FOLDER}/still-001-1.png",
        f"{FOLDER}/still-001-3.png",
        f"quarantine/{FOLDER}/still-001-2.png",
    ]


async def test_some_results_fail_and_the_others_are_kept(open_set):
    """What failed is stated with its code, what came is in the archive, and nothing is bought to fill the gap."""
    on_set = await open_set(failure={"count": 1})
    studio = await on_set.studio()
    for name in ("first", "second"):
        with pytest.raises(GenerationFailed, match=r"timeoutProvider.*2 of 3 results are in the archive"):
            await produce(studio, shot(STILL, results=3), a_run(name))
    assert [name for name in on_set.files if name.endswith(".png")] == [
        f"{FOLDER}/still-001-1.png",
        f"{FOLDER}/still-001-2.png",
    ]
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1)]
    assert await studio.archive.open_jobs() == {}


@pytest.mark.parametrize(
    "switches,code",
    [({"failure": True}, "timeoutProvider"), ({"moderation": {"how": "fail"}}, "invalidProviderContent")],
    ids=["the provider gave up", "moderated afterwards"],
)
async def test_a_job_without_results_ends_as_failed(open_set, switches, code):
    """An accepted job that comes to nothing says why, stops the chain, and is a new take's business."""
    on_set = await open_set(**switches)
    with pytest.raises(GenerationFailed, match=code) as caught:
        await produce(await on_set.studio(), shot())
    assert (caught.value.state, caught.value.money) == ("failed", Money.UNKNOWN)
    assert on_set.files == []
    assert submitted(on_set) == STILLS
    on_set.emulator.switch(failure=None, moderation=None)
    reel = await produce(await on_set.studio(), shot(STILL, take="new"), a_run("second"))
    assert reel.uris[0].endswith("still-002.png")


@pytest.mark.parametrize("how", ["html", "wrong_length"], ids=["a web page", "half a picture"])
async def test_bytes_that_are_no_picture_go_to_quarantine(open_set, how):
    """A file that isn't what was promised never takes a final name; why is said, and what came is kept."""
    on_set = await open_set(download={"how": how})
    studio = await on_set.studio()
    with pytest.raises(GenerationFailed, match="quarantine") as caught:
        await produce(studio, shot())
    assert caught.value.money is Money.SPENT
    lineage, picture = on_set.files
    kept = record(on_set, picture.removesuffix(".png"))
    assert picture == f"quarantine/{FOLDER}/still-001.bad-{kept.what.sha256[:12]}.png"
    assert lineage == picture.replace(".png", ".lineage.json")
    assert kept.what.media is None
    assert kept.what.size == (on_set.root / picture).stat().st_size
    (end,) = (await job_of(studio, (await plan(studio, shot(STILL), a_run())).still)).all(Settled)
    assert (end.end, "readable PNG" in end.reason) == ("quarantined", True)
    assert submitted(on_set) == STILLS


@pytest.mark.parametrize("fault", [{"how": "truncated"}, {"how": "status", "status": 503}, {"how": "no_length"}])
async def test_a_download_that_breaks_off_is_taken_up_again(open_set, fault):
    """A body that ends early, an error on the way, or one of unknown length is still the whole file in the end."""
    on_set = await open_set(download={**fault, "times": 2})
    reel = await produce(await on_set.studio(), shot(STILL))
    assert [kept.end for kept in reel.kept] == ["archived"]


@pytest.mark.parametrize("how", ["html", "wrong_length"], ids=["a web page", "half a picture"])
async def test_what_comes_badly_once_is_fetched_again(open_set, how):
    """A page of a gateway in place of a paid file is no end: a little later the file is there."""
    on_set = await open_set(download={"how": how, "times": 3})
    reel = await produce(await on_set.studio(), shot(STILL))
    assert [kept.end for kept in reel.kept] == ["archived"]


async def test_what_was_archived_and_is_gone_is_told(on_set):
    """A take whose file was deleted isn't called done, and no clip is bought to start from it."""
    await produce(await on_set.studio(), shot(STILL))
    (on_set.root / f"{FOLDER}/still-001.png").unlink()
    with pytest.raises(Corrupted, match=r"still-001\.png was archived and isn't there any more") as caught:
        await produce(await on_set.studio(), shot(CHAIN), a_run("second"))
    assert caught.value.money is Money.SPENT
    assert submitted(on_set) == STILLS


async def test_a_url_that_expired_is_lost(on_set):
    """A day later the file isn't at its address any more: lost in so many words, at its known cost, and closed."""
    studio, stage, outcome = await seen(on_set)
    on_set.time.pass_by(86_400 + 60)
    settlement = await settled(studio, stage, outcome)
    assert [(kept.end, kept.uri) for kept in settlement.kept] == [("lost", None)]
    assert "404" in settlement.kept[0].reason
    assert settlement.kept[0].cost is not None
    with pytest.raises(GenerationFailed) as caught:
        await produce(studio, shot(STILL), a_run("second"))
    assert caught.value.money is Money.SPENT
    assert [submits for submits, _, _ in on_set.bought] == [1]


async def test_a_file_that_cannot_be_had_now_is_had_later(open_set):
    """A download that fails for now leaves the job open and says that it is paid for; the next run gets the file."""
    on_set = await open_set(download={"how": "status", "status": 503})
    studio = await on_set.studio()
    with pytest.raises(ProviderError) as caught:
        await produce(studio, shot(STILL))
    assert caught.value.money is Money.SPENT
    assert on_set.files == [f"open/{next(iter(await studio.archive.open_jobs()))}"]
    on_set.emulator.switch(download=None)
    assert [kept.end for kept in (await produce(studio, shot(STILL), a_run("second"))).kept] == ["archived"]
    assert [submits for submits, _, _ in on_set.bought] == [1]


@pytest.mark.parametrize(
    "fault,error",
    [
        ({"how": "status", "status": 503, "times": 4}, ProviderError),
        ({"how": "redirect", "location": "http://10.0.0.1/", "times": 1}, MediaError),
    ],
    ids=["not now", "not allowed"],
)
async def test_a_failing_sibling_loses_nobody(open_set, fault, error):
    """One file of three that can't be had doesn't keep the others from the archive; the next run gets it, too."""
    on_set = await open_set(download=fault)
    studio = await on_set.studio()
    with pytest.raises(error) as caught:
        await produce(studio, shot(STILL, results=3))
    assert caught.value.money is Money.SPENT
    pictures = [name for name in on_set.files if name.endswith(".png")]
    assert pictures == [f"{FOLDER}/still-001-2.png", f"{FOLDER}/still-001-3.png"]
    assert len(await studio.archive.open_jobs()) == 1
    reel = await produce(studio, shot(STILL, results=3), a_run("second"))
    assert [kept.end for kept in reel.kept] == ["archived"] * 3
    assert await studio.archive.open_jobs() == {}


@pytest.mark.parametrize("name", ["still-001.png", "still-001.lineage.json"])
async def test_what_stands_is_never_overwritten(on_set, name):
    """Another file, or another file's record, under a result's name is an error; it stays, and the job stays open."""
    studio, stage, outcome = await seen(on_set)
    other = b"somebody else's"
    if name.endswith(".json"):
        await produce(studio, shot(STILL, shot="pier"))
        other = (on_set.root / "projects/harbour/pier/still-001.lineage.json").read_bytes()
    await studio.archive.store.create(f"{FOLDER}/{name}", other)
    with pytest.raises(Corrupted, match="nothing was overwritten") as caught:
        await settled(studio, stage, outcome)
    assert caught.value.money is Money.SPENT
    assert (on_set.root / FOLDER / name).read_bytes() == other
    assert len(await studio.archive.open_jobs()) == 1


async def test_two_that_settle_the_same_job_end_alike(on_set):
    """Two processes that settle one job at once write each file once and agree on every end."""
    studio, stage, outcome = await seen(on_set, results=3)
    other = await on_set.studio()
    one, two = await asyncio.gather(settled(studio, stage, outcome, "first"), settled(other, stage, outcome, "second"))
    assert one == two
    assert [kept.end for kept in one.kept] == ["archived"] * 3
    job = await job_of(studio, stage)
    assert len([event for event in job.events if event.kind == "closed"]) == 1
    assert len(job.settled) == 3


async def test_a_record_is_complete(on_set):
    """The record beside a file holds what was sent, what came back, what it cost by which row, and who asked."""
    studio, stage, outcome = await seen(on_set)
    (kept,) = (await settled(studio, stage, outcome)).kept
    told = record(on_set, f"{FOLDER}/still-001")
    job = await job_of(studio, stage)
    assert kept.lineage == f"file://{on_set.root}/{FOLDER}/still-001.lineage.json"
    assert (told.what.uri, told.what.sha256) == (kept.uri, kept.sha256)
    assert (told.body, told.request, told.digest) == (job.planned.body, stage.request, stage.digest)
    assert (told.answer.task_uuid, told.answer.result, told.answer.cost) == (job.uuid, kept.id, kept.cost)
    assert told.answer.seed is not None
    assert told.quote.row.source
    assert told.what.media.model_dump(exclude_none=True) == {
        "kind": "still",
        "container": "png",
        "codec": "png",
        "width": 1280,
        "height": 720,
        "size": told.what.size,
    }
    assert json.loads((on_set.root / f"{FOLDER}/still-001.lineage.json").read_text())["schema_version"]


async def test_the_first_frame_is_the_provider_s_own(on_set):
    """The clip is bought with the id that the provider gave the still, without another upload."""
    reel = await produce(await on_set.studio(), shot({**CHAIN, "size": "1:1"}))
    assert "mediaStorage" not in on_set.emulator.requests()
    assert reel.clip.kept[0].poster.endswith("clip-001.poster.jpg")


async def test_more_results_than_were_asked_for_lose_nobody(on_set):
    """What the provider makes on top goes to quarantine, is paid for in the books, and doesn't fail the shot."""
    studio, stage, outcome = await seen(on_set)
    _, other, more = await seen(on_set, results=2)  # rows of another job stand in for a second run of this one
    job = await number(studio, await job_of(studio, stage), more.rows[2])
    outcome = outcome.model_copy(update={"rows": {k: result.row for k, result in job.results.items()}})
    settlement = await settled(studio, stage, outcome)
    assert [kept.end for kept in settlement.kept] == ["archived", "quarantined"]
    assert settlement.kept[1].reason == "the provider made more than was asked for"
    assert shortfall(stage, settlement) is None
    assert other.place.take == 2
    (total,) = (await studio.archive.books.read()).totals
    assert total.alarming
    assert total.reported == sum(result.row.cost for result in job.results.values())
    assert total.against == total.quoted
