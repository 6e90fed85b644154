"""Time as the store tells it: leases and days are compared between machines whose own clocks may differ.

A folder's clock is that of the machine which writes: who shares one between machines keeps their clocks in step.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from stillreel.archive import layout
from stillreel.archive.store import Store
from stillreel.domain.clock import Clock

CLOSE = timedelta(seconds=3)  # a slower write, one that was repeated, tells the time too badly
TRIES = 5
STEP = timedelta(seconds=1)  # between a machine's two clocks: more than they drift apart while a process lives


@dataclass(frozen=True)
class _Setting:
    """One moment, by three clocks."""

    store: datetime
    machine: datetime
    steady: float  # seconds


class StoreClock:
    """A machine's clock, set by the store's as soon as somebody asks for that; until then it is the machine's.

    `steady` counts seconds, and nobody sets it: by it a step of the machine's clock shows, and sleep of the machine by
    the other one. Without it the machine's clock is taken to be steady.
    """

    def __init__(self, clock: Clock, store: Store, steady: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self._store = store
        self._steady = steady or (lambda: clock.now().timestamp())
        self._setting: _Setting | None = None
        self._turn = asyncio.Lock()

    def now(self) -> datetime:
        """The time in UTC; where the machine's two clocks differ, the later one: a lease may be over sooner by it."""
        return self._clock.now() if self._setting is None else max(self._since(self._setting))

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the machine's clock."""
        await self._clock.sleep(seconds)

    async def set(self) -> None:
        """Go by the store's clock from here on, to within the time that a write takes; raises ArchiveError.

        It is done once, and again when the machine's clock was set, or the machine has slept.
        """
        async with self._turn:
            if self._setting is not None:
                one, other = self._since(self._setting)
                if abs(one - other) <= STEP:
                    return
            for _ in range(TRIES):
                took, setting = await self._measured()
                if took <= CLOSE:
                    break
            self._setting = setting

    def _since(self, setting: _Setting) -> tuple[datetime, datetime]:
        """The store's time by each of the machine's clocks."""
        by_clock = setting.store + (self._clock.now() - setting.machine)
        return by_clock, setting.store + timedelta(seconds=self._steady() - setting.steady)

    async def _measured(self) -> tuple[timedelta, _Setting]:
        """How long a write took, and what all clocks said in the middle of it."""
        name = layout.moment(uuid4().hex)
        before, steady = self._clock.now(), self._steady()
        written = await self._store.create(name, b"")
        half = (self._clock.now() - before) / 2
        await self._store.delete(name)
        return 2 * half, _Setting(written.created, before + half, steady + half.total_seconds())
