"""A job that somebody waits for, and how patiently it wants to be asked about."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from stillreel.runware import Asked

FIRST_GAP = 1.0  # seconds
GROWTH = 1.5  # of a job's gap with each request that it has paid for after the first
LONGEST_GAP = 15.0  # seconds
ENOUGH = 10  # growths, more than reach the longest gap
IN_TIME = 0.1  # of the usual duration: the longest gap of a job that isn't late yet
LATE = 0.03  # of the time that it has taken so far: the longest gap of one that is


@dataclass(eq=False)
class Watched:
    """A job that somebody waits for."""

    uuid: UUID
    model: str
    since: datetime  # it was accepted
    until: datetime  # patience is over
    begun: datetime  # somebody began to wait
    paid: float = 0.0  # requests, shared ones in parts
    asked: datetime | None = None
    running: datetime | None = None  # it was seen so last
    alone: bool = False  # an answer for many left it out
    due: datetime | None = None  # when it may be asked about alone
    answer: "asyncio.Future[Asked] | None" = field(default=None, repr=False)

    def gap(self, now: datetime, usual: float, pace: float) -> float:
        """Seconds that it wants between two looks."""
        gap: float = min(FIRST_GAP * GROWTH ** min(max(0.0, self.paid - 1), ENOUGH), LONGEST_GAP) * pace
        return min(gap, max(FIRST_GAP * pace, IN_TIME * usual, LATE * (now - self.since).total_seconds()))

    def tell(self, news: Asked | Exception) -> None:
        """Wake whoever waits for news, if he still does."""
        if self.answer is None or self.answer.done():
            return
        if isinstance(news, Exception):
            self.answer.set_exception(news)
        else:
            self.answer.set_result(news)
