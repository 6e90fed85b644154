"""The budget in an archive: one small object that all runs change, each write matched with the one before.

Within a process, changes that wait go out together, and at most one write in `GAP` seconds: Google Cloud Storage
takes about one write a second of any one object.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from copy import copy
from datetime import datetime, timedelta

from stillreel.archive import layout
from stillreel.archive.store import Store
from stillreel.domain.budget import Budget, another_schema
from stillreel.domain.clock import Clock
from stillreel.domain.errors import ArchiveUnavailable, Corrupted, GenerationMismatch, StillreelError

AT_ONCE = 32  # reads on the way together, as many as the bucket's client has threads
GAP = 2.0  # seconds between two writes of a process
FIRST_WAIT = 0.5  # seconds at most before the first try after a lost race
GROWTH = 1.5
LONGEST_WAIT = 8.0  # seconds
PATIENCE = timedelta(minutes=5)  # of races lost in a row; a hundred processes get their turn in that time

Change = Callable[[Budget], Awaitable[Budget]]
"""From the budget that was just read to the next one. Whatever else it looks at, it looks at now: it may run several
times, each time after a fresh read of the budget, and only its last answer is written. The same budget: no write."""

Look = Callable[[datetime], Awaitable[None]]
"""At what else a change needs; it is told when the budget that the change is given was asked for."""


async def nothing(_: datetime) -> None:
    """A look at nothing."""


class Books:
    """The budget of an archive, for one process."""

    def __init__(self, store: Store, clock: Clock, *, rng: random.Random | None = None) -> None:
        self._store = store
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - jitter
        self._waiting: list[_Waiting] = []
        self._turn = asyncio.Lock()
        self._written: datetime | None = None

    async def read(self) -> Budget:
        """The budget as it stands; an archive without one has an empty one. Corrupted if it can't be understood."""
        return (await self._read())[0]

    async def change(self, change: Change, look: Look = nothing, *, stands: bool = False) -> None:
        """Write what the change makes of the budget; what it raises is raised here, and stops nobody else's change.

        Before the change, and after the budget was read, `look` reads what else it needs.
        `stands` says that this probably leaves the budget as it is: then nobody waits for his turn to write.
        """
        if stands and await self._stands(change, look):
            return
        mine = _Waiting(change, look)
        self._waiting.append(mine)
        try:
            async with self._turn:
                if not mine.done.done():
                    await self._go()
        except BaseException:
            mine.done.cancel()
            raise
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)
        await mine.done

    async def _stands(self, change: Change, look: Look) -> bool:
        """Whether the change leaves the budget as it is."""
        asked = self._clock.now()
        budget, _ = await self._read()
        await look(asked)
        return await change(budget) is budget

    async def _go(self) -> None:
        """One write for all that wait; who waits on is taken over by the next in turn if this one is cancelled."""
        if self._written is not None:
            since = (self._clock.now() - self._written).total_seconds()
            if since < GAP:
                await self._clock.sleep(min(GAP, GAP - since))
        try:
            await self._race()
        except StillreelError as error:  # the others would meet it as well, one after another
            for each in self._waiting:
                own = copy(error)  # whoever it reaches writes on it what is at stake for him
                own.__cause__ = error
                each.end(own)
            self._waiting.clear()

    async def _race(self) -> None:
        """Go round until a write is ours."""
        until, wait = self._clock.now() + PATIENCE, FIRST_WAIT
        while True:
            try:
                await self._round()
            except GenerationMismatch as lost:
                if self._clock.now() >= until:
                    raise ArchiveUnavailable(
                        f"{self._store.uri}/{layout.BUDGET} was changed by others for {PATIENCE} without a turn for us"
                    ) from lost
                await self._clock.sleep(self._rng.uniform(0, wait))
                wait = min(wait * GROWTH, LONGEST_WAIT)
            else:
                return

    async def _round(self) -> None:
        """Read, change, write with the generation that was read; GenerationMismatch if somebody was quicker."""
        asked = self._clock.now()
        budget, generation = await self._read()
        round_of, before = list(self._waiting), budget
        looks = await asyncio.gather(*(each.look(asked) for each in round_of), return_exceptions=True)
        failed = {each: look for each, look in zip(round_of, looks, strict=True) if isinstance(look, Exception)}
        for each in round_of:
            try:
                budget = budget if each in failed else await each.change(budget)
            except Exception as error:  # noqa: BLE001 - it belongs to whoever asked for this change
                failed[each] = error
        if budget is not before:
            await self._store.replace(layout.BUDGET, budget.json_bytes(), generation=generation)
            self._written = self._clock.now()
        for each in round_of:
            each.end(failed.get(each))
            if each in self._waiting:
                self._waiting.remove(each)

    async def _read(self) -> tuple[Budget, str | None]:
        found = await self._found()
        if found is None and await self._store.stat(layout.IDENTITY) is not None:  # every archive begins with a budget
            found = await self._found()  # and this one may have begun in between
            if found is None:
                raise self._useless("is gone")
        return found or (Budget(), None)

    async def _found(self) -> tuple[Budget, str | None] | None:
        try:
            found = await self._store.read(layout.BUDGET)
            return None if found is None else (Budget.of_json(found[0]), found[1])
        except (ValueError, Corrupted) as error:
            schema = another_schema(found[0]) if isinstance(error, ValueError) and found else None
            if schema is not None:
                raise Corrupted(
                    f"{self._store.uri}/{layout.BUDGET} was written by another version of stillreel ({schema}), and "
                    f"nothing is bought by this one"
                ) from error
            raise self._useless(f"isn't a budget that this version understands ({str(error)[:200]})") from error

    def _useless(self, how: str) -> Corrupted:
        return Corrupted(
            f"{self._store.uri}/{layout.BUDGET} {how}, and without one nothing is bought; `stillreel caps rebuild` "
            f"makes it anew from the jobs: put an older version of it back before, or set the caps again afterwards"
        )


class _Waiting:
    """A change that somebody waits for."""

    def __init__(self, change: Change, look: Look) -> None:
        self.change = change
        self.look = look
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(self, error: Exception | None) -> None:
        """Tell who waits, unless they don't any more."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
