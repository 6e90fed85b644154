"""Reconciling: whatever a run left behind is taken to its end, and nothing is ever sent for that."""

import asyncio
import os
from datetime import UTC, datetime
from uuid import UUID

import pytest

from stillreel.archive import layout
from stillreel.archive.lineage import chain
from stillreel.domain.events import Accepted
from stillreel.domain.jobs import MEMORY
from stillreel.domain.selection import Selection
from stillreel.studio.buying import buy
from stillreel.studio.given import bring_all
from stillreel.studio.planning import plan
from stillreel.studio.reconciling import reconcile
from tests.studio.on_set import (
    CHAIN,
    CLIP,
    STILL,
    a_run,
    accepted_event,
    first_frame,
    job_of,
    kinds,
    make,
    planned_event,
    produce,
    sending_event,
    shot,
    written,
)

ALL, DIED, LATER = Selection(), a_run("died"), a_run("reconcile")
ANSWERS = {"task_types": ["getResponse", "getTaskDetails"]}


async def left(on_set, *steps, wanted=STILL, arrived=False, **changes):
    """A studio and the job that a run left which died after these events; what it sent may have arrived."""
    studio = await on_set.studio()
    planned = await plan(studio, shot(wanted, **changes), DIED)
    stage = planned.still or planned.clip
    events = {
        "planned": await planned_event(studio, stage, DIED),
        "sending": sending_event(studio),
        "accepted": accepted_event(studio, DIED),
    }
    if arrived or "accepted" in steps:
        await studio.client.submit([events["planned"].body])
    return studio, await written(studio, stage, [events[step] for step in steps])


async def looked(on_set, studio, *, after=0.0, wanted=ALL):
    """The one stand that reconciling tells of, after so many seconds."""
    on_set.time.pass_by(after)
    sent = on_set.emulator.requests().get("imageInference", 0)
    (stand,) = await reconcile(studio, wanted, LATER)
    assert on_set.emulator.requests().get("imageInference", 0) == sent
    return stand


async def ended(studio, job, *wanted):
    """Whether these are a job's events, and nothing is left of it but them and its files."""
    budget = await studio.archive.books.read()
    marked = await studio.archive.open_jobs()
    return (kinds(await studio.archive.events(job.uuid)), marked, budget.entries) == (list(wanted), {}, {})


async def test_what_was_never_sent_is_withdrawn(on_set):
    """A plan that is older than a lease ends as withdrawn; the next run buys the take under another id."""
    studio, job = await left(on_set, "planned")
    assert (await looked(on_set, studio)).became == "waits"
    stand = await looked(on_set, studio, after=studio.lease)
    assert (stand.became, stand.standing, stand.money) == ("ended", "withdrawn", "not spent")
    assert await ended(studio, job, "planned", "withdrawn")
    reel = await produce(await on_set.studio(), shot(STILL), a_run("second"))
    assert [kept.end for kept in reel.kept] == ["archived"]
    assert [(sent, runs) for sent, runs, _ in on_set.bought] == [(1, 1)]


async def test_a_lease_that_lives_is_left_alone(on_set):
    """While somebody sends, nobody is asked and nothing is written."""
    studio, job = await left(on_set, "planned", "sending")
    stand = await looked(on_set, studio)
    assert (stand.became, stand.standing) == ("waits", "sending")
    assert "getResponse" not in on_set.emulator.requests()
    assert kinds(await studio.archive.events(job.uuid)) == ["planned", "sending"]


async def test_what_arrived_is_adopted(on_set):
    """A job whose sender died is found at the provider, archived with its lineage, and counted as its own run's."""
    studio, job = await left(on_set, "planned", "sending", arrived=True)
    stand = await looked(on_set, studio, after=600)
    assert (stand.became, stand.standing, stand.money) == ("ended", "closed", "spent")
    assert await ended(studio, job, "planned", "sending", "accepted", "result", "settled", "closed")
    assert (await studio.archive.events(job.uuid)).last(Accepted).flow_run == "died"
    (record,) = await chain(studio.archive.store, studio.archive.uri("projects/harbour/lighthouse/still-001.png"))
    assert (record.run, record.bought_by) == (LATER, DIED)
    reel = await produce(await on_set.studio(), shot(STILL), a_run("second"))
    assert reel.uris == [record.what.uri]
    assert len(on_set.jobs) == 1


