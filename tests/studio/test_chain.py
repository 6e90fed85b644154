"""The chain by hand: plan, buy, watch, check and settle a still, then the clip that starts from it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal

import pytest

from stillreel.domain.lineage import Lineage
from stillreel.studio.orders import NOTHING
from stillreel.studio.planning import plan
from stillreel.studio.settling import check_there
from stillreel.studio.studio import Studio
from stillreel.studio.summary import summarise
from tests.studio.on_set import CLIP, CLIP_USD, STILL, OnSet, Reel, a_run, built, job_of, kinds, produce, shot

Done = tuple[OnSet, Studio, Reel]


@pytest.fixture(scope="module")
async def done(tmp_path_factory) -> AsyncIterator[Done]:
    """A chain that is done, for tests that only look at it."""
    async with AsyncExitStack() as stack:
        on_set = await built(tmp_path_factory.mktemp("done"), stack)
        studio = await on_set.studio()
        yield on_set, studio, await produce(studio, shot())


async def test_a_shot_becomes_a_still_and_a_clip(done):
    """Both stages lie in the archive with lineage and poster, each job is bought once, closed and no longer open."""
    on_set, studio, reel = done
    assert on_set.files == [
        "projects/harbour/lighthouse/clip-001.lineage.json",
        "projects/harbour/lighthouse/clip-001.mp4",
        "projects/harbour/lighthouse/clip-001.poster.jpg",
        "projects/harbour/lighthouse/still-001.lineage.json",
        "projects/harbour/lighthouse/still-001.png",
    ]
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1), (1, 1)]
    assert [job["model"] for job in on_set.jobs] == ["runware:z-image@turbo", "klingai:3@1"]
    for stage in reel.plan.stages:
        job = await job_of(studio, stage)
        assert kinds(job) == ["planned", "sending", "accepted", "result", "settled", "closed"]
        assert job.last(type(job.events[-1])).cost == Decimal(on_set.emulator.jobs()[str(job.uuid)]["billed"])
    assert await studio.archive.open_jobs() == {}


async def test_running_it_again_buys_nothing(on_set):
    """A second run, in another process, finds every file at the same address, asks nobody and pays nothing."""
    first = await produce(await on_set.studio(), shot())
    before, asked, balance = on_set.bought, on_set.emulator.requests()["v1"], on_set.balance
    again = await produce(await on_set.studio(), shot(), a_run("second"))
    assert again.uris == first.uris
    assert again.kept == first.kept
    assert on_set.bought == before
    assert on_set.balance == balance
    assert on_set.emulator.requests()["v1"] == asked


async def test_an_archive_may_lie_below_any_folder(on_set, tmp_path):
    """Where an archive's own address holds the words that names in it begin with, the still is found and goes on."""
    root = tmp_path / "quarantine" / "projects" / "films"
    root.parent.mkdir(parents=True)
    studio = await on_set.studio(root=root)
    made = await produce(studio, shot())
    await check_there(studio, made.kept)
    assert [kept.end for kept in made.kept] == ["archived", "archived"]


async def test_a_done_shot_runs_while_the_provider_is_away(on_set):
    """What is in the archive needs no provider: not even its balance is asked for."""
    first = await produce(await on_set.studio(), shot())
    on_set.emulator.switch(throttle={"status": 503})
    assert (await produce(await on_set.studio(), shot(), a_run("second"))).uris == first.uris


async def test_lineage_leads_from_the_clip_to_the_prompt(done):
    """The record beside the clip names its still by bytes, take and digest, and the still's record holds the prompt."""
    on_set, _, reel = done
    folder = on_set.root / "projects/harbour/lighthouse"
    clip, still = (
        Lineage.model_validate_json((folder / f"{name}.lineage.json").read_text()) for name in ("clip-001", "still-001")
    )
    (parent,) = clip.parents
    assert (parent.uri, parent.sha256, parent.lineage) == (
        still.what.uri,
        still.what.sha256,
        reel.still.kept[0].lineage,
    )
    assert (parent.take, parent.digest) == (1, still.digest)
    assert still.request.prompt == "A lighthouse at dawn."
    assert still.parents == ()
    assert clip.body["inputs"]["frameImages"][0]["image"] == still.answer.result
    assert clip.quote.expected == CLIP_USD
    assert clip.answer.cost == Decimal("0.1848")
    assert clip.answer.url_host == "127.0.0.1"
    assert (clip.what.media.width, clip.what.media.height, clip.what.media.seconds) == (1280, 720, 5.0)
    assert (clip.safety.asked, clip.safety.verdict) == ("fast", "clean")
    assert clip.times.planned <= clip.times.accepted <= clip.times.seen <= clip.times.archived
    assert (clip.run, clip.bought_by) == (a_run(), a_run())


async def test_the_provider_keeps_the_result_for_a_day_and_tells_its_price(done):
    """Every purchase asks for a URL that lives a day, for its cost, and for a check."""
    _, studio, reel = done
    still, clip = [(await job_of(studio, stage)).planned.body for stage in reel.plan.stages]
    assert (still["ttl"], clip["ttl"]) == (86_400, 86_400)
    assert still["includeCost"] is clip["includeCost"] is True
    assert (still["safety"], clip["safety"]) == ({"checkContent": True}, {"mode": "fast"})


async def test_several_results_are_several_files(on_set):
    """Three results of one job are three files, in one purchase."""
    reel = await produce(await on_set.studio(), shot(STILL, results=3))
    names = [uri.rpartition("/")[2] for uri in reel.uris]
    assert names == ["still-001-1.png", "still-001-2.png", "still-001-3.png"]
    assert len(on_set.bought) == 1
    assert len({kept.id for kept in reel.kept}) == 3


async def test_a_clip_from_words_alone(on_set):
    """`text_to_video` needs no still."""
    reel = await produce(await on_set.studio(), shot(CLIP, output={"format": "WEBM"}, size="1:1"))
    assert reel.uris == [f"file://{on_set.root}/projects/harbour/lighthouse/clip-001.webm"]


async def test_the_summary_is_read_back_from_the_archive(done):
    """What a run came to is told alike by the run that bought and by one that found everything there."""
    on_set, studio, reel = done
    first = await summarise(studio, reel.plan, None, "first")
    again = await summarise(studio, await plan(studio, shot(), a_run("second")), None, "second")
    assert (first.state, first.bought, again.bought) == ("done", 2, 0)
    assert first.spent == first.cost
    assert first.model_copy(update={"bought": 0, "spent": NOTHING, "flow_run_id": "second"}) == again
    assert (first.still, *first.clips) == tuple(reel.uris)
    assert first.lineage == tuple(kept.lineage for kept in reel.kept)
    assert first.cost.reported == 100 - on_set.balance
    assert first.line()["cost"]["reported"] == str(first.cost.reported)


async def test_the_key_is_in_no_file(done):
    """Events, claims, lineage and pictures hold no trace of the key."""
    on_set, _, _ = done
    everything = b"".join(path.read_bytes() for path in on_set.root.rglob("*") if path.is_file())
    assert b"a-key-that-is-nobodys" not in everything
