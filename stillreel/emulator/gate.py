"""Holding a request: the k-th one stops before or after its effect, until somebody says go."""

import asyncio
from collections import Counter
from typing import Literal

from stillreel.emulator.scope import Subject
from stillreel.emulator.switches import Hold

Path = Literal["v1", "media"]


class Gone(Exception):
    """The request that was held is lost: the emulator has ended, or was told to drop it."""


class Stop:
    """One request's place at the gate."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        self.go = asyncio.Event()
        self.lost = False


class Gate:
    """Counts requests, and stops the one that the switch names."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.held = 0  # requests that stand here now
        self._hold: Hold | None = None
        self._seen = 0
        self._stops: list[Stop] = []
        self._changed = asyncio.Event()

    def set(self, hold: Hold | None) -> None:
        """Hold other requests from now on; those that stand here go on."""
        self.release()
        self._hold, self._seen = hold, 0

    def release(self, *, drop: bool = False) -> None:
        """Let go on who stands here, or lose it on the way; nobody else is stopped by the same order."""
        self._hold = None
        for stop in self._stops:
            stop.lost = drop
            stop.go.set()
        self._stops = []

    def close(self) -> None:
        """End for good: who stands here gets neither effect nor answer, as when the service dies."""
        self.release(drop=True)

    def arrive(self, path: Path, subjects: list[Subject]) -> Stop | None:
        """Count a request; its place at the gate if it is the one to be held."""
        self.counts[path] += 1
        for subject in {subject.task_type for subject in subjects}:
            self.counts[subject] += 1
        hold = self._hold
        if hold is None or hold.path not in {path, "any"}:
            return None
        if hold.task_types and not any(subject.task_type in hold.task_types for subject in subjects):
            return None
        self._seen += 1
        if self._seen != hold.request:
            return None
        stop = Stop(hold)
        self._stops.append(stop)
        return stop

    async def stand(self, stop: Stop | None, moment: Literal["before", "after"]) -> None:
        """Wait here, if this request is held at this moment; raises Gone if it is lost meanwhile."""
        if stop is None or stop.hold.when != moment:
            return
        self.held += 1
        self._changed.set()
        try:
            await stop.go.wait()
        finally:
            self.held -= 1
        if stop.lost:
            raise Gone

    async def until_held(self, count: int = 1) -> None:
        """Return as soon as so many requests stand here."""
        while self.held < count:
            self._changed.clear()
            await self._changed.wait()
