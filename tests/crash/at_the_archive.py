"""Killing a run at a request to its archive in a bucket, and finishing it by another one."""

from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest

from tests.archive.fake_gcs import make_bucket
from tests.archive.proxy import Fault, faults_before
from tests.crash.acting import clear_up, perform
from tests.crash.killing import kill_at, late
from tests.crash.scene import built

Side = Literal["before", "after"]


async def requests_of_a_chain(folder: Path, media: Path, storage: str) -> list[str]:
    """The requests that a bucket sees of one chain that nobody disturbs, as `METHOD /path`."""
    name = uuid4().hex
    make_bucket(storage, name)
    async with faults_before(storage) as proxy, built(folder / name, media, f"gs://{name}/chain") as scene:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STORAGE_EMULATOR_HOST", proxy.endpoint)
            told = await perform(scene.part("first"))
        await scene.check(told)
        return list(proxy.seen)


async def killed_at(k: int, side: Side, folder: Path, media: Path, storage: str) -> None:
    """Kill a run at its k-th request, after the effect, or before it: then it comes while the next run is under way."""
    name = uuid4().hex
    make_bucket(storage, name)
    async with faults_before(storage) as proxy, built(folder / name, media, f"gs://{name}/chain") as scene:
        fault = Fault("hold before" if side == "before" else "hold after", skip=k - 1)
        proxy.faults.append(fault)
        await kill_at(scene.part("killed", bucket=proxy.endpoint), fault.held.wait(), f"request {k}")
        second = scene.part("second")
        if side == "before":
            told = await late(scene, fault.release.set, perform(second))
            if await scene.open_jobs():  # a marker that came when its job had ended: the next round takes it away
                assert {stand.became for stand in await clear_up(second)} == {"ended"}
        else:
            told = await perform(second)
        await scene.check(told)
