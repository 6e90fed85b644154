"""Slots: how many jobs of a model may be in flight, from before they are sent until they have ended at the provider.

What the provider takes is learnt by `stillreel.studio.admission`; a slot is what we want. An engine that shares limits
between processes fills in `Slots`; without one each studio has its own.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from stillreel.domain.errors import StillreelError
from stillreel.studio.orders import StagePlan

if TYPE_CHECKING:  # a studio has slots
    from stillreel.studio.studio import Studio


class Slots(Protocol):
    """Lets so many jobs of a model be in flight."""

    def slot(self, model: str) -> AbstractAsyncContextManager[None]:
        """Waits for a slot; it is free again at the end of the block, however that ends."""


class LocalSlots:
    """Slots that only this studio shares."""

    def __init__(self, in_flight: int) -> None:
        self._free: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(in_flight))

    @asynccontextmanager
    async def slot(self, model: str) -> AsyncIterator[None]:
        """One of its model's slots."""
        async with self._free[model]:
            yield


@asynccontextmanager
async def in_a_slot(studio: "Studio", stage: StagePlan) -> AsyncIterator[None]:
    """Buy a stage's job and wait for it inside the block; one that is at the provider already waits for no slot.

    It would only be forgotten there while it waits behind others; so would one that was sent and may be there.
    """
    if await _is_there(studio, stage):
        yield
    else:
        async with studio.slots.slot(stage.request.model):
            yield


async def _is_there(studio: "Studio", stage: StagePlan) -> bool:
    """Whether it is at the provider, or may be; what can't be read is for those to tell who buy."""
    purchase = 0
    try:
        while True:
            purchase += 1
            job = await studio.archive.events(await studio.uuid_of(stage.place, stage.digest, purchase))
            if not job.passed_over:
                return job.standing in ("sending", "accepted", "closed")
    except StillreelError:
        return False
