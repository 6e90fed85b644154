"""A process that does jobs under a limit which others share.

Its last line says when each began and ended, and how often the server left it without an answer.

    python -m tests.flows.sharing MODEL JOBS SECONDS HURRY [LEASE]

JOBS of 0 are as many as it takes until its standard input is closed.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tasks.leases import LASTS
from tasks.limits import SharedSlots, open_slots

DEFAULT = 1000  # without a limit: so many that a test would see it
UNANSWERED = "at once"  # of what is said where the server can't be asked: then the default holds
CROWD = 40  # jobs that want a slot at the same time, where there is no end to them


class Hurried:
    """A clock on which so many seconds pass in one of ours: a turn of minutes needn't take them."""

    def __init__(self, hurry: float) -> None:
        self._hurry = hurry

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=time.monotonic() * self._hurry)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._hurry)


class Sharing:
    """Jobs of one process."""

    def __init__(self, model: str, seconds: float) -> None:
        self._model, self._seconds = model, seconds
        self._begun = False
        self.spans: list[tuple[float, float]] = []

    async def job(self, slots: SharedSlots) -> None:
        async with slots.slot(self._model):
            began = time.monotonic()
            if not self._begun:
                sys.stdout.write("begun\n")
                sys.stdout.flush()
            self._begun = True
            await asyncio.sleep(self._seconds)
            self.spans.append((began, time.monotonic()))

    async def jobs_until(self, over: asyncio.Future[str], slots: SharedSlots) -> None:
        while not over.done():
            await self.job(slots)


async def share(model: str, jobs: int, seconds: float, hurry: float, lasts: float = LASTS) -> dict[str, Any]:
    """Do all jobs, as many at once as there are slots; says `begun` once the first is."""
    sharing, said = Sharing(model, seconds), list[str]()
    async with open_slots(DEFAULT, said.append, Hurried(hurry), lasts) as slots:
        if jobs:
            await asyncio.gather(*(sharing.job(slots) for _ in range(jobs)))
        else:
            over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
            await asyncio.gather(*map(partial(sharing.jobs_until, over), [slots] * CROWD))
    return {"spans": sharing.spans, "unanswered": sum(UNANSWERED in each for each in said)}


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    jobs, seconds, hurry, *lasts = map(float, numbers)
    sys.stdout.write(json.dumps(asyncio.run(share(name, int(jobs), seconds, hurry, *lasts))) + "\n")
