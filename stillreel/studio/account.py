"""What is left on the provider's account: one question for all who plan at the same time."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

from stillreel.domain.clock import Clock
from stillreel.runware import Client

FRESH = 10.0  # seconds; it only warns before anything is bought: the provider itself refuses what isn't covered


class Account:
    """The balance, asked for at most once in a while."""

    def __init__(self, client: Client, clock: Clock, pace: float) -> None:
        self._client = client
        self._clock = clock
        self._fresh = timedelta(seconds=FRESH * pace)
        self._asking: asyncio.Task[Decimal] | None = None
        self._asked: datetime | None = None

    async def balance(self) -> Decimal:
        """US dollars, as they stood a moment ago; raises ProviderError or NotAuthorised."""
        now = self._clock.now()
        if self._asking is None or self._asked is None or now >= self._asked + self._fresh or self._failed():
            self._asking, self._asked = asyncio.create_task(self._client.balance()), now
        return await asyncio.shield(self._asking)

    def _failed(self) -> bool:
        asking = self._asking
        return asking is not None and asking.done() and (asking.cancelled() or asking.exception() is not None)
