"""The jobs in flight of one model in this process: slots taken from its limit in blocks, handed out one by one.

Slots are alike: which lease a job's slot came from is never asked. A run gives a lease back as soon as it can spare as
many slots, and, while jobs of its own still wait, after a turn, so that other runs come to theirs.
Nothing here ever stops a job: where nobody can be asked, the default holds until somebody can.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from stillreel.domain.clock import Clock
from tasks.leases import Desk, Lease, NobodyToAsk, NoRoom, limit_of

BLOCK = 8  # slots at a time, since each request to the server takes 10 to 30 ms, one after the other
SHARE = 8  # a block is at most this part of a limit, so that two runs that begin together both get some
TURN = timedelta(seconds=120)  # for which a lease's slots go from job to job within a run while others may be waiting
GAP = (1.0, 3.0)  # seconds between tries at a full limit; whoever happens to try first after a release has it
LEAVING = 3.0  # seconds for giving all back; forty leases take one, and who stops a container waits ten

Tell = Callable[[str], object]


class Flight:
    """The slots of one model; `tell` hears what a person may want to know."""

    def __init__(self, desk: Desk, model: str, limit: int, default: int, clock: Clock, tell: Tell) -> None:
        self._desk, self._model, self._default, self._clock, self._tell = desk, model, default, clock, tell
        self._leases: list[Lease] = []  # the oldest first
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._most = self._block = max(1, min(BLOCK, limit // SHARE))
        self._rng = random.Random()  # noqa: S311 - spreads the tries of several runs, which must not share a seed
        self._full = False  # whether there was no room at the last try
        self._pausing = False
        self._asking: asyncio.Task[None] | None = None
        self._returns: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """One slot, for as long as the block lasts."""
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        self._settle()
        try:
            await mine
        except asyncio.CancelledError:
            if mine in self._waiting:
                self._waiting.remove(mine)
                self._settle()  # what was kept for it isn't needed any more
            elif not mine.cancelled():  # it was handed out in the same moment
                self._land()
            raise
        try:
            yield
        finally:
            self._land()

    async def renew(self) -> None:
        """Tell the server that the leases are still needed; one that has ended there isn't counted here any more."""
        shared = [lease for lease in self._leases if lease.id]
        lasting = await asyncio.gather(*(self._desk.renew(lease) for lease in shared))
        for lease, lasts in zip(shared, lasting, strict=True):
            if not lasts and lease in self._leases:
                self._leases.remove(lease)
                self._tell(f"{self._model}: a lease of {lease.slots} slots has ended; their jobs go on")

    async def close(self) -> None:
        """Give back all slots, once nobody is in need of one; what that takes too long for ends as a lease does."""
        self._waiting.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVING):
                self._drop_all()
                if self._asking and not self._pausing:
                    await asyncio.wait({self._asking})
                    self._drop_all()  # what it was granted just now, too
                await asyncio.gather(*self._returns)
        if self._asking:
            self._asking.cancel()

    @property
    def _held(self) -> int:
        return sum(lease.slots for lease in self._leases)

    @property
    def _spare(self) -> int:
        return self._held - self._in_flight

    def _land(self) -> None:
        self._in_flight -= 1
        self._settle()

    def _settle(self) -> None:
        """Give back what is due or not needed, hand out what there is, ask for what is missing."""
        while (due := self._due()) and (self._spare >= due.slots or due.id is None):
            self._drop(due)
        while self._waiting and self._spare > 0 and not due:
            mine = self._waiting.popleft()
            if not mine.cancelled():
                self._in_flight += 1
                mine.set_result(None)
        for lease in self._leases[:]:
            if not self._waiting and self._spare >= lease.slots:
                self._drop(lease)
        if self._waiting and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._ask())

    def _due(self) -> Lease | None:
        """The oldest lease, once it has had its turn and others may want it: no slot is handed on until it can go."""
        oldest = self._leases[0] if self._leases and self._waiting else None
        if oldest is None or self._clock.now() - oldest.since <= TURN:
            return None
        return oldest if self._full or oldest.id is None else None

    def _drop_all(self) -> None:
        for lease in self._leases[:]:
            self._drop(lease)

    def _drop(self, lease: Lease) -> None:
        self._leases.remove(lease)
        returning = asyncio.create_task(self._return(lease))
        self._returns.add(returning)
        returning.add_done_callback(self._returns.discard)

    async def _return(self, lease: Lease) -> None:
        """Give a lease back, once somebody can be told: others may be waiting for its slots."""
        while not await self._desk.give_back(lease):
            await self._clock.sleep(self._rng.uniform(*GAP))

    async def _ask(self) -> None:
        """Take blocks for as long as jobs wait: smaller ones where there is less room, larger ones again after."""
        while self._waiting:
            wanted = min(self._block, len(self._waiting))
            try:
                lease = await self._desk.take(limit_of(self._model), wanted)
            except NoRoom:
                self._block = max(1, wanted // 2)
                if wanted == 1:
                    await self._wait_for_room()
            except NobodyToAsk as error:
                await self._guess(error)
            else:
                self._full = False
                self._block = min(self._most, 2 * self._block)
                self._leases.append(Lease(lease, wanted, self._clock.now()))
            self._settle()

    async def _wait_for_room(self) -> None:
        if not self._full:
            self._tell(f"{self._model}: {limit_of(self._model)} is full; {len(self._waiting)} jobs wait for a slot")
        self._full = True
        self._settle()
        await self._pause()

    async def _guess(self, error: NobodyToAsk) -> None:
        """Go on by the default for a turn."""
        slots = self._default - self._held
        if slots <= 0:
            await self._pause()
            return
        self._tell(
            f"{self._model}: no slot could be asked for ({error}); {self._default} at once until that works again"
        )
        self._leases.append(Lease(None, slots, self._clock.now()))

    async def _pause(self) -> None:
        self._pausing = True
        await self._clock.sleep(self._rng.uniform(*GAP))
        self._pausing = False
