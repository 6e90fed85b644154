"""The emulator's own time: as fast as it is told, able to jump, and going on while the emulator is down."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NamedTuple

SHORTEST_LOOK = 0.02  # real seconds: how soon a jump of the clock is noticed by whoever waits


def real_seconds() -> float:
    """The machine's time in seconds since 1970."""
    return datetime.now(UTC).timestamp()


class Anchor(NamedTuple):
    """A moment in both times, and the speed since then."""

    real: float
    own: float
    speed: float


class Passing:
    """The emulator's time in seconds since 1970, derived from another clock; never runs back."""

    def __init__(
        self,
        source: Callable[[], float] = real_seconds,
        anchor: Anchor | None = None,
        keep: Callable[[Anchor], None] = lambda _: None,
    ) -> None:
        self._source = source
        self._keep = keep  # is told each new anchor, so that a restart goes on from it
        self._anchor = anchor or Anchor(source(), source(), 1.0)

    @property
    def speed(self) -> float:
        """Seconds of the emulator for one of the source."""
        return self._anchor.speed

    def now(self) -> float:
        """The emulator's time."""
        anchor = self._anchor
        return anchor.own + max(self._source() - anchor.real, 0.0) * anchor.speed

    def today(self) -> date:
        """The emulator's day in UTC."""
        return datetime.fromtimestamp(self.now(), UTC).date()

    def change(self, *, speed: float | None = None, advance: float = 0.0) -> None:
        """Go on at another speed, or jump ahead by so many seconds."""
        self._anchor = Anchor(self._source(), self.now() + advance, self.speed if speed is None else speed)
        self._keep(self._anchor)

    async def wait_until(self, moment: float) -> None:
        """Return when the emulator's time has reached a moment, also by a jump."""
        while (left := moment - self.now()) > 0:  # noqa: ASYNC110 - time passes elsewhere, too: there is nobody to tell us
            await asyncio.sleep(min(left / self.speed, SHORTEST_LOOK))
