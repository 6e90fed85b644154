"""Time as a parameter: only the composition root owns a clock that really waits."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, in UTC, and a way to let some pass."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the clock's own time."""
