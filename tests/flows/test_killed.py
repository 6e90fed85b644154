"""The command that people run, killed with all of its processes at five moments, and run again by the same command."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.archive.fake_gcs import make_bucket
from tests.archive.proxy import Fault, Proxy, faults_before
from tests.crash.acting import Told
from tests.crash.conftest import media, storage
from tests.crash.killing import each
from tests.crash.scene import LATENCY, Scene, built
from tests.flows.commands import TO_ITS_END, shot, start, write

pytestmark = pytest.mark.server
__all__ = ["media", "storage"]  # the fixtures of the bare processes' tests, for these as well

PACE = 0.02
HURRIED: dict[str, Any] = {"clock": {"speed": 1 / PACE}, "latency": LATENCY}
MOMENTS: Mapping[str, Mapping[str, Any] | Fault] = {
    "the still is bought, and nobody has been told": {"task_types": ["imageInference"], "when": "after"},
    "the clip's order is on its way and gets lost": {"task_types": ["videoInference"], "when": "before"},
    "the still is asked for": {"task_types": ["getResponse"], "when": "before"},
    "the clip is being fetched": {"path": "media", "request": 2, "when": "before"},
    "the still is booked and not yet closed": Fault("hold after", method="POST", path="ifGenerationMatch=1"),
}


@dataclass(frozen=True)
class Command:
    """`python -m flows.image_to_video` with the environment of a scene."""

    file: Path
    env: Mapping[str, str]

    async def start(self) -> asyncio.subprocess.Process:
        """The command in a process group of its own."""
        return await start("flows.image_to_video", str(self.file), env=self.env)

    async def killed(self, held: Awaitable[Any]) -> None:
        """Start it, and kill its whole group at a moment; an AssertionError if it ends before."""
        process = await self.start()
        moment, ended = asyncio.ensure_future(held), asyncio.create_task(process.communicate())
        async with asyncio.timeout(TO_ITS_END):
            await asyncio.wait({moment, ended}, return_when=asyncio.FIRST_COMPLETED)
        assert moment.done(), f"it ended before: {await ended}"
        os.killpg(process.pid, signal.SIGKILL)
        await ended
        assert process.returncode == -signal.SIGKILL

    async def told(self) -> Told:
        """Run it to its end, and what its last line says."""
        process = await self.start()
        async with asyncio.timeout(TO_ITS_END):
            out, err = await process.communicate()
        line = json.loads(out.decode().splitlines()[-1])
        assert process.returncode == 0, err.decode()
        return Told((line["still"], *line["clips"]), line["bought"])


def command(scene: Scene, folder: Path, api: str, proxy: Proxy) -> Command:
    file = write(folder / "shot.yaml", shot("harbour", "lighthouse"))
    env = {
        "PREFECT_API_URL": api,
        "STILLREEL_RUNWARE_URL": scene.emulator.url,
        "RUNWARE_API_KEY": "anything",
        "STILLREEL_ARCHIVE": scene.archive,
        "STILLREEL_PACE": str(PACE),
        "STORAGE_EMULATOR_HOST": proxy.endpoint,
    }
    return Command(file, env)


def held_at(scene: Scene, proxy: Proxy, name: str) -> tuple[Awaitable[Any], Callable[[], None]]:
    """What comes true at a moment, and what lets the held request go its way afterwards."""
    moment = MOMENTS[name]
    if isinstance(moment, Fault):
        proxy.faults.append(moment)
        return moment.held.wait(), moment.release.set
    scene.emulator.switch(hold=dict(moment))
    return scene.emulator.until_held(), lambda: scene.emulator.go(drop=moment["when"] == "before")


async def test_killed_in_prefect(tmp_path: Path, media: Path, storage: str, prefect_api: str) -> None:
    """Killed at five moments from the first order to the last byte, and run again: all is bought and billed once."""

    async def play(name: str) -> None:
        bucket = uuid4().hex
        make_bucket(storage, bucket)
        folder = tmp_path / bucket
        async with (
            faults_before(storage) as proxy,
            built(folder, media, f"gs://{bucket}/chain", real_time=True, **HURRIED) as scene,
        ):
            run = command(scene, folder, prefect_api, proxy)
            held, go = held_at(scene, proxy, name)
            await run.killed(held)
            go()
            await scene.check(await run.told())

    await each(MOMENTS, play)
