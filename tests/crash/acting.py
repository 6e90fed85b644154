"""Runs as processes that can really be killed: forked from a process that has imported everything and done nothing."""

import asyncio
import math
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from typing import Any

from stillreel.archive import open_store
from stillreel.archive.archive import Archive
from stillreel.domain.clock import Clock
from stillreel.domain.errors import StillreelError
from stillreel.domain.selection import Selection
from stillreel.runware import open_client
from stillreel.settings import Settings
from stillreel.studio.reconciling import reconcile
from stillreel.studio.standing import Stand
from stillreel.studio.studio import Studio, open_studio
from tests.studio.on_set import CATALOGUE, CHAIN, a_run, produce, shot

PROCESS_CLOCK = 2  # with a pid in the upper bits, as clock_getcpuclockid(3) makes them
TICK = 0.001  # seconds between looks at a run that works
TO_ITS_END = 180.0  # real seconds, on a busy machine; what takes longer hangs

LATE_IMPORTS = (
    *("anyio._backends._asyncio", "httpcore", "h2.connection", "netrc", "_strptime", "av.subtitles.stream"),
    *(f"PIL.{kind}ImagePlugin" for kind in ("Bmp", "Gif", "Jpeg", "Png", "Ppm")),
)
MAIN = "tests.crash.at_the_archive"  # what the nightly's command imports, and each of its processes would again

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.crash.acting", "stillreel.archive.gcs", *LATE_IMPORTS, MAIN])


@dataclass(frozen=True)
class Part:
    """What a run is told: its settings, its clock, its shot."""

    settings: Settings
    clock: Clock
    name: str = "run"
    shot: Mapping[str, Any] = field(default_factory=lambda: CHAIN)
    bucket: str | None = None  # the endpoint of a Google Cloud Storage, if the archive lies there
    true_time: bool = False  # the part's clock is right, whatever the store's says: nobody can set that one


@dataclass(frozen=True)
class Told:
    """How a run ended."""

    uris: tuple[str | None, ...] = ()
    bought: int = 0
    error: str = ""  # the class of the error that ended it
    message: str = ""


class Actor:
    """One run in a process of its own."""

    def __init__(self, part: Part, start: Barrier | None = None) -> None:
        self._told, theirs = context.Pipe(duplex=False)
        self._process: BaseProcess = context.Process(target=_play, args=(part, theirs, start), daemon=True)
        self._process.start()
        theirs.close()
        self._gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._gone.set()

    def worked(self) -> float:
        """Seconds of processor time that it has used, in all of its threads; infinite once it is gone. Linux only."""
        clock = (~int(self._process.pid or 0) << 3) | PROCESS_CLOCK
        try:
            return time.clock_gettime(clock)
        except OSError:
            return math.inf

    async def gone(self) -> None:
        """Return when the process has ended."""
        await self._gone.wait()
        self._process.join()

    async def kill(self) -> None:
        """SIGKILL: nothing of it runs any more when this returns."""
        self._process.kill()
        await self.gone()

    async def killed_after(self, seconds: float) -> bool:
        """SIGKILL once it has used so much of the processor; false if it had ended by itself.

        A thread of its own watches it: a loop with servers to run would look too late.
        """

        def watch() -> None:
            while self.worked() < seconds:
                time.sleep(TICK)
            self._process.kill()

        await asyncio.to_thread(watch)
        await self.gone()
        return self._process.exitcode == -signal.SIGKILL

    async def told(self) -> Told:
        """What it came to; an AssertionError if it ended without a word."""
        try:
            async with asyncio.timeout(TO_ITS_END):
                await self.gone()
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"a run didn't end within {TO_ITS_END:.0f} s") from None
        assert self._told.poll(), f"a run ended with {self._process.exitcode} and without a word"
        told: Told = self._told.recv()
        return told


def _play(part: Part, told: Connection, start: Barrier | None) -> None:
    if part.bucket:
        os.environ["STORAGE_EMULATOR_HOST"] = part.bucket
    if start is not None:
        start.wait(TO_ITS_END)
    told.send(asyncio.run(perform(part)))


async def perform(part: Part) -> Told:
    """The whole run, in this process: to its end, or to the error that ends it."""
    async with _opened(part) as studio:
        try:
            reel = await produce(studio, shot(part.shot), a_run(part.name))
        except StillreelError as error:
            return Told((), len(studio.bought), type(error).__name__, error.message)
        except Exception:  # noqa: BLE001 - whatever broke is told to the test
            return Told((), len(studio.bought), "a surprise", traceback.format_exc())
        return Told(tuple(reel.uris), len(studio.bought))


async def clear_up(part: Part) -> Sequence[Stand]:
    """A round of reconcile, in this process."""
    async with _opened(part) as studio:
        return await reconcile(studio, Selection(), a_run("reconcile"))


async def all_at_once(parts: Sequence[Part]) -> list[Told]:
    """Each part by a process of its own, all let go at the same moment."""
    start = context.Barrier(len(parts))
    actors = [Actor(part, start) for part in parts]
    return list(await asyncio.gather(*(actor.told() for actor in actors)))


@asynccontextmanager
async def _opened(part: Part) -> AsyncIterator[Studio]:
    if not part.true_time:
        async with open_studio(part.settings, part.clock) as studio:
            yield studio
        return
    store = open_store(part.settings.archive_uri)
    try:
        async with open_client(part.settings.runware_url, part.settings.key, part.clock, seed=7) as client:
            yield Studio(part.settings, client, Archive(store, part.clock), CATALOGUE, part.clock)
    finally:
        await store.aclose()
