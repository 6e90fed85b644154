"""A run that is killed at any request to its archive is finished by the next one, and nothing is bought twice."""

from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest

from tests.archive.fake_gcs import make_bucket
from tests.archive.proxy import Fault, faults_before
from tests.crash.acting import clear_up, perform
from tests.crash.killing import each, kill_at, late
from tests.crash.scene import built

Side = Literal["before", "after"]


async def requests_of_a_chain(folder: Path, media: Path, storage: str) -> list[str]:
    """The requests that a bucket sees of one chain that nobody disturbs."""
    make_bucket(storage, "undisturbed")
    async with (
        faults_before(storage) as proxy,
        built(folder / "undisturbed", media, "gs://undisturbed/chain") as scene,
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STORAGE_EMULATOR_HOST", proxy.endpoint)
            told = await perform(scene.part("first"))
        await scene.check(told)
        return list(proxy.seen)


async def test_killed_at_every_write_to_the_archive(tmp_path: Path, media: Path, storage: str) -> None:
    """Whichever write is under way when a run dies: it has had its effect, or has it while the next run is under way.

    That it never has it is the same for the archive as a death after the write before; and so is a death at a read.
    """

    async def play(case: tuple[int, Side, str]) -> None:
        k, side, _ = case
        name = uuid4().hex
        make_bucket(storage, name)
        async with faults_before(storage) as proxy, built(tmp_path / name, media, f"gs://{name}/chain") as scene:
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

    seen = await requests_of_a_chain(tmp_path, media, storage)
    writes = [(k, request) for k, request in enumerate(seen, 1) if not request.startswith("GET")]
    assert len(writes) >= 28, seen  # of the 107 requests that there were when this was written
    sides: tuple[Side, ...] = ("before", "after")
    await each([(k, side, request) for k, request in writes for side in sides], play)
