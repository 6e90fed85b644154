"""Jobs in flight per model, by limits that all runs share.

    async with open_slots(settings.in_flight, get_run_logger().warning) as slots:
        async with slots.slot("klingai:3@1"):
            ...  # send, and wait for the end

A limit is one of Prefect's global concurrency limits; `python -m deployments.setup` makes them. They are looked for
once; a model without one, or all where nobody can be asked, has the default within this process.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from stillreel.domain.clock import Clock
from stillreel.studio.clock import SystemClock
from tasks.flight import Flight, Tell
from tasks.leases import LASTS, Desk, NobodyToAsk, model_of

RENEWALS = 4  # while a lease lasts: one that gets lost doesn't end it


class SharedSlots:
    """A slot for each job in flight; where a model has no limit, out of `default` in this process."""

    def __init__(self, flights: Mapping[str, Flight], default: int) -> None:
        self._flights = flights
        self._local: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(default))

    def slot(self, model: str) -> AbstractAsyncContextManager[None]:
        """A slot of the model for as long as the block lasts; waits until there is one."""
        flight = self._flights.get(model)
        return flight.slot() if flight else self._local[model]


@asynccontextmanager
async def open_slots(
    default: int, tell: Tell, clock: Clock | None = None, lasts: float = LASTS
) -> AsyncIterator[SharedSlots]:
    """The slots for as long as the block lasts; never fails, and needs one request to the server to begin with.

    `lasts` are the seconds after which a killed process's slots are free again, 60 at the least.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        flights: dict[str, Flight] = {}
        try:
            run = UUID(str(flow_run.id)) if flow_run.id else None
            desk = Desk(await stack.enter_async_context(get_client()), run, lasts)
            for name, most in (await desk.limits()).items():
                flights[model_of(name)] = Flight(desk, model_of(name), most, default, clock, tell)
        except NobodyToAsk as error:
            tell(f"limits couldn't be looked for ({error}); {default} jobs of each model at once in this process")
        renewing = asyncio.create_task(_renew(flights, clock, lasts / RENEWALS))
        try:
            yield SharedSlots(flights, default)
        finally:
            renewing.cancel()
            await asyncio.gather(*(flight.close() for flight in flights.values()))


async def _renew(flights: Mapping[str, Flight], clock: Clock, every: float) -> None:
    while True:
        await clock.sleep(every)
        await asyncio.gather(*(flight.renew() for flight in flights.values()))
