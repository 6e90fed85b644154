"""Time as the store tells it: leases and days are compared between machines whose own clocks may differ.

A folder's clock is that of the machine which writes: who shares one between machines keeps their clocks in step.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

from stillreel.archive import layout
from stillreel.archive.store import Store
from stillreel.domain.clock import Clock

CLOSE = timedelta(seconds=3)  # a slower write, one that was repeated, tells the time too badly
TRIES = 5


class StoreClock:
    """A machine's clock, set once by the store's, as soon as somebody asks for that; until then it is the machine's."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store
        self._ahead = timedelta(0)  # what the store's clock is ahead of the machine's
        self._set = False
        self._setting = asyncio.Lock()

    def now(self) -> datetime:
        """The time in UTC."""
        return self._clock.now() + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the machine's clock."""
        await self._clock.sleep(seconds)

    async def set(self) -> None:
        """Go by the store's clock from here on, to within the time that a write takes; raises ArchiveError."""
        async with self._setting:
            if self._set:
                return
            for _ in range(TRIES):
                took, ahead = await self._measured()
                if took <= CLOSE:
                    break
            self._ahead, self._set = ahead, True

    async def _measured(self) -> tuple[timedelta, timedelta]:
        """How long a write took, and what the store's clock was ahead in the middle of it."""
        name = layout.moment(uuid4().hex)
        before = self._clock.now()
        written = await self._store.create(name, b"")
        took = self._clock.now() - before
        await self._store.delete(name)
        return took, written.created - (before + took / 2)
