"""A process that does jobs under a limit which others share; its last line says when each began and ended.

python -m tests.flows.sharing MODEL JOBS SECONDS HURRY [LEASE]
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta

from tasks.leases import LASTS
from tasks.limits import open_slots

DEFAULT = 1000  # without a limit: so many that a test would see it


class Hurried:
    """A clock on which so many seconds pass in one of ours: a turn of a minute needn't take one."""

    def __init__(self, hurry: float) -> None:
        self._hurry = hurry

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=time.monotonic() * self._hurry)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._hurry)


async def share(model: str, jobs: int, seconds: float, hurry: float, lasts: float = LASTS) -> list[tuple[float, float]]:
    """Do all jobs, as many at once as there are slots; says `begun` once the first is."""
    spans: list[tuple[float, float]] = []
    begun = asyncio.Event()
    async with open_slots(DEFAULT, lambda said: sys.stderr.write(f"{said}\n"), Hurried(hurry), lasts) as slots:

        async def job() -> None:
            async with slots.slot(model):
                began = time.monotonic()
                if not begun.is_set():
                    sys.stdout.write("begun\n")
                    sys.stdout.flush()
                begun.set()
                await asyncio.sleep(seconds)
                spans.append((began, time.monotonic()))

        await asyncio.gather(*(job() for _ in range(jobs)))
    return spans


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    jobs, seconds, hurry, *lasts = map(float, numbers)
    sys.stdout.write(json.dumps(asyncio.run(share(name, int(jobs), seconds, hurry, *lasts))) + "\n")
