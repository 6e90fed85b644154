"""Resuming: the jobs that are named are sent if need be, waited for, and taken to their end; nobody pays twice."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError

from stillreel.archive import layout
from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import ArchiveUnavailable, BadInput, Money, OverCeiling
from stillreel.domain.jobs import MEMORY, Job
from stillreel.domain.selection import Chosen, Selection
from stillreel.studio.deciding import decide
from stillreel.studio.planning import plan
from stillreel.studio.resuming import resume
from tests.studio.on_set import (
    CLIP,
    STILL,
    a_run,
    accepted_event,
    kinds,
    planned_event,
    produce,
    sending_event,
    shot,
    written,
)

HARBOUR, DIED, LATER = Chosen(project="harbour"), a_run("died"), a_run("resume")


async def left(on_set, *steps, wanted=STILL, arrived=False, **changes):
    """A studio and the job that a run left which died after these events; what it sent may have arrived."""
    studio = await on_set.studio()
    planned = await plan(studio, shot(wanted, **changes), DIED)
    stage = planned.still or planned.clip
    first = await planned_event(studio, stage, DIED)
    events = {"planned": first, "sending": sending_event(studio), "accepted": accepted_event(studio, DIED)}
    if arrived or "accepted" in steps:
        await studio.client.submit([first.body])
    return studio, await written(studio, stage, [events[step] for step in steps])


def paid(on_set):
    return [(runs, Decimal(job["billed"]) > 0) for job, (_, runs, _) in zip(on_set.jobs, on_set.bought, strict=True)]


@pytest.mark.parametrize("steps", [("planned",), ("planned", "sending"), ("planned", "sending", "accepted")])
@pytest.mark.parametrize("arrived", [False, True])
async def test_whatever_was_left_is_finished(on_set, steps, arrived):
    """From wherever its run stopped, the job ends in the archive, was run once, and leaves nothing open."""
    studio, job = await left(on_set, *steps, wanted=CLIP, arrived=arrived)
    (stand,) = await resume(studio, HARBOUR, LATER)
    assert (stand.became, stand.standing) == ("ended", "closed"), stand.says
    assert kinds(await studio.archive.events(job.uuid))[-3:] == ["result", "settled", "closed"]
    assert paid(on_set) == [(1, True)]
    assert (await studio.archive.open_jobs(), (await studio.archive.books.read()).entries) == ({}, {})
    reel = await produce(await on_set.studio(), shot(CLIP), a_run("second"))
    assert (reel.kept[0].end, len(on_set.jobs)) == ("archived", 1)


async def test_a_decision_to_resend_is_carried_out(on_set):
    """What a person said may be sent once more is sent, and brought home."""
    studio, job = await left(on_set, "planned", "sending")
    on_set.time.pass_by(MEMORY.total_seconds())
    (stand,) = await resume(studio, HARBOUR, LATER)
    assert (stand.became, on_set.jobs) == ("needs a person", [])
    await decide(studio, job.uuid, "resend", who="ada")
    (stand,) = await resume(studio, Chosen(job=str(job.uuid)), LATER)
    assert (stand.became, paid(on_set)) == ("ended", [(1, True)])


async def test_what_another_round_may_find_out_needs_no_person(on_set):
    """Within the hour, and after a decision to resend, a provider that is away is told as what a run can go on with."""
    studio, job = await left(on_set, "planned", "sending")
    on_set.time.pass_by(studio.lease)
    away = {"task_types": ["getResponse", "getTaskDetails"], "status": 503}
    on_set.emulator.switch(throttle=away)
    (stand,) = await resume(studio, HARBOUR, LATER)
    assert (stand.became, stand.money) == ("needs a run", "unknown: look before you buy again")
    on_set.time.pass_by(MEMORY.total_seconds())
    await decide(studio, job.uuid, "resend", who="ada")
    (stand,) = await resume(studio, HARBOUR, LATER)
    assert stand.became == "needs a run"
    assert "it is sent once more then, as was decided" in stand.says
    assert "jobs decide" not in stand.says


async def test_what_is_refused_ends_there(on_set):
    """A refusal ends the job with nothing spent; resuming makes no new purchase."""
    on_set.emulator.switch(refuse={"code": "somethingNobodyHasSeen"})
    studio, _ = await left(on_set, "planned")
    (stand,) = await resume(studio, HARBOUR, LATER)
    assert (stand.became, stand.standing, stand.money) == ("ended", "rejected", "not spent")
    assert paid(on_set) == [(0, False)]
    assert await resume(studio, HARBOUR, LATER) == []


async def test_patience_ends_the_waiting_only(on_set):
    """A job that runs for longer than our patience is told as paid for, and stays open."""
    on_set.emulator.switch(latency={"*": 10_000})
    studio, job = await left(on_set, "planned", wanted=CLIP)
    (stand,) = await resume(studio, HARBOUR, LATER)
    assert (stand.became, stand.money) == ("waits", "spent")
    assert list(await studio.archive.open_jobs()) == [job.uuid]


async def test_the_ceiling_of_a_run_holds(on_set):
    """What is still to be sent must fit under the ceiling, or nothing of it is sent."""
    await left(on_set, "planned", wanted=CLIP)
    studio = await on_set.studio(max_usd=Decimal("0.1"))
    with pytest.raises(OverCeiling, match="nothing was sent"):
        await resume(studio, HARBOUR, LATER)
    assert on_set.jobs == []


async def test_trouble_with_one_stops_no_other(on_set):
    """A cap that can't hold one job is told of that one; the others are finished."""
    studio, accepted = await left(on_set, "planned", "sending", "accepted")
    _, unsent = await left(on_set, "planned", wanted=CLIP, shot="pier")

    async def nothing_more(budget):
        return budget.model_copy(update={"caps": budget.caps.model_copy(update={"day": Decimal("0.01")})})

    await studio.archive.books.change(nothing_more)
    became = {stand.job: stand.became for stand in await resume(studio, HARBOUR, LATER)}
    assert became == {accepted.uuid: "ended", unsent.uuid: "trouble"}
    assert len(on_set.jobs) == 1