async def test_what_did_not_arrive_is_for_a_run(on_set):
    """Sent, and the provider knows nothing within the hour: a run may send it again, reconciling doesn't."""
    studio, _ = await left(on_set, "planned", "sending")
    stand = await looked(on_set, studio, after=studio.lease)
    assert (stand.became, stand.standing) == ("needs a run", "sending")
    assert str(stand.job) in stand.says


async def test_what_nobody_can_say_is_for_a_person(on_set):
    """Past the hour, what was sent without a trace is named with the command that decides, each time anew."""
    studio, job = await left(on_set, "planned", "sending")
    for _ in range(2):
        stand = await looked(on_set, studio, after=MEMORY.total_seconds())
        assert (stand.became, stand.standing) == ("needs a person", "unknown")
        assert f"stillreel jobs decide {job.uuid}" in stand.says
    assert kinds(await studio.archive.events(job.uuid)) == ["planned", "sending"]


async def test_a_provider_that_is_away_is_trouble(on_set):
    """Nobody answers: every job says so and stays as it is, and the next time all is well."""
    studio, job = await left(on_set, "planned", "sending", arrived=True)
    on_set.emulator.switch(throttle={**ANSWERS, "status": 503})
    assert (await looked(on_set, studio, after=600)).became == "trouble"
    assert kinds(await studio.archive.events(job.uuid)) == ["planned", "sending"]
    on_set.emulator.switch(throttle=None)
    assert (await looked(on_set, studio)).became == "ended"


async def test_what_still_runs_is_waited_for(on_set):
    """An accepted job that has no results yet stays open, whatever else has ended."""
    studio, job = await left(on_set, "planned", "sending", "accepted", wanted=CLIP)
    stand = await looked(on_set, studio)
    assert (stand.became, stand.money) == ("waits", "spent")
    assert (await looked(on_set, studio, after=600)).became == "ended"
    assert await ended(studio, job, "planned", "sending", "accepted", "result", "settled", "closed")


async def test_what_the_provider_forgot_is_lost(on_set):
    """An accepted job without a trace, past the provider's memory, ends as lost; it isn't bought again."""
    studio, job = await left(on_set, "planned", "sending", "accepted")
    on_set.emulator.switch(forget_after_s=60)
    stand = await looked(on_set, studio, after=MEMORY.total_seconds() + 1)
    assert (stand.became, stand.standing, stand.money) == ("ended", "closed", "spent")
    assert "1: lost" in stand.says
    assert await ended(studio, job, "planned", "sending", "accepted", "settled", "closed")


@pytest.mark.parametrize("switches", [{"moderation": {"how": "flag"}}, {"unchecked": {}}], ids=["flagged", "unchecked"])
async def test_what_must_not_move_on_goes_to_quarantine(on_set, switches):
    """The safety check counts for what is adopted as it does in a run."""
    on_set.emulator.switch(**switches)
    studio, _ = await left(on_set, "planned", "sending", "accepted")
    assert "1: quarantined" in (await looked(on_set, studio, after=600)).says
    assert [name for name in on_set.files if name.startswith("projects/")] == []
    assert "quarantine/projects/harbour/lighthouse/still-001.png" in on_set.files


async def test_what_failed_is_closed(on_set):
    """A job that came to nothing ends with the provider's reason."""
    on_set.emulator.switch(failure={"code": "timeoutProvider"})
    studio, job = await left(on_set, "planned", "sending", "accepted")
    stand = await looked(on_set, studio, after=600)
    assert stand.became == "ended"
    assert "timeoutProvider" in stand.says
    assert await ended(studio, job, "planned", "sending", "accepted", "settled", "closed")


async def test_a_job_that_ended_leaves_nothing_open(on_set):
    """Died between the close and the marker's end: the marker is taken away, and nobody is asked."""
    studio = await on_set.studio()
    reel = await produce(studio, shot(STILL), DIED)
    job = await job_of(studio, reel.plan.still)
    await studio.archive.mark_open(job.uuid)
    asked = on_set.emulator.requests()["v1"]
    assert (await looked(on_set, studio)).became == "ended"
    assert await studio.archive.open_jobs() == {}
    assert on_set.emulator.requests()["v1"] == asked


