"""The store's clock: machines whose own clocks differ agree on it, to within the time that a write takes."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from stillreel.archive.clock import StoreClock, steady_seconds
from stillreel.archive.store import Stored


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


class Stepping:
    """A store that is right, and in whose first write the machine's clock is set."""

    def __init__(self, machine: Wrong, hours: float) -> None:
        self._machine = machine
        self._hours = hours

    async def create(self, name: str, _data: bytes) -> Stored:
        self._machine.step(self._hours)
        return Stored(name=name, size=0, crc32c="", generation="1", created=datetime.now(UTC))

    async def delete(self, name: str) -> None:
        pass


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_clock_that_is_set_meanwhile_changes_nothing(store, hours):
    """A machine whose clock is set in the middle of a run goes on by the store's, and leaps nowhere."""
    machine = Wrong(0)
    clock = StoreClock(machine, store, time.monotonic)
    await clock.set()
    machine.step(hours)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    await clock.set()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_while_it_is_compared_tells_the_right_time(hours):
    """The comparing is timed by what nobody sets."""
    machine = Wrong(0)
    clock = StoreClock(machine, Stepping(machine, hours), time.monotonic)
    await clock.set()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


async def test_a_machine_that_was_paused_learns_it_by_what_it_writes(store):
    """Neither of its clocks went on; the time of something that was just written is the time at the earliest."""
    clock = StoreClock(Wrong(0), store, lambda: 100.0)
    await clock.set()
    later = datetime.now(UTC) + timedelta(hours=2)
    clock.seen(later)
    assert clock.now() == later
    clock.seen(later - timedelta(hours=1))  # an older one tells nothing
    assert clock.now() == later


def test_steady_seconds_count_on():
    """They are those of this machine, as it wakes and sleeps."""
    before = steady_seconds()
    assert 0 <= steady_seconds() - before < 5
