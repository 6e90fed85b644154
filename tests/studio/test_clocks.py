"""Runs on machines whose clocks are set, or stand still, in the middle: by the store's clock nothing goes wrong."""

from datetime import timedelta

import pytest

from stillreel.archive.clock import StoreClock
from stillreel.archive.folder import FolderStore
from stillreel.domain.errors import CapReached, UnknownPurchase
from stillreel.domain.events import Accepted, Sending
from stillreel.studio.buying import buy
from stillreel.studio.planning import plan
from tests.studio.money import capped
from tests.studio.on_set import CLIP, CLIP_USD, a_run, job_of, kinds, shot

CLIPS = ["videoInference"]
SOON = timedelta(seconds=60)


class Timed(FolderStore):
    """A folder on another machine, which is right about the time."""

    def __init__(self, root, time):
        super().__init__(root)
        self._time = time

    async def create(self, *args, **more):
        stored = await super().create(*args, **more)
        return stored.model_copy(update={"created": self._time.now()})


class Machine:
    """A machine whose clock leaps once, during a sleep of so many seconds or more."""

    def __init__(self, time, leap, during):
        self._time = time
        self._leap = leap
        self._during = during
        self._off = timedelta(0)

    def now(self):
        return self._time.now() + self._off

    async def sleep(self, seconds):
        await self._time.sleep(seconds)
        if seconds >= self._during:
            self._off, self._leap = self._off + self._leap, timedelta(0)


class Paused(Machine):
    """A virtual machine that stands still once, with all its clocks."""

    async def sleep(self, seconds):
        await self._time.sleep(seconds)
        if seconds >= self._during:
            self._time.pass_by(self._leap.total_seconds())
            self._off, self._leap = self._off - self._leap, timedelta(0)


async def on(on_set, machine, steady):
    """A studio on that machine, and the stage of a clip."""
    store = Timed(on_set.root, on_set.time)
    studio = await on_set.studio(store=store, time=StoreClock(machine, store, steady))
    return studio, (await plan(studio, shot(CLIP), a_run())).clip


def steady_of(on_set):
    return lambda: on_set.time.now().timestamp()


@pytest.mark.parametrize("hours", [-3, 3, 48])
async def test_a_clock_that_is_set_while_a_run_waits_dates_nothing_wrongly(open_set, hours):
    """Neither the right to send, nor the first look after it, nor the day that it counts on."""
    on_set = await open_set(throttle={"status": 429, "times": 1, "task_types": CLIPS})
    await capped(on_set, day=CLIP_USD)
    studio, stage = await on(on_set, Machine(on_set.time, timedelta(hours=hours), 3), steady_of(on_set))
    await buy(studio, stage, a_run())
    job = await job_of(studio, stage)
    assert kinds(job) == ["planned", "sending", "turned_away", "sending", "accepted"]
    for moment in (job.last(Sending).at, job.last(Accepted).at, job.last(Accepted).look_after - SOON):
        assert abs(moment - on_set.time.now()) < SOON
    with pytest.raises(CapReached):
        await plan(await on_set.studio(), shot(CLIP, shot="pier"), a_run("second"))


async def test_a_machine_that_was_paused_sends_nothing_that_was_forgotten(open_set):
    """A send had no answer, and its machine stood still for two hours: the provider has forgotten, and we notice."""
    on_set = await open_set(forget_after_s=3600, lost_reply={"when": "after", "times": 1, "task_types": CLIPS})
    machine = Paused(on_set.time, timedelta(hours=2), 2)
    studio, stage = await on(on_set, machine, lambda: machine.now().timestamp())
    with pytest.raises(UnknownPurchase):
        await buy(studio, stage, a_run())
    assert [runs for _, runs, _ in on_set.bought] == [1]
    assert "turned_away" in kinds(await job_of(studio, stage))
