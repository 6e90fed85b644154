"""Watching: an accepted job is asked about until each result is known, and no question costs anything."""

import asyncio

import pytest

from stillreel.archive import layout
from stillreel.domain.errors import Corrupted, GenerationFailed, Money, StillRunning
from stillreel.domain.events import Result
from stillreel.domain.jobs import MEMORY
from stillreel.studio.buying import buy
from stillreel.studio.planning import plan
from stillreel.studio.watched import LONGEST_GAP
from stillreel.studio.watching import watch
from tests.studio.on_set import CLIP, STILL, a_run, job_of, kinds, produce, shot

POLLS = {"task_types": ["getResponse"]}


async def waiting(on_set, *, results=1, data=STILL, **settings):
    """A studio, a stage whose job was just accepted, and its ticket."""
    studio = await on_set.studio(**settings)
    planned = await plan(studio, shot(data, results=results), a_run())
    stage = planned.still or planned.clip
    return studio, stage, await buy(studio, stage, a_run())


def polls(on_set):
    return on_set.emulator.requests().get("getResponse", 0)


async def test_results_come_one_by_one(open_set):
    """Rows that repeat with every poll are told apart by their ids, and each gets one number, in the order seen."""
    on_set = await open_set(latency={"*": 20})
    studio, stage, ticket = await waiting(on_set, results=4)
    outcome = await watch(studio, ticket)
    job = await job_of(studio, stage)
    seen = [event.at for event in job.all(Result)]
    assert [event.k for event in job.all(Result)] == [1, 2, 3, 4]
    assert len(set(seen)) > 1  # over several polls
    assert len({row.id for row in outcome.rows.values()}) == 4
    assert outcome.rows == {event.k: event.row for event in job.all(Result)}
    assert (outcome.failures, outcome.forgotten) == ((), False)


@pytest.mark.parametrize("poll_row", ["plain", "early_id", "progress"])
async def test_a_result_on_its_way_is_no_result(open_set, poll_row):
    """A row that shows an id or progress before the file is there isn't taken for the file."""
    on_set = await open_set(latency={"*": 20}, poll_row=poll_row)
    studio, stage, ticket = await waiting(on_set, results=2)
    outcome = await watch(studio, ticket)
    assert all(row.url for row in outcome.rows.values())
    assert kinds(await job_of(studio, stage)).count("result") == 2
    assert polls(on_set) > 2


@pytest.mark.parametrize("place", ["errors", "row"])
async def test_successes_and_failures_stand_side_by_side(open_set, place):
    """One of three fails, wherever the answer shows that: two rows, one failure with its code."""
    on_set = await open_set(failure={"count": 1}, error_place=place)
    studio, _, ticket = await waiting(on_set, results=3)
    outcome = await watch(studio, ticket)
    assert sorted(outcome.rows) == [1, 2]
    assert [failure.code for failure in outcome.failures] == ["timeoutProvider"]


async def test_an_early_failure_waits_for_its_siblings(open_set):
    """A result that failed doesn't end the watching while others are still on their way."""
    on_set = await open_set(latency={"*": 60}, moderation={"how": "fail", "results": [0]})
    studio, _, ticket = await waiting(on_set, results=3)
    outcome = await watch(studio, ticket)
    assert (len(outcome.rows), len(outcome.failures)) == (2, 1)


async def test_a_failed_question_says_nothing_about_the_job(open_set):
    """A provider that can't be asked for a while changes nothing: the job is found done afterwards."""
    on_set = await open_set(throttle={**POLLS, "status": 503, "times": 20})
    studio, stage, ticket = await waiting(on_set)
    assert len((await watch(studio, ticket)).rows) == 1
    assert kinds(await job_of(studio, stage)) == ["planned", "sending", "accepted", "result"]
    assert polls(on_set) > 20


async def test_nobody_looks_before_anything_can_be_there(on_set):
    """The first look comes after a tenth of what the catalogue says; then the gaps grow to a ceiling."""
    on_set.emulator.switch(latency={"*": 400})
    studio, _, ticket = await waiting(on_set, data=CLIP)
    on_set.time.slept.clear()
    await watch(studio, ticket)
    first, *gaps = on_set.time.slept
    assert first == 12  # KlingAI usually takes two minutes
    assert gaps[0] < 1.3
    assert max(gaps) <= 1.2 * LONGEST_GAP
    assert len(gaps) < 40


async def test_a_run_that_comes_back_late_looks_at_once(on_set):
    """Whoever goes on with a job that was accepted long ago doesn't wait for half of its usual time again."""
    studio, _, ticket = await waiting(on_set, data=CLIP)
    on_set.time.pass_by(300)
    on_set.time.slept.clear()
    await watch(studio, ticket)
    assert on_set.time.slept == []


