"""The store's clock: machines whose own clocks differ agree on it, to within the time that a write takes."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from stillreel.archive.clock import StoreClock


class Wrong:
    """A machine's clock that is off by so much."""

    def __init__(self, hours: float) -> None:
        self._off = timedelta(hours=hours)
        self.slept: list[float] = []

    def step(self, hours: float) -> None:
        self._off += timedelta(hours=hours)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._off

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.parametrize("hours", [-1, 0, 1])
async def test_a_wrong_clock_is_set_by_the_store(store, hours):
    """Before, it is the machine's; afterwards it is the store's, and waits are still the machine's."""
    machine = Wrong(hours)
    clock = StoreClock(machine, store)
    assert abs(clock.now() - machine.now()) < timedelta(seconds=1)
    await clock.set()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    await clock.sleep(7)
    assert machine.slept == [7]


async def test_setting_it_leaves_nothing_behind_and_is_done_once(store):
    """One object is written and taken away again, however often a studio asks."""
    clock = StoreClock(Wrong(1), store)
    await clock.set()
    await store.aclose()  # another write would fail from here on
    await clock.set()


async def test_setting_it_takes_its_object_away(store):
    """The archive holds nothing of it afterwards."""
    await StoreClock(Wrong(1), store).set()
    assert [stored.name async for stored in store.list("")] == []


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_clock_that_was_set_meanwhile_is_set_again(store, hours):
    """A machine whose clock steps in the middle of a run goes by the store's again from the next question on."""
    machine = Wrong(0)
    clock = StoreClock(machine, store, time.monotonic)
    await clock.set()
    machine.step(hours)
    await clock.set()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("hours,off", [(-2, 0), (2, 2)])
async def test_between_two_clocks_the_later_one_counts(store, hours, off):
    """Until it is set again a lease may seem over too soon, never too late: a clock set back is not believed."""
    machine = Wrong(0)
    clock = StoreClock(machine, store, time.monotonic)
    await clock.set()
    machine.step(hours)
    assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=off)) < timedelta(seconds=5)


async def test_a_machine_that_slept_is_noticed(store):
    """Its steady clock stood still, and the other one didn't: the lease that ended meanwhile is over."""
    stopped = 100.0
    clock = StoreClock(machine := Wrong(0), store, lambda: stopped)
    await clock.set()
    machine.step(1)
    assert clock.now() - machine.now() < timedelta(seconds=5)
    assert clock.now() > datetime.now(UTC) + timedelta(minutes=59)
