"""The clock that really waits, at the pace that the settings ask for."""

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """The machine's time; waits are multiplied by `pace`, so that real processes can be tested quickly."""

    def __init__(self, pace: float = 1.0) -> None:
        self._pace = pace

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` times the pace."""
        await asyncio.sleep(seconds * self._pace)
