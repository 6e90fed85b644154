"""Runs killed at random moments, by a seed: `python -m tests.crash.nightly --kills 200 --seed 1`.

With `--every`, a run is first killed at every single request to its archive, as in the suite.
Moments are drawn evenly from before the first purchase, between the two and after both; see `tests.crash.moments`. The
seed draws them; what a run does in so much processor time is nearly the same each time, and not exactly.
Of the random scenes a quarter is killed once, a quarter twice in a row, and in the others the run that finishes is on
a machine whose clock is an hour ahead or behind. The last line is the count, as JSON; the exit code is 1 if any scene
came to anything but one bill for each job and a whole, closed archive.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.archive.fake_gcs import fake_gcs, make_bucket
from tests.certificates import one_certificate
from tests.crash import at_the_archive
from tests.crash.acting import Actor, Part, Told, perform
from tests.crash.at_the_archive import Case, cases, requests_of_a_chain
from tests.crash.killing import each
from tests.crash.moments import LANDED, Moment, Usual, killed_at, measured
from tests.crash.scene import Scene, built

HOUR = 3600.0
WAYS = ("once", "twice", "then an hour ahead", "then an hour behind")
AT_ONCE = 2
BUCKETS = 3  # every so many-th scene has its archive in a bucket, the others in a folder


@dataclass
class Count:
    """What happened in all scenes."""

    seed: int
    every: int = 0  # kills at one request each
    scenes: int = 0  # with random kills; what follows is about them
    kills: int = 0
    too_late: int = 0  # the run had ended before its moment; it was let go
    landed: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    jobs: int = 0
    runs: int = 0
    bills: int = 0
    failures: list[str] = field(default_factory=list)

    def line(self, seconds: float) -> dict[str, Any]:
        """The figures, for people and for the page that quotes them."""
        landed = {where: self.landed[where] for where in LANDED}
        return {**vars(self), "landed": landed, "ways": dict(self.ways), "seconds": round(seconds, 1)}


class Nightly:
    """Scenes one after another, two on the way at a time, until so many processes were killed."""

    def __init__(self, folder: Path, storage: str, kills: int, seed: int) -> None:
        self._folder = folder
        self._storage = storage
        self._kills = kills
        self._usual: dict[bool, Usual] = {}  # of a run whose archive is in a bucket, and in a folder
        self._numbers = iter(range(sys.maxsize))
        self.count = Count(seed)

    async def play(self) -> Count:
        """All scenes; what failed is told by its number, and plays again with the same seed."""
        self._media = self._folder / "media"
        self._media.mkdir()
        for bucket in (False, True):
            await self._undisturbed(bucket=bucket)  # makes what all share
            self._usual[bucket] = await self._undisturbed(bucket=bucket)
        await asyncio.gather(*(self._lane() for _ in range(AT_ONCE)))
        return self.count

    async def every(self) -> None:
        """A kill at every request to the archive, before and after its effect if it has one."""
        media = self._folder / "every-media"
        media.mkdir()
        every = cases(await requests_of_a_chain(self._folder, media, self._storage))

        async def play(case: Case) -> None:
            await at_the_archive.killed_at(case, self._folder, media, self._storage)

        self.count.every = len(every)
        try:
            await each(every, play)
        except AssertionError as error:
            self.count.failures.append(str(error))

    async def _undisturbed(self, *, bucket: bool) -> Usual:
        async with AsyncExitStack() as stack:
            scene = await self._scene(stack, f"undisturbed-{bucket}-{time.monotonic_ns()}", bucket=bucket)
            actor = Actor(self._part(scene, "only", bucket=bucket))
            usual = await measured(actor, scene)
            await scene.check(await actor.told())
        return usual

    async def _lane(self) -> None:
        while self.count.kills < self._kills:
            number = next(self._numbers)
            try:
                await self._one(number)
            except Exception as error:  # noqa: BLE001 - one scene's trouble is counted, and the night goes on
                self.count.failures.append(f"scene {number}, {WAYS[number % len(WAYS)]}: {error!r}")
            self.count.scenes += 1

    async def _one(self, number: int) -> None:
        rng = random.Random(f"{self.count.seed}/{number}")  # noqa: S311 - moments, not secrets
        way, bucket = WAYS[number % len(WAYS)], number % BUCKETS == 0
        async with AsyncExitStack() as stack:
            scene = await self._scene(stack, f"scene-{number}", bucket=bucket)
            told = None
            for n in range(2 if way == "twice" else 1):
                moment = self._usual[bucket].moment(rng, len(scene.emulator.jobs()))
                told = told or await self._killed(scene, self._part(scene, f"killed {n}", bucket=bucket), moment)
            ahead = {WAYS[2]: HOUR, WAYS[3]: -HOUR}.get(way, 0.0)
            if told is None:
                told = await perform(self._part(scene, "last", bucket=bucket, ahead=ahead))
            self.count.ways[way] += 1
            self._add(scene)
            await scene.check(told)

    async def _killed(self, scene: Scene, part: Part, moment: Moment) -> Told | None:
        """Kill a run at a moment; what it came to if it was quicker."""
        actor = Actor(part)
        if not await killed_at(actor, scene, moment):
            self.count.too_late += 1
            return await actor.told()
        self.count.kills += 1
        self.count.landed[LANDED[len(scene.emulator.jobs())]] += 1
        return None

    def _add(self, scene: Scene) -> None:
        jobs = scene.emulator.jobs().values()
        self.count.jobs += len(jobs)
        self.count.runs += sum(int(str(job["runs"])) for job in jobs)
        charges = scene.emulator.ledger()["charges"]
        self.count.bills += len(charges) if isinstance(charges, list) else 0

    async def _scene(self, stack: AsyncExitStack, name: str, *, bucket: bool) -> Scene:
        archive = None
        if bucket:
            make_bucket(self._storage, name.lower())
            archive = f"gs://{name.lower()}/chain"
        return await stack.enter_async_context(built(self._folder / name, self._media, archive))

    def _part(self, scene: Scene, name: str, *, bucket: bool, ahead: float = 0.0) -> Part:
        return scene.part(name, bucket=self._storage if bucket else None, ahead=ahead)


async def night(kills: int, seed: int, *, every: bool) -> Count:
    """So many kills, and what they came to."""
    with TemporaryDirectory(prefix="stillreel-") as folder, fake_gcs() as storage:
        os.environ.update(STORAGE_EMULATOR_HOST=storage, SSL_CERT_FILE=one_certificate(Path(folder)))
        nightly = Nightly(Path(folder), storage, kills, seed)
        if every:
            await nightly.every()
        return await nightly.play()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", action="store_true", help="kill at every request to the archive, too")
    asked = parser.parse_args()
    began = time.monotonic()
    count = asyncio.run(night(asked.kills, asked.seed, every=asked.every))
    sys.stdout.write(f"{json.dumps(count.line(time.monotonic() - began))}\n")
    return 1 if count.failures else 0


if __name__ == "__main__":
    sys.exit(main())