async def test_a_job_whose_events_are_gone_is_told_and_not_begun_anew(on_set):
    """Nothing is written to an archive that has lost what was bought: whoever puts it back finds it as it was."""
    studio, _, ticket = await waiting(on_set)
    for name in [stored.name async for stored in studio.archive.store.list(layout.job_events(ticket.uuid))]:
        await studio.archive.store.delete(name)
    with pytest.raises(Corrupted, match=f"job {ticket.uuid} was begun, and .* is gone; put it back") as caught:
        await watch(studio, ticket)
    assert caught.value.money == Money.SPENT
    assert not (await studio.archive.events(ticket.uuid)).events


async def test_patience_ends_the_waiting_and_not_the_job(open_set):
    """Past its patience a run says that the job is paid for and still running; running it again later is free."""
    on_set = await open_set(latency={"*": 3000})
    with pytest.raises(StillRunning, match=r"paid for and still running after 60 s; .* that costs nothing") as caught:
        await produce(await on_set.studio(patience=60), shot(STILL))
    assert (caught.value.state, caught.value.money) == ("running", Money.SPENT)
    studio = await on_set.studio(patience=60)
    assert len(await studio.archive.open_jobs()) == 1
    on_set.time.pass_by(3000)
    reel = await produce(studio, shot(STILL), a_run("second"))
    assert [kept.end for kept in reel.kept] == ["archived"]
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1)]


async def test_who_waits_in_vain_is_told_why(on_set):
    """If the questions failed until the end, the last failure is told."""
    studio, _, ticket = await waiting(on_set, patience=60)
    on_set.emulator.switch(throttle={**POLLS, "status": 503})
    with pytest.raises(StillRunning, match=r"the last question failed.*503"):
        await watch(studio, ticket)


async def test_a_key_that_is_revoked_while_waiting_loses_nothing(on_set):
    """A key that is refused in the middle ends the waiting at once, says that the job is paid for, and resumes."""
    studio, _, ticket = await waiting(on_set)
    on_set.emulator.switch(keys=["another"])
    with pytest.raises(StillRunning, match="key") as caught:
        await watch(studio, ticket)
    assert caught.value.money is Money.SPENT
    on_set.emulator.switch(keys=None)
    assert len((await watch(studio, ticket)).rows) == 1


@pytest.mark.parametrize("unknown", ["empty", "taskNotFound"])
async def test_a_job_that_the_provider_forgot_is_lost(open_set, unknown):
    """Accepted, and past its memory both questions know nothing: lost in so many words, closed, not bought again."""
    on_set = await open_set(forget_after_s=60, unknown_uuid=unknown)
    studio, stage, _ = await waiting(on_set, results=2)
    on_set.time.pass_by(MEMORY.total_seconds())
    for name in ("first", "second"):
        with pytest.raises(GenerationFailed, match="doesn't know the job any more") as caught:
            await produce(studio, shot(STILL, results=2), a_run(name))
        assert caught.value.money is Money.SPENT
    job = await job_of(studio, stage)
    assert [end.end for end in job.settled.values()] == ["lost", "lost"]
    assert job.standing == "closed"
    assert await studio.archive.open_jobs() == {}
    assert [submits for submits, _, _ in on_set.bought] == [1]


async def test_a_job_is_not_lost_while_the_provider_may_remember(open_set):
    """Within the hour an empty answer means wait, not lost."""
    on_set = await open_set(forget_after_s=60)
    studio, stage, ticket = await waiting(on_set, patience=300)
    on_set.time.pass_by(120)
    with pytest.raises(StillRunning):
        await watch(studio, ticket)
    assert kinds(await job_of(studio, stage)) == ["planned", "sending", "accepted"]


async def test_a_job_is_not_lost_while_one_question_is_unanswered(open_set):
    """Both questions must be answered without a trace before anything is called lost."""
    on_set = await open_set(forget_after_s=60)
    studio, _, ticket = await waiting(on_set, patience=60)
    on_set.time.pass_by(MEMORY.total_seconds())
    on_set.emulator.switch(throttle={"task_types": ["getTaskDetails"], "status": 503})
    with pytest.raises(StillRunning):
        await watch(studio, ticket)


async def test_watchers_that_meet_agree_on_the_numbers(on_set):
    """Two processes that watch one job give each result one number, the same for both."""
    on_set.emulator.switch(latency={"*": 20})
    studio, stage, ticket = await waiting(on_set, results=4)
    other = await on_set.studio()
    one, two = await asyncio.gather(watch(studio, ticket), watch(other, ticket))
    assert one.rows == two.rows
    assert kinds(await job_of(studio, stage)).count("result") == 4


async def test_a_closed_job_is_not_asked_about(on_set):
    """What is over is read from the events."""
    studio = await on_set.studio()
    reel = await produce(studio, shot(STILL, results=2))
    before = polls(on_set)
    outcome = await watch(studio, reel.still.ticket)
    assert {row.id for row in outcome.rows.values()} == {kept.id for kept in reel.kept}
    assert polls(on_set) == before
