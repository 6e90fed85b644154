"""Going together: what is ready within a moment leaves in one request, and everybody gets the answer that is theirs."""

import asyncio

import pytest

from stillreel.domain.selection import Selection
from stillreel.studio.buying import buy
from stillreel.studio.clock import SystemClock
from stillreel.studio.planning import plan
from stillreel.studio.reconciling import reconcile
from stillreel.studio.together import MOST, Together
from tests.studio.on_set import STILL, a_run, job_of, kinds, planned_event, sending_event, shot, written

SHOTS = ("pier", "tower", "boat", "gull", "rocks")


class Counted:
    """A call for many that remembers with what it was made."""

    def __init__(self):
        self.calls = []

    async def __call__(self, items):
        self.calls.append(list(items))
        if "broken" in items:
            raise OSError("it broke")
        return [f"{item}!" for item in items]


async def test_what_is_ready_together_goes_together(on_set):
    """Calls of one moment are one call; the next moment's are another; a hundred at most."""
    call = Counted()
    together = Together(on_set.time, call)
    assert await asyncio.gather(together("a"), together("b")) == ["a!", "b!"]
    assert await together("c") == "c!"
    assert call.calls == [["a", "b"], ["c"]]
    await asyncio.gather(*(together(str(n)) for n in range(MOST + 1)))
    assert [len(items) for items in call.calls[2:]] == [MOST, 1]


async def test_what_breaks_breaks_for_all_of_its_request(on_set):
    """Everybody who waits is told, and whoever comes later isn't touched."""
    together = Together(on_set.time, Counted())
    ends = await asyncio.gather(together("broken"), together("b"), return_exceptions=True)
    assert [str(end) for end in ends] == ["it broke", "it broke"]
    assert await together("c") == "c!"


async def test_who_goes_away_takes_his_item_along(on_set):
    """A caller that is cancelled before the moment is over sends nothing, and holds up nobody."""
    call = Counted()
    together = Together(on_set.time, call)
    leaving, staying = asyncio.create_task(together("a")), asyncio.create_task(together("b"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "b!"
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert call.calls == [["b"]]


async def test_shots_that_are_bought_together_go_together(on_set):
    """Five purchases: five jobs with events of their own, and a request for each write of the budget they wait for."""
    studio = await on_set.studio(time=SystemClock(0.2))  # the folder takes its real time to write
    stages = [(await plan(studio, shot(STILL, shot=name), a_run())).still for name in SHOTS]
    before = on_set.emulator.requests()["v1"]
    tickets = await asyncio.gather(*(buy(studio, stage, a_run()) for stage in stages))
    assert on_set.emulator.requests()["v1"] - before <= 2
    jobs = [await studio.archive.events(ticket.uuid) for ticket in tickets]
    assert [kinds(job) for job in jobs] == [["planned", "sending", "accepted"]] * len(SHOTS)
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1)] * len(SHOTS)


async def test_one_refused_purchase_says_nothing_about_its_neighbours(open_set):
    """Of purchases in one request the refused one is rejected, and the others are bought once."""
    on_set = await open_set(moderation={"how": "reject", "words": ["storm"]})
    studio = await on_set.studio(time=SystemClock(0.2))
    shots = [shot(STILL, shot=name) for name in SHOTS[:2]] + [shot({**STILL, "still": {"prompt": "A storm."}})]
    stages = [(await plan(studio, wanted, a_run())).still for wanted in shots]
    ends = await asyncio.gather(*(buy(studio, stage, a_run()) for stage in stages), return_exceptions=True)
    assert [type(end).__name__ for end in ends] == ["Ticket", "Ticket", "Rejected"]
    assert sorted(runs for _, runs, _ in on_set.bought) == [0, 1, 1]


async def test_a_round_over_many_jobs_asks_in_one_request(on_set):
    """However many jobs a round looks at, those that are ready together are one question."""
    studio = await on_set.studio()
    stages = [(await plan(studio, shot(STILL, shot=name), a_run())).still for name in SHOTS]
    await asyncio.gather(*(buy(studio, stage, a_run()) for stage in stages))
    on_set.time.pass_by(600)
    before = on_set.emulator.requests()["v1"]
    stands = await reconcile(await on_set.studio(), Selection(), a_run("round"))
    assert [stand.became for stand in stands] == ["ended"] * len(SHOTS)
    assert on_set.emulator.requests()["v1"] - before == 1


async def test_a_round_leaves_a_job_alone_that_was_just_accepted(on_set):
    """Nothing can have come of it yet, so nobody asks; its own run does that in time."""
    on_set.emulator.switch(latency={"*": 400})
    studio = await on_set.studio()
    stage = (await plan(studio, shot(STILL), a_run())).still
    ticket = await buy(studio, stage, a_run())
    before = on_set.emulator.requests()["v1"]
    (stand,) = await reconcile(await on_set.studio(), Selection(), a_run("round"))
    assert (stand.job, stand.became) == (ticket.uuid, "waits")
    assert on_set.emulator.requests()["v1"] == before


async def test_a_question_that_failed_proves_nothing_for_neighbours(on_set):
    """Two lost sends that nobody can be asked about, in one round: neither counts as bought; later both go, once."""
    studio = await on_set.studio()
    stages = [(await plan(studio, shot(STILL, shot=name), a_run())).still for name in SHOTS[:2]]
    for stage in stages:
        await written(studio, stage, [await planned_event(studio, stage, a_run()), sending_event(studio)])
    on_set.time.pass_by(studio.lease)
    on_set.emulator.switch(throttle=[{"task_types": ["getResponse"], "status": 503}])
    stands = await reconcile(await on_set.studio(), Selection(), a_run("round"))
    assert [stand.became for stand in stands] == ["trouble"] * 2
    assert [kinds(await job_of(studio, stage)) for stage in stages] == [["planned", "sending"]] * 2
    on_set.emulator.switch(throttle=None)
    await asyncio.gather(*(buy(studio, stage, a_run("second")) for stage in stages))
    assert [(submits, runs) for submits, runs, _ in on_set.bought] == [(1, 1)] * 2