async def test_a_marker_alone_is_left_for_a_day(on_set):
    """Somebody may be about to write the first event; a day later nobody is."""
    studio = await on_set.studio()
    uuid = UUID(int=7, version=4)
    await studio.archive.mark_open(uuid)
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
    os.utime(on_set.root / layout.open_marker(uuid), (noon, noon))
    assert (await looked(on_set, studio, after=23 * 3600)).became == "waits"
    assert list(await studio.archive.open_jobs()) == [uuid]
    assert (await looked(on_set, studio, after=3600)).became == "ended"
    assert await studio.archive.open_jobs() == {}


async def test_one_job_s_trouble_stops_no_other(on_set):
    """A job whose events nobody can read is told as trouble, and all others are taken to their ends."""
    studio, broken = await left(on_set, "planned", "sending", "accepted")
    (on_set.root / layout.job_event(broken.uuid, 1)).write_bytes(b"{")
    _, fine = await left(on_set, "planned", "sending", "accepted", shot="pier")
    on_set.time.pass_by(600)
    became = {stand.job: stand.became for stand in await reconcile(studio, ALL, LATER)}
    assert became == {broken.uuid: "trouble", fine.uuid: "ended"}
    assert list(await studio.archive.open_jobs()) == [broken.uuid]


async def test_a_selection_leaves_the_others_alone(on_set):
    """Only the jobs of the project, shot or id that was named are looked at."""
    studio, one = await left(on_set, "planned", "sending", "accepted")
    _, other = await left(on_set, "planned", "sending", "accepted", shot="pier")
    for wanted in (Selection(project="harbour", shot="pier"), Selection(job=str(other.uuid))):
        assert (await looked(on_set, studio, wanted=wanted)).job == other.uuid
    assert await reconcile(studio, Selection(project="elsewhere"), LATER) == []
    assert len(await reconcile(studio, Selection(project="harbour"), LATER)) == 2
    assert one.uuid != other.uuid


@pytest.mark.parametrize("source", ["prompt", "path", "archive"])
async def test_an_adopted_clip_leads_back_to_its_still(on_set, tmp_path, source):
    """A clip that is adopted has its parent in its lineage, whether that was made here or given."""
    studio = await on_set.studio()
    still = (await produce(studio, shot(STILL), DIED)).uris[0]
    wanted = shot(CHAIN)
    if source != "prompt":
        image = still
        if source == "path":
            image = str(tmp_path / "mine.png")
            (tmp_path / "mine.png").write_bytes(
                (on_set.root / still.removeprefix(studio.archive.store.uri)[1:]).read_bytes()
            )
        wanted = shot({**CHAIN, "still": {"image": image}})
    died = await bought(studio, wanted)
    stand = await looked(on_set, studio, after=600)
    assert (stand.job, stand.became) == (died.uuid, "ended")
    records = await chain(studio.archive.store, studio.archive.uri("projects/harbour/lighthouse/clip-001.mp4"))
    (parent,) = records[0].parents
    name = parent.uri.removeprefix(f"{studio.archive.store.uri}/")
    assert name.startswith(
        "projects/harbour/lighthouse/given-" if source == "path" else "projects/harbour/lighthouse/still-001.png"
    )
    assert len(records) == 2


async def bought(studio, wanted):
    """Buy a clip, and die."""
    planned = await plan(studio, wanted, DIED, *await bring_all(studio, wanted, paths=True))
    still = await make(studio, planned.still, DIED) if planned.still else None
    frame, _ = first_frame(planned, still)
    return await studio.archive.events((await buy(studio, planned.clip, DIED, frame)).uuid)


async def test_beside_living_runs_it_does_no_harm(open_set):
    """Runs and reconciling that meet at every step end with one bill and the same files."""
    on_set = await open_set(duplicate="always_rerun", latency={"*": 20})
    studios = [await on_set.studio() for _ in range(3)]
    over = asyncio.Event()

    async def keep_reconciling():
        while not over.is_set():
            await reconcile(studios[2], ALL, LATER)
            await asyncio.sleep(0)

    beside = asyncio.create_task(keep_reconciling())
    reels = await asyncio.gather(
        *(produce(studio, shot(CHAIN), a_run(f"run {n}")) for n, studio in enumerate(studios[:2]))
    )
    over.set()
    await beside
    assert reels[0].uris == reels[1].uris
    assert [kept.end for kept in reels[0].kept] == ["archived", "archived"]
    assert [runs for _, runs, _ in on_set.bought] == [1, 1]
    assert await studios[0].archive.open_jobs() == {}
    assert (await studios[0].archive.books.read()).entries == {}
