"""What becomes ready within a moment goes out as one: purchases in one request, questions in one request.

Who says that it is coming is waited for, though not for long.

Whoever calls waits for its own answer only. A caller that goes away before the moment is over takes its item along;
afterwards the request goes on without it, because what was sent can't be called back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Generic, TypeVar

from stillreel.domain.clock import Clock

MOMENT = 0.02  # seconds, shorter than anybody notices
LONGEST = timedelta(seconds=1)  # that anybody waits for those who are coming; a lease has half a minute to spare
MOST = 100  # in one request; the wire names no limit, but what is together fails together

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Together(Generic[Item, Answer]):
    """Calls with one item each, made as calls with many; `call` answers in the order of its items."""

    def __init__(self, clock: Clock, call: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]) -> None:
        self._clock = clock
        self._call = call
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._coming = 0
        self._going: set[asyncio.Task[None]] = set()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """While the block lasts, others wait; the call must follow it without a pause."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1

    async def __call__(self, item: Item) -> Answer:
        """The answer to one item; raises what the call raised."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if len(self._waiting) == 1:
            going = asyncio.create_task(self._go())
            self._going.add(going)
            going.add_done_callback(self._going.discard)
        return await answer

    async def _go(self) -> None:
        until = self._clock.now() + LONGEST
        await self._clock.sleep(MOMENT)
        while self._coming and self._clock.now() < until:
            await self._clock.sleep(MOMENT)
        waiting, self._waiting = self._waiting, []
        there = [(item, answer) for item, answer in waiting if not answer.done()]
        await asyncio.gather(*(self._batch(there[at : at + MOST]) for at in range(0, len(there), MOST)))

    async def _batch(self, batch: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            said = await self._call([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - it belongs to everybody who waits
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for (_, answer), words in zip(batch, said, strict=True):
                if not answer.done():
                    answer.set_result(words)