class Forgetting(FolderStore):
    """A store in which the events of some jobs can be listed once, and never again."""

    def __init__(self, root, once):
        super().__init__(root)
        self._once, self._listed = once, []

    async def list(self, prefix):
        if prefix in self._listed:
            raise ArchiveUnavailable("it doesn't answer")
        self._listed += [prefix] if prefix in self._once else []
        async for stored in super().list(prefix):
            yield stored


async def test_trouble_that_lasts_stops_no_other(on_set):
    """One job's events can't be read any more, not even to tell how it stands; the other one is bought and finished."""
    _, first = await left(on_set, "planned", "sending", "accepted")
    _, unsent = await left(on_set, "planned", wanted=CLIP, shot="pier")
    studio = await on_set.studio(store=Forgetting(on_set.root, [layout.job_events(first.uuid)]))
    stands = {stand.job: (stand.became, stand.money) for stand in await resume(studio, HARBOUR, LATER)}
    assert stands == {first.uuid: ("trouble", Money.UNKNOWN), unsent.uuid: ("ended", Money.SPENT)}


async def test_only_what_is_named_is_touched(on_set):
    """A shot's jobs, or a single one."""
    studio, _ = await left(on_set, "planned")
    _, pier = await left(on_set, "planned", shot="pier")
    (stand,) = await resume(studio, Chosen(project="harbour", shot="pier"), LATER)
    assert (stand.job, len(on_set.jobs)) == (pier.uuid, 1)
    (stand,) = await resume(studio, Chosen(job=str(pier.uuid)), LATER)
    assert (stand.became, len(on_set.jobs)) == ("ended", 1)


async def test_two_that_resume_and_one_that_runs_share_the_job(open_set):
    """However many go on with one job at once, it is sent and paid for once."""
    on_set = await open_set(duplicate="always_rerun")
    await left(on_set, "planned", wanted=CLIP)
    one, two, three = [await on_set.studio() for _ in range(3)]
    await asyncio.gather(
        resume(one, HARBOUR, LATER), resume(two, HARBOUR, a_run("third")), produce(three, shot(CLIP), a_run("fourth"))
    )
    assert paid(on_set) == [(1, True)]
    assert await one.archive.open_jobs() == {}


@pytest.mark.parametrize(
    "said",
    [{}, {"shot": "a"}, {"project": "A B"}, {"job": "7"}, {"project": "a", "job": str(UUID(int=7))}],
    ids=["nothing", "a shot alone", "no name", "no id", "both"],
)
def test_a_selection_that_makes_no_sense_is_refused(said):
    """Resuming wants a project, a shot of it, or a job; nobody resumes everything by leaving it out."""
    with pytest.raises(ValidationError):
        Chosen(**said)
    assert Selection().holds(Job(UUID(int=7), ()))


async def test_a_job_that_the_archive_does_not_have_is_told(on_set):
    """A mistyped id is bad input, not a job that waits."""
    with pytest.raises(BadInput, match="a job of this archive"):
        await resume(await on_set.studio(), Chosen(job=str(UUID(int=7))), LATER)
