"""The store's clock: machines whose own clocks differ agree on it, to within the time that a write takes."""

from datetime import UTC, datetime, timedelta

import pytest

from stillreel.archive.clock import StoreClock


class Wrong:
    """A machine's clock that is off by so much."""

    def __init__(self, hours: float) -> None:
        self._off = timedelta(hours=hours)
        self.slept: list[float] = []

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
