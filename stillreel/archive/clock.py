"""Time as the store tells it: leases and days are compared between machines whose own clocks may differ.

A folder's clock is that of the machine which writes: who shares one between machines keeps their clocks in step.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from stillreel.archive import layout
from stillreel.archive.store import Store
from stillreel.domain.clock import Clock

CLOSE = 3.0  # seconds; a slower write, one that was repeated, tells the time too badly
TRIES = 5


def steady_seconds() -> float:
    """Seconds that nobody sets, and that count while the machine sleeps; on macOS the plain monotonic clock does."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True)
class _Setting:
    """One moment, by both clocks."""

    store: datetime
    steady: float  # seconds


class StoreClock:
    """A machine's clock until somebody asks for the store's; from then on that one, counted on by `steady` seconds.

    So a machine's clock that is set in the middle of a run changes nothing. A machine that stood still without
    counting, such as a virtual one that was paused, learns it by the first event that it writes.
    """

    def __init__(self, clock: Clock, store: Store, steady: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self._store = store
        self._steady = steady or (lambda: clock.now().timestamp())
        self._setting: _Setting | None = None
        self._turn = asyncio.Lock()

    def now(self) -> datetime:
        """The time in UTC."""
        if self._setting is None:
            return self._clock.now()
        return self._setting.store + timedelta(seconds=self._steady() - self._setting.steady)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the machine's clock."""
        await self._clock.sleep(seconds)

    async def set(self) -> None:
        """Go by the store's clock from here on, to within the time that a write takes; raises ArchiveError."""
        async with self._turn:
            if self._setting is not None:
                return
            for _ in range(TRIES):
                took, setting = await self._measured()
                if took <= CLOSE:
                    break
            self._setting = setting

    def seen(self, created: datetime) -> None:
        """Something was written at this time of the store's: it isn't earlier now."""
        if self._setting is not None and created > self.now():
            self._setting = _Setting(created, self._steady())

    async def _measured(self) -> tuple[float, _Setting]:
        """How many seconds a write took, and what both clocks said in the middle of it."""
        name = layout.moment(uuid4().hex)
        before = self._steady()
        written = await self._store.create(name, b"")
        took = self._steady() - before
        await self._store.delete(name)
        return took, _Setting(written.created, before + took / 2)
